/**
 * What the SDK has of the interface of the original, in one sentence each. Names and types come from the SDK's own
 * declarations; a name without a sentence here, or a sentence without a name, is an error of `npm run docs`.
 *
 * `yes` supported, `differs` supported with the difference that the sentence tells, `no` not supported.
 */
const yes = (text) => ({ status: 'supported', text });
const differs = (text) => ({ status: 'differs', text });
const no = (text) => ({ status: 'not supported', text });

export const statics = {
  createInstance: differs('One instance a page. Never throws for not being ready, only without an `SDKAppID`.'),
  once: differs("`'ready'` is the only event, and it is at once: there is nothing to load."),
  callExperimentalAPI: no('Accepted without effect.'),
  configure: yes(
    "Ringback's own: the address of the server, fresh signatures, and what else the original has no place for.",
  ),
};

export const methods = {
  destroyInstance: yes('Leaves the call, signs out when nobody else uses the connection, and drops all listeners.'),
  login: differs('With the same user it renews the signature; with another it signs the first one out.'),
  init: yes('The same as `login`.'),
  logout: yes('Leaves the call and signs out; before sign-in -1201.'),
  call: yes('Calls one user; `calls` does the same.'),
  groupCall: yes('Calls members of a group; `calls` does the same.'),
  calls: differs(
    'Asks for the microphone first. An unknown account is 101002 at once, or `NO_RESP` when others of the list exist; `timeout: 0` is 30 s.',
  ),
  accept: differs('Asks for the microphone first. Resolves without effect when nothing rings.'),
  reject: yes('On all devices of the user.'),
  ignore: yes('Declines as busy; in the original only outside of browsers.'),
  hangup: differs(
    'Cancels, declines or leaves. While the call is being made it waits for it, or gives up an open prompt.',
  ),
  inviteUser: differs(
    'Also into a call of two, which grows without being dropped. Of an unknown account `NO_RESP` tells, as after `calls`; 101002 and `NO_RESP` when none of them exists, 70398 and `NO_RESP` when there is no room for any of them.',
  ),
  join: yes('Enters a running call by its id.'),
  joinInGroupCall: differs(
    'By `groupID`, `roomID` or `strRoomID`, or all that are given; only calls that the user may join are found.',
  ),
  switchCallMediaType: yes(
    'In a call of two; the same type again is -1204, in a group -1205; failures are told by `ERROR`, too.',
  ),
  openCamera: yes('The preview goes into the element of that id, as soon as it is there.'),
  closeCamera: yes('In any state.'),
  openMicrophone: yes('In any state.'),
  closeMicrophone: yes('In any state; the microphone stays taken, silent, until the call ends.'),
  switchCamera: yes('Front or back, of phones.'),
  startRemoteView: yes('May be repeated; rejects when there is no such element.'),
  stopRemoteView: yes(
    'Shows the member no longer; where an SFU carries the call, the picture is no longer sent either.',
  ),
  setVideoQuality: differs(
    '`360p` to `1080p`, also by number; other values change nothing. Cameras give what they can.',
  ),
  getVideoQuality: yes('The one that was set last.'),
  setVideoRenderParams: yes(
    '`objectFit` or `fillMode`, `rotation`, `mirror` or `mirrorType`, `muted`; without `userID` for all, also those who come later.',
  ),
  getDeviceList: yes('Asks for permission first where the names are not known. `label` and `deviceName` are the same.'),
  switchDevice: yes('Also before a call; `DEVICED_UPDATED` follows.'),
  getCurrentDevice: yes('The device in use, or chosen.'),
  getDevicePermission: differs('What is known: false where the browser does not say and was not asked yet.'),
  setSelfInfo: yes('What is empty or absent stays.'),
  getGroupMemberProfile: yes("From Ringback's own groups."),
  setBlurBackground: no('0 (off) is accepted, anything else is -1205.'),
  setVirtualBackground: no("`''` (off) is accepted, anything else is -1205."),
  setBeautyLevel: no('Accepted without effect, since it never fails in the original.'),
  enableAIVoice: no('`false` is accepted, `true` is -1205.'),
  enableMultiDeviceAbility: differs(
    'Accepted without effect: whether several devices ring is a setting of the server.',
  ),
  setLogLevel: no('Accepted without effect: the SDK writes no log.'),
  reportLog: no('Accepted without effect.'),
  startLocalView: no('Accepted without effect, as in the original.'),
  stopLocalView: no('Accepted without effect, as in the original.'),
  callExperimentalAPI: no('Accepted without effect.'),
  on: yes('With a context; `SDK_READY` is told to those who come late.'),
  off: yes('By the function.'),
  getTim: yes('The same as `tim`.'),
  getTRTCCloudInstance: yes('The same as `trtcCloud`.'),
};

export const properties = {
  tim: differs("The application's own chat SDK when it hands one in, else the chat object below; never null."),
  trtcCloud: differs('What call kits use of it; see below.'),
  client: yes("Ringback's own: the modern interface under the engine."),
};

export const events = {
  ERROR: yes('`code`, `message` and `msg`.'),
  SDK_READY: yes('After `login` has resolved, and to those who listen late.'),
  KICKED_OUT: yes('`message` says why: newerSignIn, kicked, deleted, appDisabled.'),
  onUserSigExpired: yes('Not told while `getUserSig` gives fresh ones.'),
  ON_CALL_RECEIVED: yes(
    'With the fields of all generations. Who is gone already is named only where a call of several would look like one of two.',
  ),
  INVITED: yes('Right after `ON_CALL_RECEIVED`, with the same payload.'),
  ON_CALL_BEGIN: yes('To the caller and to each who joins.'),
  CALLING_END: yes('With `totalTime` and `callEnd`, in s.'),
  CALL_END: yes('The same as `CALLING_END`.'),
  ON_CALL_END: yes('The same as `CALLING_END`.'),
  ON_CALL_NOT_CONNECTED: differs('`userID` is the user whose action, or silence, ended it, on every side.'),
  ON_CALL_CANCELED: yes('After `ON_CALL_NOT_CONNECTED`, with the same payload.'),
  CALLING_CANCEL: yes('After `ON_CALL_CANCELED`, with the same payload.'),
  USER_ACCEPT: yes('To all others of the call.'),
  USER_ENTER: yes('To those who are in the call.'),
  USER_LEAVE: yes('To those who have heard of `USER_ENTER`, and to all of somebody who was signed out while ringing.'),
  REJECT: yes('Before the call ends of it.'),
  NO_RESP: yes(
    '`userIDList`, and `sponsor`: the caller. Right after `calls` and `inviteUser` of those who do not exist; right after `ON_CALL_BEGIN` of those who have gone while it rang, or before.',
  ),
  LINE_BUSY: yes('Before the call ends of it.'),
  ON_USER_INVITING: yes('To everybody in the call, for each user who is invited.'),
  USER_VIDEO_AVAILABLE: yes('After `USER_ENTER`.'),
  USER_AUDIO_AVAILABLE: yes('After `USER_ENTER`.'),
  USER_VOICE_VOLUME: yes('`volumeMap`, 0 to 100, the own user among them; every 0.4 s, less often on slow devices.'),
  ON_USER_NETWORK_QUALITY_CHANGED: yes(
    '`networkQualityList` and `network`, 0 to 6, the own user among them; every 2 s.',
  ),
  CALL_TYPE_CHANGED: yes('`oldCallType`, `newCallType` and `type`.'),
  DEVICED_UPDATED: yes('The lists and the devices in use; unknown ones have empty texts.'),
  onDeviceChange: differs('The payload of `DEVICED_UPDATED`, with `deviceId`, `type` and `state` (0 came, 1 went).'),
  GROUP_CALL_INVITEE_LIST_UPDATE: yes('Who is in the call now.'),
  MESSAGE_SENT_BY_ME: no('Never told: there are no chat messages.'),
  CALLING_TIMEOUT: no('Never told, as in the original.'),
};

const raised = (text) => yes(text);
const never = (text) => no(`Never raised: ${text}`);
const noPackages = 'there are no packages to buy.';
export const errors = {
  ERROR_PACKAGE_NOT_PURCHASED: never(noPackages),
  ERROR_PACKAGE_NOT_SUPPORTED: never(noPackages),
  ERROR_PACKAGE_ABILITY_MISSING: never(noPackages),
  SERVICE_ABILITY_MISSING: never(noPackages),
  ERROR_TIM_VERSION_OUTDATED: never('no chat SDK is needed.'),
  ERROR_PERMISSION_DENIED: raised('The user, the page or the system does not allow a device.'),
  ERROR_GET_DEVICE_LIST_FAIL: raised('The browser does not list its devices.'),
  ERROR_INIT_FAIL: raised('Before `login`.'),
  ERROR_PARAM_INVALID: raised('A parameter is not valid; the message names it.'),
  ERROR_REQUEST_REFUSED: raised('Not possible in the present state.'),
  ERROR_REQUEST_REPEATED: raised('The same request is under way.'),
  ERROR_SCENE_NOT_SUPPORTED: raised('Not in this kind of call, or not offered at all.'),
  ERROR_SIGNALING_SEND_FAIL: raised(
    'The connection was lost before the server answered; told by `ERROR`: the server does not take what the media of the call needs.',
  ),
  SIGNALING_SEND_FAIL: never('-1401 is the number of it here.'),
  ERR_FAILED: never('each failure has a number of its own.'),
  ERROR_ENTER_ROOM_REFUSED: never('who is in a call may use its media.'),
  INVALID_PARAMETER_REQUIRED: never('-1202 is the number of all bad parameters.'),
  INVALID_PARAMETER_TYPE: never('-1202 is the number of all bad parameters.'),
  INVALID_PARAMETER_EMPTY: never('-1202 is the number of all bad parameters.'),
  INVALID_PARAMETER_RANGE: never('-1202 is the number of all bad parameters.'),
  CHAT_NOT_LOGGED_IN: raised('By the chat object, before its login.'),
  NO_NETWORK: raised('The server cannot be reached.'),
  ERROR_INVITE_ID_INVALID: never('101004 says that a call does not exist or is over.'),
  ERROR_INVALID_SEND_FAIL: never('101002 says that a callee does not exist.'),
  ERROR_BLACKLIST: never('there is no blacklist.'),
  ERROR_HTTP: raised('The page is neither https nor localhost.'),
  FAILURE_SWITCH_TO_AUDIO: raised('By the event `ERROR`.'),
  FAILURE_SWITCH_TO_VIDEO: raised('By the event `ERROR`.'),
  NOT_MICROPHONE_LIST: raised('There is no microphone.'),
  NOT_CAMERA_LIST: raised('There is no camera.'),
  BAN_DEVICE: never('-1101 says that a device is not allowed.'),
  NOT_SUPPORT: raised('The browser has no WebRTC.'),
  UNKNOWN: raised('Anything else, with the words of its cause.'),
  SERVICE_PARAM_INVALID: raised('By the server: a callee does not exist, or there are not 1 to 8 of them.'),
};

export const trtc = {
  on: yes('`onAutoPlayFailed` with `resume` is the only event that is told.'),
  off: yes('By the function.'),
  muteAllRemoteAudio: yes('Also before a call, for that call.'),
  muteRemoteAudio: yes('One member, on this page.'),
  callExperimentalAPI: no('Accepted without effect.'),
};

export const chat = {
  on: yes('`SDK_READY` is told once for each sign-in, also to those who come late.'),
  off: yes('By the function.'),
  login: yes('Shares the connection of the call engine of the same application.'),
  logout: yes('The connection stays while the call engine uses it.'),
  destroy: yes('The next `create` makes another one.'),
  isReady: yes('Signed in and reachable.'),
  getLoginUser: yes('Empty before login.'),
  setLogLevel: no('Accepted without effect.'),
  registerPlugin: no('Accepted without effect.'),
  getMyProfile: yes('`userID`, `nick` and `avatar`.'),
  updateMyProfile: yes('`nick` and `avatar`.'),
  getUserProfile: yes('Users who do not exist are left out.'),
  getFriendProfile: differs('Nobody has friends: everybody is in `failureUserIDList`.'),
  createGroup: yes('Public, Private (Work) or ChatRoom.'),
  getGroupMemberList: yes('In pages.'),
  getGroupProfile: yes('Of groups that the user is in.'),
  getGroupAttributes: no('Empty: groups have no attributes.'),
  addSignalingListener: no('Accepted, never called.'),
  removeSignalingListener: no('Accepted.'),
  callExperimentalAPI: no('Accepted without effect.'),
};

/** Exports that are neither classes described above nor constants. */
export const others = {
  default: yes('The same as `TUICallEngine`.'),
  TUICallEngine: yes('The engine, above.'),
  TUICallEngineError: yes(
    'What every promise of the engine is rejected with: `code`, `message`, `functionName`, `getCode()`.',
  ),
  TRTCCloud: differs('What call kits use of it, above.'),
  TencentCloudChat: differs(
    '`create`, `EVENT`, `TYPES`, `TSignaling`, `VERSION`; also the default export of `ringback-sdk/chat`.',
  ),
  TIM: differs('The same as `TencentCloudChat`.'),
  createClient: yes("Ringback's own: makes a client of the modern interface."),
  onPushClick: yes(
    "Ringback's own: tells of clicks on the notifications of calls, also of the one that opened the page; returns what ends that.",
  ),
  RingbackError: yes("Ringback's own: what promises of the modern interface are rejected with."),
  localErrors: yes("Ringback's own: numbers and texts of the errors that arise in the SDK."),
  Rect: no('A plain holder, for code that makes one.'),
  TRTCDeviceInfo: no('A plain holder, for code that makes one.'),
  TRTCVideoEncParam: no('A plain holder, for code that makes one.'),
  TRTCVolumeInfo: no('A plain holder, for code that makes one.'),
  TRTCScreenCaptureSourceInfo: no('A plain holder, for code that makes one.'),
};

/** What the original has and the SDK has not, so that nobody looks for it. */
export const absent = {
  CALL_MESSAGE: no('An event of old call kits, who listen for it only when it is there: there are no chat messages.'),
  getAITranscriberManager: no('Of the media engine: undefined, as call kits allow for.'),
};
