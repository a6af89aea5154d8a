import { memberOf, present } from '../call.ts';
import { type Draft, own, tellChanged } from '../draft.ts';
import type { EngineRefusal } from '../effect.ts';
import type { CallEvent } from '../event.ts';

/** `switchMedia`: between audio and video, in a call of two, ringing or running. Not a webhook event. */
export function switchMedia(draft: Draft, event: CallEvent & { type: 'switchMedia' }): EngineRefusal | undefined {
  const { call } = draft;
  const member = memberOf(call, event.userId);
  if (member === undefined) return 'not_in_call';
  if (member.status === 'Calling' && member.device !== event.device) return 'answered_elsewhere';
  if (call.callType !== 'SingleCall') return 'scene_not_supported';
  if (call.mediaType === event.mediaType) return undefined;
  own(draft).mediaType = event.mediaType;
  tellChanged(draft, present(draft.call), []);
  return undefined;
}
