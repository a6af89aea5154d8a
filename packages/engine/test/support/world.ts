import {
  type Audience,
  type Call,
  type CallEvent,
  type CallRecord,
  type CallWebhookEvent,
  type Effect,
  memberOf,
  nextDeadline,
  type Person,
  present,
  type Seat,
  start,
  step,
} from 'ringback-engine';
import { callId, type DeviceId, type UserId } from 'ringback-protocol';
import { person, phone, startEvent, t0, user } from './scene.ts';

export const names = ['ann', 'ben', 'cat', 'dov', 'eli', 'fay'] as const;

/** What somebody tries; the world makes an event of it, with the seats as they are. */
export type Attempt =
  | {
      readonly kind: 'start';
      readonly who: number;
      readonly callees: readonly number[];
      /** Called with them, though there are no such accounts. */
      readonly strangers: number;
      readonly group: boolean;
      readonly robot: boolean;
    }
  | {
      readonly kind: 'act';
      readonly act: string;
      readonly who: number;
      readonly device: number;
      readonly call: number;
      readonly others: readonly number[];
    }
  | { readonly kind: 'wait'; readonly ms: number };

/** Users, their seats and their calls, with every promise of the engine checked after every step. */
export class World {
  now = t0;
  readonly calls: Call[] = [];
  readonly seats = new Map<UserId, Seat>();
  readonly webhooks = new Map<string, CallWebhookEvent[]>();
  readonly records = new Map<string, CallRecord[]>();
  accepted = 0;

  attempt(attempt: Attempt): void {
    if (attempt.kind === 'wait') {
      this.now += attempt.ms;
      this.#fireDue();
    } else if (attempt.kind === 'start') this.#start(attempt);
    else {
      const call = this.calls[attempt.call % Math.max(1, this.calls.length)];
      if (call !== undefined) this.apply(call, this.#eventOf(attempt));
    }
  }

  /** Nobody does anything any more: invitations run out, devices fall silent. */
  silence(): void {
    this.now += 600_000;
    this.#fireDue();
    for (const { userId } of [...this.calls].flatMap((call) => present(call))) {
      for (const call of this.calls) {
        const member = memberOf(call, userId);
        if (member === undefined || member.device === '') continue;
        this.apply(call, { type: 'leaseLost', userId, device: member.device, nodeDied: false });
      }
    }
  }

  apply(before: Call, event: CallEvent): void {
    const outcome = step(before, event, this.now);
    if ('refusal' in outcome) {
      if (before.endedAt !== 0) check(outcome.refusal === 'call_ended', 'an ended call is refused by that name');
      return;
    }
    check(before.endedAt === 0, 'an ended call never changes');
    if (outcome.call === before) {
      check(outcome.effects.length === 0, 'a step without a change has no effects');
      return;
    }
    const decline = event.type === 'reject' || event.type === 'ignore';
    if (decline && memberOf(before, event.userId)?.status === 'Calling') check(false, 'a decline never ends an answer');
    this.calls[this.calls.indexOf(before)] = outcome.call;
    this.#settle(before, outcome.call, outcome.effects);
  }

  /** What a notice shows stays as it was when it was made, whatever the step went on to do. */
  #checkShown(effects: readonly Effect[]): void {
    let eventSeq: number | undefined;
    for (const effect of effects) {
      if (effect.type === 'event') eventSeq = effect.event.eventSeq;
      if (effect.type !== 'notify' || effect.notice.method === 'callEnded') continue;
      const { call } = effect.notice;
      check(call.endedAt === 0 && call.ending === undefined, 'a notice of a change shows a live call');
      check(eventSeq === undefined || call.eventSeq === eventSeq, 'a notice shows the call of the event before it');
    }
  }

  #start(attempt: Attempt & { kind: 'start' }): void {
    const caller = nameOf(attempt.who);
    const callees = [...new Set(attempt.callees.map(nameOf))].filter((name) => name !== caller);
    if (callees.length === 0) return;
    const id = `00000000-0000-4000-8000-${String(this.calls.length + 1).padStart(12, '0')}`;
    const outcome = start(
      startEvent({
        callId: callId(id),
        caller: attempt.robot ? person('robot') : this.#person(caller),
        device: attempt.robot ? '' : phone(caller),
        robot: attempt.robot,
        callees: callees.map((name) => this.#person(name)),
        asked: callees.length + attempt.strangers,
        chatGroupId: attempt.group ? 'team' : '',
        maxMembers: 5,
      }),
      this.now,
    );
    if ('merge' in outcome) {
      const call = this.calls.find((one) => one.callId === outcome.merge);
      check(call !== undefined, 'a merge names a live call');
      const userId = user(caller);
      this.apply(call, { type: 'accept', userId, device: phone(caller), merged: true });
    } else if ('call' in outcome) {
      this.calls.push(outcome.call);
      this.#settle(undefined, outcome.call, outcome.effects);
    } else check(outcome.refusal === 'already_in_call', 'only a busy caller is refused');
  }

  #person(name: string): Person {
    return person(name, this.seats.get(user(name)));
  }

  #eventOf(attempt: Attempt & { kind: 'act' }): CallEvent {
    const name = nameOf(attempt.who);
    const userId = user(name);
    const device = phone(name, attempt.device) as DeviceId;
    switch (attempt.act) {
      case 'invite':
        return {
          type: 'invite',
          userId,
          device,
          invitees: [...new Set(attempt.others)].map((who) => this.#person(nameOf(who))),
          timeout: 20_000,
          userData: '',
        };
      case 'join':
        return { type: 'join', person: this.#person(name), device, groupMember: attempt.device === 1 };
      case 'switchMedia':
        return { type: 'switchMedia', userId, device, mediaType: attempt.device === 1 ? 'Video' : 'Audio' };
      case 'leaseLost':
        return { type: 'leaseLost', userId, device, nodeDied: attempt.device === 2 };
      case 'end':
        return { type: 'end' };
      case 'removed':
        return { type: 'removed', userId };
      default:
        return { type: attempt.act as 'accept', userId, device };
    }
  }

  #fireDue(): void {
    for (const call of this.calls) {
      const deadline = nextDeadline(call);
      if (deadline !== 0 && deadline <= this.now) this.apply(call, { type: 'timeout' });
    }
  }

  #settle(before: Call | undefined, call: Call, effects: readonly Effect[]): void {
    this.accepted += 1;
    check(call.version === (before?.version ?? 0) + 1, 'versions count the steps');
    for (const [place, { userId }] of (before?.members ?? []).entries()) {
      check(call.members[place]?.userId === userId, 'whoever was in a call once keeps the place');
    }
    const told: { to: Audience; method: string }[] = [];
    for (const effect of effects) {
      if (effect.type === 'seat') {
        const seat = this.seats.get(effect.userId);
        check(seat === undefined || seat.callId === call.callId, 'nobody is in two calls');
        this.seats.set(effect.userId, { callId: call.callId, status: effect.status });
      } else if (effect.type === 'unseat') {
        check(this.seats.get(effect.userId)?.callId === call.callId, 'only an own seat is given up');
        this.seats.delete(effect.userId);
      } else if (effect.type === 'event') push(this.webhooks, call.callId, effect.event);
      else if (effect.type === 'record') push(this.records, call.callId, effect.record);
      else for (const to of effect.to) told.push({ to, method: effect.notice.method });
    }
    this.#checkSeats(call);
    this.#checkWebhooks(call);
    this.#checkNotices(before, call, told);
    this.#checkShown(effects);
    check((this.records.get(call.callId)?.length ?? 0) === (call.endedAt === 0 ? 0 : 1), 'one record per ended call');
    check(
      call.endedAt !== 0 || nextDeadline(call) !== 0 || present(call).some((one) => one.device !== ''),
      'a live call has something that will end it',
    );
    if (call.endedAt !== 0) check(present(call).length === 0, 'an ended call has nobody in it');
    else check(present(call).length <= call.maxMembers, 'a call never grows beyond its size');
  }

  #checkSeats(call: Call): void {
    for (const member of present(call)) {
      if (member.robot) continue;
      const seat = this.seats.get(member.userId);
      check(seat?.callId === call.callId && seat.status === member.status, 'every member holds a seat');
    }
    for (const [userId, seat] of this.seats) {
      if (seat.callId === call.callId) check(memberOf(call, userId) !== undefined, 'a seat belongs to a member');
    }
  }

  /** A receiver that knows nothing but the events must come to the same members. */
  #checkWebhooks(call: Call): void {
    const events = this.webhooks.get(call.callId) ?? [];
    const members = new Map<string, string>();
    events.forEach((event, index) => {
      check(event.eventSeq === index + 1, 'EventSeq has no gap');
      if (index > 0) check(event.eventTime > (events[index - 1]?.eventTime ?? 0), 'EventTime rises');
      check((event.kind === 'StartCall') === (index === 0), 'StartCall comes first, once');
      check(
        (event.kind === 'EndCall') === (call.endedAt !== 0 && index === events.length - 1),
        'EndCall comes last, once',
      );
      if (event.kind === 'StartCall') for (const one of event.users) members.set(one.userId, one.status);
      if (event.kind === 'EndCall') members.clear();
      for (const { userId, action } of event.changed) {
        if (action === 'Answer' || action === 'Join') members.set(userId, 'Calling');
        else if (action === 'Invite') members.set(userId, 'Waiting');
        else members.delete(userId);
      }
      const shown = event.users.map((one) => `${one.userId}:${one.status}`).sort();
      const rebuilt = [...members].map(([userId, status]) => `${userId}:${status}`).sort();
      check(shown.join() === rebuilt.join(), `the changes lead to the members (${shown} / ${rebuilt})`);
    });
    check(events.length === call.eventSeq, 'the call knows its last EventSeq');
  }

  #checkNotices(before: Call | undefined, call: Call, told: readonly { to: Audience; method: string }[]): void {
    const heard = (userId: string, method: string) =>
      told.some((one) => one.to.userId === userId && one.method === method);
    for (const member of before === undefined ? [] : present(before)) {
      if (member.robot || memberOf(call, member.userId) !== undefined) continue;
      check(heard(member.userId, 'callEnded'), 'who is out of a call is told so');
    }
    for (const member of present(call)) {
      const was = before === undefined ? undefined : memberOf(before, member.userId);
      if (member.status === 'Waiting' && was === undefined)
        check(heard(member.userId, 'callReceived'), 'who rings is told so');
      if (was === undefined || member.robot || before?.eventSeq === call.eventSeq) continue;
      check(heard(member.userId, 'callChanged'), 'who is in a call hears of every event');
    }
  }
}

function nameOf(index: number): string {
  return names[index % names.length] as string;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

function check(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Error(`Broken: ${promise}.`);
}
