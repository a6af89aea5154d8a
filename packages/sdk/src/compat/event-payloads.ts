import type { TUICallEvent } from './constants.ts';
import type { CallInfo, EndPayload, ReceivedPayload } from './payloads.ts';

/** A device as applications list it: older ones read `label`, newer ones `deviceName`. */
export interface DeviceInfo {
  readonly deviceId: string;
  readonly deviceName: string;
  readonly label: string;
  readonly kind: string;
  readonly groupId: string;
}

/** DEVICED_UPDATED; a current device that nobody knows has empty texts. */
export interface DevicesPayload {
  readonly microphoneList: readonly DeviceInfo[];
  readonly cameraList: readonly DeviceInfo[];
  readonly speakerList: readonly DeviceInfo[];
  readonly currentMicrophone: DeviceInfo;
  readonly currentCamera: DeviceInfo;
  readonly currentSpeaker: DeviceInfo;
}

interface UserPayload {
  readonly userID: string;
}

type Key = keyof typeof TUICallEvent;
type Value<K extends Key> = (typeof TUICallEvent)[K];

/** What each event carries, by the value of its constant. */
export interface EventPayloads
  extends Record<Value<'ERROR'>, { readonly code: number; readonly message: string; readonly msg: string }>,
    Record<Value<'SDK_READY'>, { readonly name: 'ts_im_ready' }>,
    Record<Value<'KICKED_OUT'>, { readonly message: string }>,
    Record<Value<'onUserSigExpired'>, undefined>,
    Record<Value<'ON_CALL_RECEIVED' | 'INVITED'>, ReceivedPayload>,
    Record<Value<'ON_CALL_BEGIN'>, CallInfo>,
    Record<Value<'CALLING_END' | 'ON_CALL_NOT_CONNECTED' | 'ON_CALL_CANCELED' | 'CALLING_CANCEL'>, EndPayload>,
    Record<
      Value<'USER_ACCEPT' | 'USER_ENTER' | 'USER_LEAVE' | 'REJECT' | 'LINE_BUSY' | 'ON_USER_INVITING'>,
      UserPayload
    >,
    Record<Value<'NO_RESP'>, { readonly userIDList: readonly string[]; readonly sponsor: string }>,
    Record<Value<'USER_VIDEO_AVAILABLE'>, UserPayload & { readonly isVideoAvailable: boolean }>,
    Record<Value<'USER_AUDIO_AVAILABLE'>, UserPayload & { readonly isAudioAvailable: boolean }>,
    Record<
      Value<'USER_VOICE_VOLUME'>,
      { readonly volumeMap: readonly { readonly userId: string; readonly audioVolume: number }[] }
    >,
    Record<
      Value<'ON_USER_NETWORK_QUALITY_CHANGED'>,
      {
        readonly networkQualityList: readonly { readonly userId: string; readonly quality: number }[];
        readonly network: readonly { readonly userId: string; readonly quality: number }[];
      }
    >,
    Record<
      Value<'CALL_TYPE_CHANGED'>,
      { readonly oldCallType: number; readonly newCallType: number; readonly type: number }
    >,
    Record<Value<'DEVICED_UPDATED'>, DevicesPayload>,
    Record<
      Value<'onDeviceChange'>,
      DevicesPayload & { readonly deviceId: string; readonly type: 0 | 1 | 2; readonly state: 0 | 1 | 2 }
    >,
    Record<Value<'GROUP_CALL_INVITEE_LIST_UPDATE'>, { readonly userIDList: readonly string[] }>,
    Record<Value<'MESSAGE_SENT_BY_ME'>, { readonly data: object }>,
    Record<Value<'CALLING_TIMEOUT'>, undefined> {}
