import { memberOf, mostPeople, present, wasIn } from '../call.ts';
import { type Draft, emit, notify, own, setMember, tellChanged } from '../draft.ts';
import type { Change, EngineRefusal } from '../effect.ts';
import type { CallEvent, Person } from '../event.ts';
import { newMember } from '../whole.ts';

/** `invite`: more users into a call. Those in it are dropped, busy ones are noted, the rest ring. */
export function invite(draft: Draft, event: CallEvent & { type: 'invite' }): EngineRefusal | undefined {
  const { call } = draft;
  const inviter = memberOf(call, event.userId);
  if (inviter === undefined) return 'not_in_call';
  if (inviter.status !== 'Calling') return 'not_allowed';
  if (inviter.device !== event.device) return 'answered_elsewhere';

  const invitees = event.invitees.filter((person) => memberOf(call, person.userId) === undefined);
  if (invitees.length === 0) return 'bad_params';
  // A seat of this very call is one that its holder has just left: seats are read before the call is.
  const isBusy = ({ seat }: Person): boolean => seat !== undefined && seat.callId !== call.callId;
  const free = invitees.filter((person) => !isBusy(person));
  const before = present(call);
  if (before.length + free.length > call.maxMembers) return 'call_full';
  const newcomers = invitees.filter((person) => !wasIn(call, person.userId));
  if (newcomers.length > 0 && call.members.length + newcomers.length > mostPeople(call)) return 'call_full';

  // Without one of its own it has none: what the start said was for those whom it called.
  const push = event.push ?? (call.push === undefined ? undefined : {});
  const changed: Change[] = [];
  for (const person of invitees) {
    const busy = isBusy(person);
    changed.push(
      busy ? { userId: person.userId, action: 'Busy' } : { userId: person.userId, action: 'Invite', by: event.userId },
    );
    setMember(
      draft,
      newMember(person, {
        status: busy ? 'Gone' : 'Waiting',
        invitedBy: event.userId,
        deadline: busy ? 0 : draft.now + event.timeout,
        device: '',
        userData: busy ? '' : event.userData,
        push: busy ? undefined : push,
        robot: false,
        outcome: busy ? 'Busy' : undefined,
      }),
    );
  }
  own(draft).callType = 'MultiCall';
  emit(draft, 'MemberChanged', changed);
  tellChanged(draft, before, changed);
  for (const person of free) {
    notify(draft, [{ userId: person.userId }], { method: 'callReceived', call: draft.call, userId: person.userId });
  }
  return undefined;
}
