import type { RingbackError } from '../base/ringback-error.ts';
import type { Call } from '../client/call.ts';
import { TUICallEvent } from './constants.ts';
import type { EventPayloads } from './event-payloads.ts';
import { callInfo, endPayload, isGroup, mediaNumber, receivedPayload } from './payloads.ts';

/** Tells one event of the engine. */
export type Tell = <K extends keyof EventPayloads>(name: K, payload: EventPayloads[K]) => void;

/** Who else hears of a call. */
export interface CallHearers {
  readonly autoplayBlocked: (event: object) => void;
  /** The server does not take what the media of the call needs. */
  readonly mediaFailed: (error: RingbackError) => void;
}

/** A call whose events are passed on. */
export interface CallBinding {
  /** Tells that it rings here. */
  readonly received: () => void;
  readonly stop: () => void;
}

/** Passes the events of a call on, in the order and the words of the original. */
export function bindCall(call: Call, me: string, tell: Tell, hearers: CallHearers): CallBinding {
  const stops: (() => void)[] = [];
  const listUpdate = () => {
    if (!isGroup(call.view) || call.status !== 'connected') return;
    tell(TUICallEvent.GROUP_CALL_INVITEE_LIST_UPDATE, { userIDList: [me, ...call.others] });
  };
  // Applications wait for each who was named to them while it rang, until they hear what became of that one.
  const awaited = new Set<string>();
  const settled = (...userIds: readonly string[]) => {
    for (const userId of userIds) awaited.delete(userId);
  };
  const received = () => {
    const payload = receivedPayload(call, me);
    for (const userId of [payload.callerId, ...payload.calleeIdList]) awaited.add(userId);
    tell(TUICallEvent.ON_CALL_RECEIVED, payload);
    tell(TUICallEvent.INVITED, payload);
  };
  const { media } = call;
  // Nobody is heard of before having entered.
  const told = new Set<string>();
  const states = (userId: string) => {
    if (media?.isOn(userId, 'audio'))
      tell(TUICallEvent.USER_AUDIO_AVAILABLE, { userID: userId, isAudioAvailable: true });
    if (media?.isOn(userId, 'video'))
      tell(TUICallEvent.USER_VIDEO_AVAILABLE, { userID: userId, isVideoAvailable: true });
  };

  stops.push(
    call.on('accepted', ({ userId }) => tell(TUICallEvent.USER_ACCEPT, { userID: userId })),
    call.on('connected', ({ view }) => {
      tell(TUICallEvent.ON_CALL_BEGIN, callInfo(call));
      // Not before: at the invitation kits still ask for the names of all, and show them once they know.
      settled(...view.members.map(({ userId }) => userId));
      if (awaited.size > 0) tell(TUICallEvent.NO_RESP, { userIDList: [...awaited], sponsor: view.caller });
    }),
    call.on('joined', ({ userId }) => {
      told.add(userId);
      tell(TUICallEvent.USER_ENTER, { userID: userId });
      listUpdate();
      states(userId);
    }),
    call.on('left', ({ userId }) => {
      told.delete(userId);
      settled(userId);
      tell(TUICallEvent.USER_LEAVE, { userID: userId });
      listUpdate();
    }),
    call.on('rejected', ({ userId }) => {
      settled(userId);
      tell(TUICallEvent.REJECT, { userID: userId });
    }),
    call.on('busy', ({ userId }) => {
      settled(userId);
      tell(TUICallEvent.LINE_BUSY, { userID: userId });
    }),
    call.on('notAnswered', ({ userIds }) => {
      settled(...userIds);
      tell(TUICallEvent.NO_RESP, { userIDList: userIds, sponsor: call.view.caller });
    }),
    call.on('invited', ({ userId }) => {
      if (call.status === 'ringing') awaited.add(userId);
      tell(TUICallEvent.ON_USER_INVITING, { userID: userId });
    }),
    call.on('mediaType', ({ from, to }) => {
      const [oldCallType, newCallType] = [mediaNumber(from), mediaNumber(to)];
      tell(TUICallEvent.CALL_TYPE_CHANGED, { oldCallType, newCallType, type: newCallType });
    }),
    call.on('ended', (end) => {
      const payload = endPayload(call, end);
      if (end.wasConnected) tell(TUICallEvent.CALLING_END, payload);
      else {
        tell(TUICallEvent.ON_CALL_NOT_CONNECTED, payload);
        // The older names of the same event.
        tell(TUICallEvent.ON_CALL_CANCELED, payload);
        tell(TUICallEvent.CALLING_CANCEL, payload);
      }
    }),
  );
  const stop = () => {
    for (const one of stops) one();
  };
  if (media === undefined) return { received, stop };

  stops.push(
    media.on('audio', ({ userId, on }) => {
      if (told.has(userId)) tell(TUICallEvent.USER_AUDIO_AVAILABLE, { userID: userId, isAudioAvailable: on });
    }),
    media.on('video', ({ userId, on }) => {
      if (told.has(userId)) tell(TUICallEvent.USER_VIDEO_AVAILABLE, { userID: userId, isVideoAvailable: on });
    }),
    media.on('volumes', ({ volumes }) => {
      const volumeMap = [...volumes].map(([userId, audioVolume]) => ({ userId, audioVolume }));
      tell(TUICallEvent.USER_VOICE_VOLUME, { volumeMap });
    }),
    media.on('quality', ({ quality }) => {
      const list = [...quality].map(([userId, grade]) => ({ userId, quality: grade }));
      tell(TUICallEvent.ON_USER_NETWORK_QUALITY_CHANGED, { networkQualityList: list, network: list });
    }),
    media.on('autoplayBlocked', hearers.autoplayBlocked),
    media.on('failed', ({ error }) => hearers.mediaFailed(error)),
  );
  return { received, stop };
}
