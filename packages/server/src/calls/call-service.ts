import { randomUUID } from 'node:crypto';
import {
  type Call,
  type CallEvent,
  type CallEventType,
  type Effect,
  mayJoin,
  type Notice,
  nextDeadline,
  type Outcome,
  type Person,
  start,
  step,
} from 'ringback-engine';
import {
  type CallId,
  type DeviceId,
  groupId,
  type PushInfo,
  Refusal,
  type SdkAppId,
  callId as toCallId,
  type UserId,
} from 'ringback-protocol';
import type { Account, Accounts } from '../ports/accounts.ts';
import type { App } from '../ports/apps.ts';
import type { Bus, CallMark } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Groups } from '../ports/groups.ts';
import type { CallFollower } from '../ports/media.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { Outbox } from '../ports/outbox.ts';
import type { Presence } from '../ports/presence.ts';
import type { SharedCalls } from '../ports/shared-calls.ts';
import type { CallPlace, CallStore } from '../ports/store.ts';
import { Alarms } from './alarms.ts';
import type { CallObserver } from './call-observer.ts';
import { writeOf } from './call-write.ts';
import type { Calls } from './calls.ts';
import { DeadlineSweep } from './deadline-sweep.ts';
import { type Heritage, type Lease, Leases } from './leases.ts';
import { noticeFrame } from './notice-frame.ts';
import type { Cause, InviteResult, Started, StartRequest } from './requests.ts';
import { TakeOver } from './take-over.ts';
import { pauseBefore, tries } from './tries.ts';

export interface CallServiceOptions {
  readonly store: CallStore;
  readonly accounts: Accounts;
  readonly groups: Pick<Groups, 'get' | 'membersAmong'>;
  readonly outbox: Outbox;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly observer: CallObserver;
  /** Where several processes share the store: they, and what each must know of the calls of the others. */
  readonly among?: {
    readonly nodes: Nodes;
    readonly shared: SharedCalls;
    readonly presence: Pick<Presence, 'isElsewhere'>;
  };
  /** Hears of each change after devices have been told. */
  readonly follower?: CallFollower;
  /** Ids of new calls; random ones unless given. */
  readonly newCallId?: () => CallId;
  /** [0, 1). */
  readonly random?: () => number;
}

/** `CallResult[].ResultCode` of an account that does not exist. */
const noSuchAccount = 70107;

/** ms; a timer that could not be served, because the store was out of reach, is tried again. */
const retryDelay = 1000;

const noOrigin = { clientIp: '', platform: 'Unknown' } as const;

/** The shell round the engine: load, step, save, publish. Owns the timers of calls and the leases of devices. */
export class CallService implements Calls {
  readonly #options: CallServiceOptions;
  readonly #alarms: Alarms;
  /** Who is in a call with which device; sessions report what they hear. */
  readonly leases: Leases;
  readonly #takeOver: TakeOver | undefined;
  readonly #sweep: DeadlineSweep | undefined;
  /** The writes of each call that are not durable yet: an answer that changes nothing must not overtake them. */
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(options: CallServiceOptions) {
    this.#options = options;
    this.#alarms = new Alarms(options.clock);
    this.leases = new Leases({
      clock: options.clock,
      onLost: (lease, heritage) => void this.#leaseLost(lease, heritage),
    });
    const { among, clock, observer } = options;
    if (among === undefined) return;
    const { nodes, shared } = among;
    const failed = (error: unknown): void => {
      // That the store is out of reach is told once, by those who watch over that.
      if (nodes.outFor === 0) observer.failed('', error);
    };
    const fire = (app: SdkAppId, callId: CallId): Promise<void> =>
      this.#fire(app, callId, { type: 'timeout' }, 'timer', '');
    this.#takeOver = new TakeOver({ nodes, shared, leases: this.leases, clock, failed });
    this.#sweep = new DeadlineSweep({ nodes, shared, clock, fire, failed, random: options.random ?? Math.random });
  }

  /**
   * Takes up the calls that were live when the last process stopped: deadlines that passed fire, leases run anew. Where
   * others share the store, only what a process that has died looked after.
   */
  async recover(): Promise<number> {
    if (this.#takeOver !== undefined) {
      this.#sweep?.open();
      await this.#takeOver.open();
      return 0;
    }
    const calls = await this.#options.store.live();
    for (const call of calls) {
      this.#watchDeadline(call);
      for (const member of call.members) {
        if (member.status === 'Calling' && member.device !== '') {
          this.leases.inherit(leaseOf(call, member.userId, member.device), { from: '' });
        }
      }
    }
    return calls.length;
  }

  /** Calls of which a step is not durable and told yet. */
  get writing(): number {
    return this.#writing.size;
  }

  close(): void {
    this.#takeOver?.close();
    this.#sweep?.close();
    this.#alarms.close();
    this.leases.close();
  }

  /** The media of a member's device is gone for good: the member leaves. */
  mediaFailed({ app, callId }: Call, userId: UserId, device: DeviceId): void {
    void this.#fire(app, callId, { type: 'mediaFailed', userId, device }, 'timer', userId);
  }

  async start(app: App, request: StartRequest, cause: Cause, answer?: (started: Started) => void): Promise<Started> {
    const { caller, robot } = request;
    const most = app.settings.maxMembers - 1;
    const callees = [...new Set(request.callees)].filter((userId) => userId !== caller);
    if (callees.length < 1 || callees.length > most) {
      // UI kits look for this very text.
      throw new Refusal('bad_params', `CalleeList_Account length must be between 1 and ${most}`, 'callees');
    }
    const { accounts, results } = await this.#lookUp(app, callees, [caller]);
    const known = callees.filter((userId) => accounts.has(userId));
    if (known.length === 0) throw new Refusal('unknown_account');

    const groupKnown = await this.#callsOf(app, request.chatGroupId, caller);
    const users = robot ? known : [caller, ...known];
    const callId = (this.#options.newCallId ?? randomCallId)();
    for (let attempt = 0; attempt < tries; attempt += 1) {
      await pauseBefore(attempt, this.#options.clock, this.#options.random);
      const seats = await this.#options.store.seats(app.sdkAppId, users);
      const person = (userId: UserId): Person => {
        const seat = robot && userId === caller ? undefined : seats.get(userId);
        return personOf(userId, accounts.get(userId), seat);
      };
      const outcome = start(
        {
          type: 'start',
          app: app.sdkAppId,
          callId,
          caller: person(caller),
          device: request.device,
          robot,
          callees: known.map(person),
          mediaType: request.mediaType,
          chatGroupId: request.chatGroupId,
          groupKnown,
          roomId: request.roomId,
          roomIdType: request.roomIdType,
          userData: request.userData,
          ...(request.push && { push: request.push }),
          timeout: request.timeout,
          maxMembers: app.settings.maxMembers,
          glare: app.settings.glare,
          origin: cause.origin,
        },
        this.#options.clock.now(),
      );
      if ('merge' in outcome) {
        if (request.device === '') throw new Refusal('already_in_call');
        const merged = (call: Call): Started => ({ callId: call.callId, role: 'callee', results, call });
        const event = { type: 'accept', userId: caller, device: request.device, merged: true } as const;
        return merged(await this.apply(app, outcome.merge, event, cause, (call) => answer?.(merged(call))));
      }
      const started = (call: Call): Started => ({ callId, role: 'caller', results, call });
      const tell = (call: Call) => answer?.(started(call));
      const saved = await this.#save(app.sdkAppId, undefined, outcome, 'start', cause, tell);
      if (saved !== undefined) return started(saved);
    }
    throw new Refusal('internal', 'Too many calls to the same users at this moment; retry.');
  }

  apply(app: App, callId: CallId, event: CallEvent, cause: Cause, answer?: (call: Call) => void): Promise<Call> {
    return this.#apply(app.sdkAppId, callId, async () => event, cause, answer);
  }

  async invite(
    app: App,
    callId: CallId,
    request: {
      readonly userId: UserId;
      readonly device: DeviceId;
      readonly users: readonly UserId[];
      readonly timeout: number;
      readonly userData: string;
      readonly push?: PushInfo;
    },
    cause: Cause,
    answer?: (results: readonly InviteResult[]) => void,
  ): Promise<readonly InviteResult[]> {
    const users = [...new Set(request.users)].filter((userId) => userId !== request.userId);
    if (users.length === 0) throw new Refusal('bad_params', 'users must name somebody else', 'users');
    if (users.length > app.settings.maxMembers) throw new Refusal('call_full');
    const { accounts, results } = await this.#lookUp(app, users, []);
    const known = users.filter((userId) => accounts.has(userId));
    if (known.length === 0) throw new Refusal('unknown_account');
    const event = async (): Promise<CallEvent> => {
      const seats = await this.#options.store.seats(app.sdkAppId, known);
      const invitees = known.map((userId) => personOf(userId, accounts.get(userId), seats.get(userId)));
      const { userId, device, timeout, userData, push } = request;
      return { type: 'invite', userId, device, invitees, timeout, userData, ...(push && { push }) };
    };
    await this.#apply(app.sdkAppId, callId, event, cause, () => answer?.(results));
    return results;
  }

  async join(
    app: App,
    callId: CallId,
    request: { readonly userId: UserId; readonly device: DeviceId },
    cause: Cause,
    answer?: (call: Call) => void,
  ): Promise<Call> {
    const { userId, device } = request;
    const accounts = await this.#options.accounts.find(app.sdkAppId, [userId]);
    const event = async (): Promise<CallEvent> => {
      const seats = await this.#options.store.seats(app.sdkAppId, [userId]);
      const person = personOf(userId, accounts.get(userId), seats.get(userId));
      const call = await this.#options.store.load(app.sdkAppId, callId);
      const groupMember = call?.groupKnown === true && (await this.#isMember(app.sdkAppId, call.chatGroupId, userId));
      return { type: 'join', person, device, groupMember };
    };
    return this.#apply(app.sdkAppId, callId, event, cause, answer);
  }

  async find(app: App, place: CallPlace, userId: UserId): Promise<Call> {
    const found = await this.#options.store.placed(app.sdkAppId, place);
    // Whether the user is in a group is asked once, not for each call of it.
    const groups = new Map<string, boolean>();
    for (const call of [...found].sort((a, b) => b.startedAt - a.startedAt)) {
      const { chatGroupId, groupKnown } = call;
      if (groupKnown && !groups.has(chatGroupId)) {
        groups.set(chatGroupId, await this.#isMember(app.sdkAppId, chatGroupId, userId));
      }
      if (mayJoin(call, userId, groups.get(chatGroupId) ?? false)) return call;
    }
    throw new Refusal('no_such_call', 'There is no running call of that room or group that this user may join.');
  }

  async keep(call: Call, userId: UserId, device: DeviceId): Promise<void> {
    this.leases.hold(leaseOf(call, userId, device));
    await this.#options.among?.shared.keep(call.app, userId, call.callId);
  }

  async get(app: App, callId: CallId): Promise<Call> {
    const call = await this.#options.store.read(app.sdkAppId, callId);
    if (call === undefined) throw await this.#missing(app.sdkAppId, callId);
    return call;
  }

  async callOf(app: App, userId: UserId): Promise<Call | undefined> {
    const seat = await this.#options.store.seatOf(app.sdkAppId, userId);
    return seat === undefined ? undefined : this.#options.store.read(app.sdkAppId, seat.callId);
  }

  /**
   * Whether a call is one of a group that this server keeps; only its members may start one. A group that it does not
   * know is a label, unless the application wants known ones only.
   */
  async #callsOf(app: App, group: string, caller: UserId): Promise<boolean> {
    if (group === '') return false;
    if (await this.#isMember(app.sdkAppId, group, caller)) return true;
    if ((await this.#options.groups.get(app.sdkAppId, groupId(group))) !== undefined) {
      throw new Refusal('bad_params', `The caller ${caller} must be a member of the group ChatGroupId`, 'chatGroupId');
    }
    if (app.settings.groupsRequired) {
      throw new Refusal('bad_params', 'ChatGroupId must be the id of a group of the application', 'chatGroupId');
    }
    return false;
  }

  async #isMember(app: SdkAppId, group: string, userId: UserId): Promise<boolean> {
    return (await this.#options.groups.membersAmong(app, groupId(group), [userId])).has(userId);
  }

  /** Which of `callees` exist, made now where the application rings strangers; and the accounts of `others`. */
  async #lookUp(
    app: App,
    callees: readonly UserId[],
    others: readonly UserId[],
  ): Promise<{ accounts: ReadonlyMap<UserId, Account>; results: readonly InviteResult[] }> {
    const { accounts } = this.#options;
    const found = await accounts.find(app.sdkAppId, [...others, ...callees]);
    if (callees.every((userId) => found.has(userId))) {
      return { accounts: found, results: callees.map((userId) => ({ userId, code: 0 })) };
    }
    const all = new Map(found);
    if (app.settings.unknownCallee === 'ring') {
      for (const userId of callees) {
        if (!all.has(userId)) all.set(userId, await accounts.ensure(app.sdkAppId, userId));
      }
    }
    return {
      accounts: all,
      results: callees.map((userId) => ({ userId, code: all.has(userId) ? 0 : noSuchAccount })),
    };
  }

  /** `makeEvent` is asked again on each attempt, because seats may have moved. */
  async #apply(
    app: SdkAppId,
    callId: CallId,
    makeEvent: () => Promise<CallEvent>,
    cause: Cause,
    answer?: (call: Call) => void,
  ): Promise<Call> {
    const { store } = this.#options;
    for (let attempt = 0; attempt < tries; attempt += 1) {
      await pauseBefore(attempt, this.#options.clock, this.#options.random);
      const event = await makeEvent();
      let call = store.load(app, callId);
      if (call instanceof Promise) {
        const read = await call;
        // Others have waited for the same answer, and may have made their step of it.
        const now = read === undefined ? read : store.load(app, callId);
        call = now instanceof Promise ? read : now;
      }
      if (call === undefined) {
        if (await this.#isUndone(app, callId, 0)) continue;
        throw await this.#missing(app, callId);
      }
      // From here to the write nothing is awaited, so steps of one process never come before one another.
      const outcome = step(call, event, this.#options.clock.now());
      const changes = !('refusal' in outcome) && outcome.call !== call;
      if (!changes && ((await this.#isUndone(app, callId, call.version)) || (await store.isBehind(call)))) continue;
      if ('refusal' in outcome) throw new Refusal(outcome.refusal, outcome.detail, outcome.field);
      if (outcome.call === call) {
        answer?.(call);
        return call;
      }
      const saved = await this.#save(app, call, outcome, event.type, cause, answer);
      if (saved !== undefined) return saved;
    }
    throw new Refusal('internal', 'Too many changes of the same call at this moment; retry.');
  }

  /**
   * What changes nothing, or is refused, tells of the steps that it was based on, so it waits until those are durable. True
   * when one of them has not come about: the call is not at this version then (0: over), and it must be tried again. A lease
   * that is lost while the end of its call is on its way to the disk, and never gets there, is still to be looked after.
   */
  async #isUndone(app: SdkAppId, callId: CallId, version: number): Promise<boolean> {
    const writing = this.#writing.get(keyOf(app, callId));
    if (writing === undefined) return false;
    await writing.catch(() => {});
    return ((await this.#options.store.load(app, callId))?.version ?? 0) !== version;
  }

  /** Writes a step and tells the world; undefined when somebody else was first. */
  async #save(
    app: SdkAppId,
    before: Call | undefined,
    outcome: Outcome,
    type: CallEventType,
    cause: Cause,
    answer: ((call: Call) => void) | undefined,
  ): Promise<Call | undefined> {
    if ('refusal' in outcome) throw new Refusal(outcome.refusal, outcome.detail, outcome.field);
    const { call } = outcome;
    const key = keyOf(app, call.callId);
    const writing = this.#commit(before, outcome, type, cause, answer);
    const earlier = this.#writing.get(key);
    const all = earlier === undefined ? writing : Promise.allSettled([earlier, writing]);
    this.#writing.set(key, all);
    const settled = () => {
      if (this.#writing.get(key) === all) this.#writing.delete(key);
    };
    all.then(settled, settled);
    return writing;
  }

  async #commit(
    before: Call | undefined,
    { call, effects }: { readonly call: Call; readonly effects: readonly Effect[] },
    type: CallEventType,
    cause: Cause,
    answer: ((call: Call) => void) | undefined,
  ): Promise<Call | undefined> {
    const { store, outbox, clock, bus, observer, follower } = this.#options;
    const write = writeOf({ before, call, effects, type, cause, outbox, at: clock.now() });
    if ((await store.commit(write)) !== 'ok') return undefined;
    answer?.(call);
    this.#follow(before, call);
    for (const effect of effects) {
      if (effect.type === 'notify')
        bus.publish(call.app, effect.to, noticeFrame(effect.notice), markOf(call, effect.notice));
      else if (effect.type === 'record') observer.ended(effect.record);
    }
    follower?.changed(call, before, cause);
    const { history, origin } = write;
    const { events } = history;
    if (events.length > 0) outbox.committed({ before, call, type, events, origin }, write.outbox);
    return call;
  }

  /** Keeps timers and leases in step with a committed change. */
  #follow(before: Call | undefined, call: Call): void {
    this.#watchDeadline(call);
    const { observer } = this.#options;
    if (before === undefined) observer.started(call);
    if (before?.acceptedAt === 0 && call.acceptedAt !== 0) observer.accepted(call);
    for (const member of before?.members ?? []) {
      if (member.status !== 'Calling' || member.device === '') continue;
      const now = call.members.find((one) => one.userId === member.userId);
      if (now?.device !== member.device) this.leases.release(call.app, member.userId, member.device);
    }
    for (const member of call.members) {
      if (member.status !== 'Calling' || member.device === '') continue;
      const was = before?.members.find((one) => one.userId === member.userId);
      if (was?.device !== member.device) this.leases.hold(leaseOf(call, member.userId, member.device));
    }
  }

  #watchDeadline(call: Call): void {
    const key = keyOf(call.app, call.callId);
    const deadline = nextDeadline(call);
    if (deadline === 0) this.#alarms.clear(key);
    else
      this.#alarms.set(key, deadline, () => void this.#fire(call.app, call.callId, { type: 'timeout' }, 'timer', ''));
  }

  /** A device was silent for too long. Where others share the store, only whoever keeps its lease may say so. */
  async #leaseLost(lease: Lease, heritage: Heritage | undefined): Promise<void> {
    const { app, callId, userId, device } = lease;
    try {
      const whose = await this.#whose(lease, heritage);
      if (whose === 'later') this.leases.inherit(lease, heritage ?? { from: '' });
      if (whose !== 'ours') return;
    } catch (error) {
      const key = `retry ${keyOf(app, callId)} leaseLost ${userId}`;
      this.#again(callId, error, key, () => this.#leaseLost(lease, heritage));
      return;
    }
    const event = { type: 'leaseLost', userId, device, nodeDied: heritage !== undefined } as const;
    // What was so a moment ago may be otherwise when it is tried again.
    await this.#fire(app, callId, event, 'lease', userId, () => this.#leaseLost(lease, heritage));
  }

  /** Whose it is to say that a device is gone; `later`: somebody may still hear of it, so it is to be seen. */
  async #whose({ app, callId, userId, device }: Lease, heritage: Heritage | undefined) {
    const { among } = this.#options;
    if (among === undefined) return 'ours';
    const { nodes, shared, presence } = among;
    const holder = await shared.holder(app, userId, callId);
    if (heritage === undefined) return holder === nodes.self ? 'ours' : 'others';
    // It has come back, here or elsewhere, or the process that kept its lease has.
    if (holder !== heritage.from || (holder !== '' && nodes.isLiving(holder))) return 'others';
    return (await presence.isElsewhere(app, userId, device)) ? 'later' : 'ours';
  }

  /** Events of the server's own. That the call has moved on meanwhile is no error. Never rejects. */
  async #fire(
    app: SdkAppId,
    callId: CallId,
    event: CallEvent,
    cause: 'timer' | 'lease',
    actor: UserId | '',
    again = (): Promise<void> => this.#fire(app, callId, event, cause, actor),
  ): Promise<void> {
    const device = 'device' in event ? event.device : '';
    try {
      await this.#apply(app, callId, async () => event, { cause, actor, device, requestId: '', origin: noOrigin });
    } catch (error) {
      if (error instanceof Refusal && error.reason !== 'internal') return;
      this.#again(callId, error, `retry ${keyOf(app, callId)} ${event.type} ${actor}`, again);
    }
  }

  /** The store was out of reach: what could not be done is tried again. */
  #again(callId: CallId, error: unknown, key: string, work: () => Promise<void>): void {
    this.#options.observer.failed(callId, error);
    this.#alarms.set(key, this.#options.clock.now() + retryDelay, () => void work());
  }

  async #missing(app: SdkAppId, callId: CallId): Promise<Refusal> {
    const record = await this.#options.store.record(app, callId);
    return new Refusal(record === undefined ? 'no_such_call' : 'call_ended');
  }
}

const randomCallId = (): CallId => toCallId(randomUUID());

const keyOf = (app: SdkAppId, callId: CallId): string => `${app}/${callId}`;

const markOf = ({ callId, version, eventSeq }: Call, { method }: Notice): CallMark => ({
  callId,
  version,
  eventSeq,
  over: method === 'callEnded',
});

const leaseOf = (call: Call, userId: UserId, device: DeviceId): Lease => ({
  app: call.app,
  callId: call.callId,
  userId,
  device,
});

const personOf = (userId: UserId, account: Account | undefined, seat: Person['seat']): Person => ({
  userId,
  nick: account?.nick ?? '',
  avatar: account?.avatar ?? '',
  ...(seat === undefined ? {} : { seat }),
});
