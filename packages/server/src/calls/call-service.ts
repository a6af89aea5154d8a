import { randomUUID } from 'node:crypto';
import { type Call, type CallEvent, mayJoin, type Person, type Seat, start } from 'ringback-engine';
import {
  type CallId,
  type DeviceId,
  type ErrorName,
  type NodeId,
  type PushInfo,
  Refusal,
  type SdkAppId,
  callId as toCallId,
  type UserId,
} from 'ringback-protocol';
import type { App } from '../ports/apps.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallFollower } from '../ports/media.ts';
import type { Outbox } from '../ports/outbox.ts';
import type { CallPlace, CallStore } from '../ports/store.ts';
import type { CallObserver } from './call-observer.ts';
import type { Calls } from './calls.ts';
import { DeadlineSweep } from './deadline-sweep.ts';
import type { Leases } from './leases.ts';
import { People, type PeopleOptions, personOf } from './people.ts';
import type { Cause, InviteResult, Started, StartRequest } from './requests.ts';
import { Steps } from './steps.ts';
import { TakeOver } from './take-over.ts';
import { pauseBefore, tries } from './tries.ts';
import { type Among, leaseOf, Watch } from './watch.ts';

export interface CallServiceOptions extends PeopleOptions {
  readonly store: CallStore;
  readonly outbox: Outbox;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly observer: CallObserver;
  /** Where several processes share the store. */
  readonly among?: Among;
  /** Hears of each change after devices have been told. */
  readonly follower?: CallFollower;
  /** Ids of new calls; random ones unless given. */
  readonly newCallId?: () => CallId;
  /** [0, 1). */
  readonly random?: () => number;
}

/** How a call is refused to who dials its caller when it does not ring there any more. */
const noGlare: ReadonlySet<ErrorName> = new Set(['call_ended', 'no_such_call', 'already_in_call']);

/** The shell round the engine: what users and applications do with calls. */
export class CallService implements Calls {
  readonly #options: CallServiceOptions;
  readonly #people: People;
  readonly #steps: Steps;
  readonly #watch: Watch;
  readonly #takeOver: TakeOver | undefined;
  readonly #sweep: DeadlineSweep | undefined;

  constructor(options: CallServiceOptions) {
    this.#options = options;
    this.#people = new People(options);
    this.#steps = new Steps({ ...options, committed: (before, call) => this.#watch.follow(before, call) });
    const { among, clock, observer } = options;
    this.#watch = new Watch({ clock, observer, steps: this.#steps, among });
    if (among === undefined) return;
    const { nodes, shared } = among;
    const failed = (error: unknown): void => {
      // That the store is out of reach is told once, by those who watch over that.
      if (nodes.outFor === 0) observer.failed('', error);
    };
    const fire = (app: SdkAppId, callId: CallId): Promise<void> =>
      this.#watch.fire(app, callId, { type: 'timeout' }, 'timer', '');
    this.#takeOver = new TakeOver({ nodes, shared, leases: this.leases, clock, failed });
    this.#sweep = new DeadlineSweep({ nodes, shared, clock, fire, failed, random: options.random ?? Math.random });
  }

  /** Who is in a call with which device; sessions report what they hear. */
  get leases(): Leases {
    return this.#watch.leases;
  }

  /**
   * Takes up the calls that were live when the last process stopped. Where others share the store, only what a process
   * that has died looked after.
   */
  async recover(): Promise<number> {
    if (this.#takeOver !== undefined) {
      this.#sweep?.open();
      await this.#takeOver.open();
      return 0;
    }
    const calls = await this.#options.store.live();
    for (const call of calls) this.#watch.takeUp(call);
    return calls.length;
  }

  /** Calls of which a step is not durable and told yet. */
  get writing(): number {
    return this.#steps.writing;
  }

  close(): void {
    this.#takeOver?.close();
    this.#sweep?.close();
    this.#watch.close();
  }

  /** The media of a member's device is gone for good: the member leaves. */
  mediaFailed({ app, callId }: Call, userId: UserId, device: DeviceId): void {
    void this.#watch.fire(app, callId, { type: 'mediaFailed', userId, device }, 'timer', userId);
  }

  async start(app: App, request: StartRequest, cause: Cause, answer?: (started: Started) => void): Promise<Started> {
    const { caller, robot } = request;
    const most = app.settings.maxMembers - 1;
    const callees = [...new Set(request.callees)].filter((userId) => userId !== caller);
    if (callees.length < 1 || callees.length > most) {
      // UI kits look for this very text.
      throw new Refusal('bad_params', `CalleeList_Account length must be between 1 and ${most}`, 'callees');
    }
    const { accounts, results } = await this.#people.lookUp(app, callees, [caller]);
    const known = callees.filter((userId) => accounts.has(userId));
    if (known.length === 0) throw new Refusal('unknown_account', undefined, 'callees');

    const groupKnown = request.chatGroupId !== '' && (await this.#people.callsOf(app, request.chatGroupId, caller));
    const users = robot ? known : [caller, ...known];
    const callId = (this.#options.newCallId ?? randomCallId)();
    const crowded = new Refusal('internal', 'Too many calls to the same users at this moment; retry.');
    let refused = crowded;
    for (let attempt = 0; attempt < tries; attempt += 1) {
      if (attempt > 0) await pauseBefore(attempt, this.#options.clock, this.#options.random);
      const held = this.#options.store.seats(app.sdkAppId, users);
      const seats = held instanceof Promise ? await held : held;
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
          asked: callees.length,
          mediaType: request.mediaType,
          chatGroupId: request.chatGroupId,
          groupKnown,
          roomId: request.roomId,
          roomIdType: request.roomIdType,
          userData: request.userData,
          push: request.push,
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
        try {
          return merged(await this.apply(app, outcome.merge, event, cause, (call) => answer?.(merged(call))));
        } catch (error) {
          // That call, or the caller's seat in it, is over since the seats were read: a fresh look says how it stands now.
          if (!(error instanceof Refusal && noGlare.has(error.reason))) throw error;
          refused = error;
          continue;
        }
      }
      const started = (call: Call): Started => ({ callId, role: 'caller', results, call });
      const tell = (call: Call) => answer?.(started(call));
      const saved = await this.#steps.save(app.sdkAppId, undefined, outcome, 'start', cause, tell);
      if (saved !== undefined) return started(saved);
      // Whatever glare there was before, it is the others who came first by now.
      refused = crowded;
    }
    throw refused;
  }

  apply(app: App, callId: CallId, event: CallEvent, cause: Cause, answer?: (call: Call) => void): Promise<Call> {
    return this.#steps.apply(app.sdkAppId, callId, () => event, cause, answer);
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
      readonly push?: PushInfo | undefined;
    },
    cause: Cause,
    answer?: (results: readonly InviteResult[]) => void,
  ): Promise<readonly InviteResult[]> {
    const users = [...new Set(request.users)].filter((userId) => userId !== request.userId);
    if (users.length === 0) throw new Refusal('bad_params', 'users must name somebody else', 'users');
    if (users.length > app.settings.maxMembers) throw new Refusal('call_full');
    const { accounts, results } = await this.#people.lookUp(app, users, []);
    const known = users.filter((userId) => accounts.has(userId));
    if (known.length === 0) throw new Refusal('unknown_account', undefined, 'users');
    const event = async (): Promise<CallEvent> => {
      const seats = await this.#options.store.seats(app.sdkAppId, known);
      const invitees = known.map((userId) => personOf(userId, accounts.get(userId), seats.get(userId)));
      const { userId, device, timeout, userData, push } = request;
      return { type: 'invite', userId, device, invitees, timeout, userData, push };
    };
    await this.#steps.apply(app.sdkAppId, callId, event, cause, () => answer?.(results));
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
      const groupMember =
        call?.groupKnown === true && (await this.#people.isMember(app.sdkAppId, call.chatGroupId, userId));
      return { type: 'join', person, device, groupMember };
    };
    return this.#steps.apply(app.sdkAppId, callId, event, cause, answer);
  }

  async find(app: App, place: CallPlace, userId: UserId): Promise<Call> {
    const found = await this.#options.store.placed(app.sdkAppId, place);
    // Whether the user is in a group is asked once, not for each call of it.
    const groups = new Map<string, boolean>();
    for (const call of [...found].sort((a, b) => b.startedAt - a.startedAt)) {
      const { chatGroupId, groupKnown } = call;
      if (groupKnown && !groups.has(chatGroupId)) {
        groups.set(chatGroupId, await this.#people.isMember(app.sdkAppId, chatGroupId, userId));
      }
      if (mayJoin(call, userId, groups.get(chatGroupId) ?? false)) return call;
    }
    throw new Refusal('no_such_call', 'There is no running call of that room or group that this user may join.');
  }

  async keep(call: Call, userId: UserId, device: DeviceId): Promise<void> {
    this.leases.hold(leaseOf(call, userId, device));
    await this.#options.among?.shared.keep(call.app, userId, call.callId);
  }

  async keepHeard(call: Call, userId: UserId, device: DeviceId): Promise<void> {
    const holder = await this.#holderOf(call, userId);
    if (holder !== undefined && holder !== this.#options.among?.nodes.self) await this.keep(call, userId, device);
  }

  async isKeptElsewhere(call: Call, userId: UserId): Promise<boolean> {
    const holder = await this.#holderOf(call, userId);
    // Nobody knows of one that is empty.
    return holder !== undefined && holder !== '' && holder !== this.#options.among?.nodes.self;
  }

  /** As `holder` of the store; undefined also where there is one process only. */
  async #holderOf(call: Call, userId: UserId): Promise<NodeId | '' | undefined> {
    return this.#options.among?.shared.holder(call.app, userId, call.callId);
  }

  async get(app: App, callId: CallId): Promise<Call> {
    const call = await this.#options.store.read(app.sdkAppId, callId);
    if (call === undefined) throw await this.#steps.missing(app.sdkAppId, callId);
    return call;
  }

  async callOf(app: App, userId: UserId): Promise<Call | undefined> {
    const seat = await this.#options.store.seatOf(app.sdkAppId, userId);
    return seat === undefined ? undefined : this.#options.store.read(app.sdkAppId, seat.callId);
  }

  async seatOf(app: App, userId: UserId): Promise<Seat | undefined> {
    return (await this.#options.store.seats(app.sdkAppId, [userId])).get(userId);
  }
}

const randomCallId = (): CallId => toCallId(randomUUID());
