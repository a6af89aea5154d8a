import type { RingbackError } from '../base/ringback-error.ts';
import type { Call } from '../client/call.ts';
import { TUICallEvent } from './constants.ts';
import type { EventPayloads } from './event-payloads.ts';
import { callInfo, endPayload, isGroup, mediaNumber } from './payloads.ts';

/** Tells one event of the engine. */
export type Tell = <K extends keyof EventPayloads>(name: K, payload: EventPayloads[K]) => void;

/** Who else hears of a call. */
export interface CallHearers {
  readonly autoplayBlocked: (event: object) => void;
  /** The server does not take what the media of the call needs. */
  readonly mediaFailed: (error: RingbackError) => void;
}

/** Passes the events of a call on, in the order and the words of the original. Returns what stops it. */
export function bindCall(call: Call, me: string, tell: Tell, hearers: CallHearers): () => void {
  const stops: (() => void)[] = [];
  const listUpdate = () => {
    if (!isGroup(call.view) || call.status !== 'connected') return;
    tell(TUICallEvent.GROUP_CALL_INVITEE_LIST_UPDATE, { userIDList: [me, ...call.others] });
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
    call.on('connected', () => tell(TUICallEvent.ON_CALL_BEGIN, callInfo(call))),
    call.on('joined', ({ userId }) => {
      told.add(userId);
      tell(TUICallEvent.USER_ENTER, { userID: userId });
      listUpdate();
      states(userId);
    }),
    call.on('left', ({ userId }) => {
      told.delete(userId);
      tell(TUICallEvent.USER_LEAVE, { userID: userId });
      listUpdate();
    }),
    call.on('rejected', ({ userId }) => tell(TUICallEvent.REJECT, { userID: userId })),
    call.on('busy', ({ userId }) => tell(TUICallEvent.LINE_BUSY, { userID: userId })),
    call.on('notAnswered', ({ userIds }) =>
      tell(TUICallEvent.NO_RESP, { userIDList: userIds, sponsor: call.view.caller }),
    ),
    call.on('invited', ({ userId }) => tell(TUICallEvent.ON_USER_INVITING, { userID: userId })),
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
  if (media === undefined) return stop;

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
  return stop;
}
