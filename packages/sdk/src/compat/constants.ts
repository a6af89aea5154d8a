/**
 * The constants that applications of the original engine import, by their public names. Applications use the keys; the
 * values are those of today's original.
 */

export const TUICallEvent = {
  ERROR: 'onError',
  SDK_READY: 'sdkReady',
  KICKED_OUT: 'onKickedOffLine',
  onUserSigExpired: 'onUserSigExpired',
  ON_CALL_RECEIVED: 'onCallReceived',
  INVITED: 'onInvited',
  ON_CALL_BEGIN: 'onCallBegin',
  CALLING_END: 'onCallEnd',
  CALL_END: 'onCallEnd',
  ON_CALL_END: 'onCallEnd',
  ON_CALL_NOT_CONNECTED: 'onCallNotConnected',
  ON_CALL_CANCELED: 'onCallCancelled',
  CALLING_CANCEL: 'onCallingCancel',
  USER_ACCEPT: 'onUserAccept',
  USER_ENTER: 'onUserJoin',
  USER_LEAVE: 'onUserLeave',
  REJECT: 'onUserReject',
  NO_RESP: 'onUserNoResponse',
  LINE_BUSY: 'onUserLineBusy',
  ON_USER_INVITING: 'onUserInviting',
  USER_VIDEO_AVAILABLE: 'onUserVideoAvailable',
  USER_AUDIO_AVAILABLE: 'onUserAudioAvailable',
  USER_VOICE_VOLUME: 'onUserVoiceVolumeChanged',
  ON_USER_NETWORK_QUALITY_CHANGED: 'onUserNetworkQualityChanged',
  CALL_TYPE_CHANGED: 'onCallMediaTypeChanged',
  DEVICED_UPDATED: 'onDeviceUpdated',
  onDeviceChange: 'onDeviceChange',
  GROUP_CALL_INVITEE_LIST_UPDATE: 'onGroupCallInviteeListUpdate',
  MESSAGE_SENT_BY_ME: 'onMessageSentByMe',
  CALLING_TIMEOUT: 'onCallingTimeout',
} as const;
export type TUICallEventName = (typeof TUICallEvent)[keyof typeof TUICallEvent];

export const TUICallType = {
  AUDIO_CALL: 1,
  VIDEO_CALL: 2,
  DEVCIED_CAMERA: 'camera',
  DEVCIED_MICROPHONES: 'microphones',
} as const;

export const CALL_MEDIA_TYPE = { UNKNOWN: 0, AUDIO: 1, AUDIO_CALL: 1, VIDEO: 2, VIDEO_CALL: 2 } as const;

export const CallEndReason = {
  UnKnown: 0,
  Hangup: 1,
  Reject: 2,
  NoResponse: 3,
  Offline: 4,
  LineBusy: 5,
  Canceled: 6,
  OtherDeviceAccepted: 7,
  OtherDeviceReject: 8,
  EndByServer: 9,
} as const;

export const TUICallCameraPosition = { FRONT: 0, BACK: 1 } as const;
export const TUICamera = { kFront: 0, kBack: 1 } as const;
export const AUDIO_PLAYBACK_DEVICE = { SPEAKER: 0, EAR: 1 } as const;

export const TUIVideoQuality = {
  kVideoQuality_360p: 1,
  kVideoQuality_540p: 2,
  kVideoQuality_720p: 3,
  kVideoQuality_1080p: 4,
} as const;
export const VIDEO_ENCODER_MAP = { '480p': 2, '720p': 3, '1080p': 4 } as const;
export const TUIAudioQuality = { kAudioProfileSpeech: 0, kAudioProfileDefault: 1, kAudioProfileMusic: 2 } as const;

export const TUINetworkQuality = {
  kQualityUnknown: 0,
  kQualityExcellent: 1,
  kQualityGood: 2,
  kQualityPoor: 3,
  kQualityBad: 4,
  kQualityVeryBad: 5,
  kQualityDown: 6,
} as const;

export const TUIResolutionMode = { kResolutionMode_Landscape: 0, kResolutionMode_Portrait: 1 } as const;

export const TUIKickedOutOfRoomReason = {
  kKickedByAdmin: 0,
  kKickedByLoggedOnOtherDevice: 1,
  kKickedByServer: 2,
} as const;

export const TUIRoomDeviceMangerEvents = { onDeviceChanged: 'onDeviceChanged' } as const;

/** Words for kinds of devices. */
export const DEVICE_TYPE = {
  CAMERA: 'camera',
  SPEAKER: 'speaker',
  MICROPHONES: 'microphones',
  MICROPHONE: 'microphone',
  AUDIO: 'audio',
  VIDEO: 'video',
} as const;

export const LOG_LEVEL = { NORMAL: 0, RELEASE: 1, WARNING: 2, ERROR: 3, NONE: 4 } as const;
export const IOSOfflinePushType = { APNs: 0, VoIP: 1 } as const;

/** Of the room engine: some of its numbers mean something else than those of `CallError`. */
export const TUIErrorCode = {
  ERR_SUCC: 0,
  ERR_FAILED: -1,
  ERR_INVALID_PARAMETER: -1001,
  ERR_SDK_NOT_INITIALIZED: -1002,
  ERR_PERMISSION_DENIED: -1003,
  ERR_REQUIRE_PAYMENT: -1004,
  ERR_CAMERA_START_FAILED: -1100,
  ERR_CAMERA_NOT_AUTHORIZED: -1101,
  ERR_CAMERA_OCCUPIED: -1102,
  ERR_CAMERA_DEVICE_EMPTY: -1103,
  ERR_MICROPHONE_START_FAILED: -1104,
  ERR_MICROPHONE_NOT_AUTHORIZED: -1105,
  ERR_MICROPHONE_OCCUPIED: -1106,
  ERR_MICROPHONE_DEVICE_EMPTY: -1107,
  ERR_ROOM_NAME_INVALID: -2107,
  ERR_USER_NOT_EXIST: -2200,
  ERR_REQUEST_ID_INVALID: -2311,
} as const;

/** The errors that calls are rejected with. */
export const CallError = {
  ERROR_PACKAGE_NOT_PURCHASED: -1001,
  ERROR_PACKAGE_NOT_SUPPORTED: -1002,
  ERROR_TIM_VERSION_OUTDATED: -1003,
  ERROR_PERMISSION_DENIED: -1101,
  ERROR_GET_DEVICE_LIST_FAIL: -1102,
  ERROR_INIT_FAIL: -1201,
  ERROR_PARAM_INVALID: -1202,
  ERROR_REQUEST_REFUSED: -1203,
  ERROR_REQUEST_REPEATED: -1204,
  ERROR_SCENE_NOT_SUPPORTED: -1205,
  ERROR_SIGNALING_SEND_FAIL: -1401,
  /** The number that the documentation of the original has for the same. */
  SIGNALING_SEND_FAIL: -1406,
  ERR_FAILED: -1,
  ERROR_ENTER_ROOM_REFUSED: -3301,
  ERROR_PACKAGE_ABILITY_MISSING: -100_035,
  INVALID_PARAMETER_REQUIRED: -120_200,
  INVALID_PARAMETER_TYPE: -120_201,
  INVALID_PARAMETER_EMPTY: -120_202,
  INVALID_PARAMETER_RANGE: -120_203,
  CHAT_NOT_LOGGED_IN: 2024,
  NO_NETWORK: 2805,
  ERROR_INVITE_ID_INVALID: 8010,
  ERROR_INVALID_SEND_FAIL: 8021,
  ERROR_BLACKLIST: 20_007,
  ERROR_HTTP: 30_000,
  FAILURE_SWITCH_TO_AUDIO: 60_001,
  FAILURE_SWITCH_TO_VIDEO: 60_002,
  NOT_MICROPHONE_LIST: 60_003,
  NOT_CAMERA_LIST: 60_004,
  BAN_DEVICE: 60_005,
  NOT_SUPPORT: 60_006,
  UNKNOWN: 65_535,
  SERVICE_PARAM_INVALID: 101_002,
  SERVICE_ABILITY_MISSING: 101_011,
} as const;
