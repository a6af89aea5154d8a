/** Names of the public interface of the original web call engine, over its generations: what applications may use. */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const originalStatics = words('createInstance once callExperimentalAPI');

export const originalMethods = words(`
  destroyInstance login init logout call groupCall calls accept reject hangup ignore inviteUser join joinInGroupCall
  switchCallMediaType openCamera closeCamera openMicrophone closeMicrophone switchCamera startRemoteView stopRemoteView
  setVideoQuality setVideoRenderParams getDeviceList switchDevice getDevicePermission setSelfInfo setBlurBackground
  setVirtualBackground setBeautyLevel enableMultiDeviceAbility enableAIVoice setLogLevel on off getTRTCCloudInstance getTim
  reportLog callExperimentalAPI getGroupMemberProfile getVideoQuality getCurrentDevice startLocalView stopLocalView
`);

export const originalProperties = words('tim trtcCloud');

/** Keys and values of the newest generation; two keys are of older ones. */
export const originalEvents: Readonly<Record<string, string>> = {
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
};

/** Left out of the enumeration on purpose. */
export const originalEventsLeftOut = words('CALL_MESSAGE');

export const originalExports = words(`
  TUICallEngine TUICallEvent TUICallType CallEndReason TUICallCameraPosition TUICamera AUDIO_PLAYBACK_DEVICE TUIErrorCode
  TUIVideoQuality TUIAudioQuality TUINetworkQuality TUIResolutionMode TUIKickedOutOfRoomReason TUIRoomDeviceMangerEvents
  VIDEO_ENCODER_MAP default TIM TencentCloudChat TRTCCloud Rect TRTCBeautyStyle TRTCDeviceInfo TRTCDeviceState
  TRTCDeviceType TRTCLogLevel TRTCScreenCaptureSourceInfo TRTCScreenCaptureSourceType TRTCVideoEncParam TRTCVideoFillMode
  TRTCVideoMirrorType TRTCVideoResolution TRTCVideoResolutionMode TRTCVideoRotation TRTCVideoStreamType TRTCVolumeInfo
  LOG_LEVEL IOSOfflinePushType DEVICE_TYPE
`);

/** Numbers of errors, and what raises them in the original. */
export const originalErrors: readonly number[] = [
  -1001, -1002, -1003, -1101, -1102, -1201, -1202, -1203, -1204, -1205, -1401, -1406, -120_200, -120_201, -120_202,
  -120_203, 2805, 8010, 8021, 20_007, 30_000, 60_001, 60_002, 60_003, 60_004, 60_005, 60_006, 65_535, 101_002, 101_011,
  -3301, -100_035, -1, 2024,
];

/** What call kits use of the chat object. */
export const originalChat = words(`
  on off login logout destroy isReady getLoginUser setLogLevel registerPlugin getMyProfile updateMyProfile getUserProfile
  getFriendProfile createGroup getGroupMemberList getGroupProfile getGroupAttributes addSignalingListener
  removeSignalingListener callExperimentalAPI
`);
