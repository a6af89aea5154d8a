import { type Call, type Member, memberOf, pushOf } from 'ringback-engine';
import { bounds, type CallId, type DeviceId, type SdkAppId, type UserId } from 'ringback-protocol';
import type { Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { ChangedBy } from '../ports/media.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { Presence } from '../ports/presence.ts';
import type {
  DeviceToken,
  PushLog,
  PushMessage,
  PushNote,
  PushOutcome,
  PushProviders,
  PushRings,
  PushSender,
  PushTokens,
  RingHearer,
} from '../ports/push.ts';
import type { CallStore } from '../ports/store.ts';
import { Background } from './background.ts';
import { Delivery } from './delivery.ts';
import { HeardRings } from './heard-rings.ts';
import { HeldRings } from './held-rings.ts';
import { LeftRings, type LeftRingsOptions } from './left-rings.ts';
import { testMessage } from './messages.ts';
import { closeAttempts, storePause } from './retry.ts';
import { reasonOf, ringOf, ringsStill } from './ring-facts.ts';
import { RingPushes } from './ring-pushes.ts';
import { type Watch, Watches } from './watches.ts';

/** Pushes that are to go out: to which tokens, and why. */
interface Due extends Pick<Extract<PushNote, { readonly what: 'decided' }>, 'why' | 'devices'> {
  readonly tokens: readonly DeviceToken[];
}

/**
 * Rings that are looked after at once; beyond that none is pushed, so that nothing piles up. An application has as many as are free at
 * most: the first one gets half of them, the next one half of the rest, and so nobody takes the places of all others.
 */
const mostRings = 20_000;

/** Hears of what is done, for metrics and the log. Must not throw and must be quick. */
export interface PushObserver {
  pushed(kind: string, what: PushMessage['kind'], outcome: PushOutcome['outcome']): void;
  /** Something of the server's own went wrong; the ring may have gone without a push. */
  failed(error: unknown): void;
}

export interface PushServiceOptions {
  readonly providers: PushProviders;
  readonly tokens: PushTokens;
  readonly rings: PushRings;
  readonly log: PushLog;
  readonly senders: readonly PushSender[];
  readonly apps: Pick<Apps, 'get'>;
  readonly store: Pick<CallStore, 'read' | 'live'>;
  readonly presence: Pick<Presence, 'devices'>;
  readonly clock: Clock;
  readonly observer: PushObserver;
  /** How devices reach this server, with a path if any; empty when nobody has said. */
  readonly publicUrl: string;
  /** Where several processes share the store. */
  readonly nodes?: Pick<Nodes, 'onDead' | 'outFor'>;
  /** Whether a call is for this process to take over, of those that all see. */
  readonly isOurs?: (callId: CallId) => boolean;
}

/**
 * Sends a push for each callee whose devices do not ring, and takes it back when the ring is over.
 *
 * The call itself is the order: a member who is `Waiting` is to be rung, and that is on disk with the step. What is done
 * about it is a row of `PushRings`: it tells nodes apart, and what a process leaves behind when it dies, others take over.
 * Nothing here holds up a step, and nobody waits for it.
 */
export class PushService implements RingHearer {
  readonly #options: PushServiceOptions;
  readonly #rings: HeldRings;
  readonly #work: Background;
  readonly #delivery: Delivery;
  readonly #watches: Watches;
  readonly #pushes: RingPushes;
  readonly #left: LeftRings;
  readonly #heard = new HeardRings();
  /** Tokens that are being read for cancels. */
  readonly #reading = new Set<Promise<unknown>>();
  #closed = false;

  constructor(options: PushServiceOptions) {
    this.#options = options;
    const { providers, senders, observer, nodes, clock, isOurs = () => true } = options;
    // That the store is out of reach is told by those who watch over that.
    const work = new Background((error) => {
      if (!this.#closed && (nodes?.outFor ?? 0) === 0) observer.failed(error);
    });
    const watches = new Watches(clock);
    this.#work = work;
    this.#watches = watches;
    this.#delivery = new Delivery({
      providers,
      senders,
      pushed: (...what) => observer.pushed(...what),
      failed: (error) => observer.failed(error),
    });
    const rings = new HeldRings(options.rings, clock);
    this.#rings = rings;
    const pushes = new RingPushes({ ...options, rings, delivery: this.#delivery, work });
    this.#pushes = pushes;
    const begin: LeftRingsOptions['begin'] = (call, member) => this.#began(call, member, true);
    this.#left = new LeftRings({ ...options, rings, isOurs, pushes, watches, work, begin });
  }

  /** What goes on for rings at this moment, but for what waits for its time. */
  get underWay(): number {
    return this.#work.underWay;
  }

  /** Pushes that were tried so far. */
  get attempted(): number {
    return this.#delivery.attempted;
  }

  /** Resolves when the tokens are read that cancels at this moment need: until then, none may be dropped. */
  async tokensRead(): Promise<void> {
    await Promise.allSettled(this.#reading);
  }

  /** Takes up what the process before this one, and those that are dead, have left. */
  async open(): Promise<void> {
    this.#options.nodes?.onDead(() => void this.#left.takeUp());
    await this.#left.open();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#left.close();
    this.#pushes.close();
    this.#watches.wake();
    await this.#delivery.close();
  }

  /** A call has changed here, and that is on disk. */
  changed(call: Call, before: Call | undefined, by: ChangedBy): void {
    if (this.#options.providers.of(call.app).length === 0) return;
    for (const was of before?.members ?? []) {
      if (was.status === 'Waiting' && !ringsStill(call, was)) this.#ended(call, was, by);
    }
    for (const member of call.members) {
      if (member.status !== 'Waiting') continue;
      const was = before?.members.find(({ userId }) => userId === member.userId);
      if (was?.status !== 'Waiting' || was.deadline !== member.deadline) this.#began(call, member);
    }
  }

  rings(app: SdkAppId, callId: CallId, userId: UserId, device: DeviceId): void {
    const { providers, store } = this.#options;
    if (providers.of(app).length === 0) return;
    void this.#work.run(async () => {
      const call = await store.read(app, callId);
      const member = call && memberOf(call, userId);
      if (call === undefined || member?.status !== 'Waiting') return;
      const ring = ringOf(call, member);
      await this.#rings.acknowledge(ring);
      // One that a push has woken, too.
      if (this.#heard.isNew(ring, device)) this.#pushes.note(ring, { what: 'rings', userId, device });
    });
  }

  /** One push to a device, outside of any call; what its service says. */
  async test(token: DeviceToken): Promise<PushOutcome> {
    const now = this.#options.clock.now();
    const callId = '00000000-0000-4000-8000-000000000000' as CallId;
    const { app, userId } = token;
    const ring = { app, callId, startedAt: now, userId, deadline: now + bounds.ringTimeoutDefault };
    // Whatever comes of it, the token stays: it is a set-up that is tried.
    return this.#delivery.attempt(token, testMessage(ring));
  }

  #began(call: Call, member: Member, takenOver = false): void {
    const ring = ringOf(call, member);
    const { userId } = member;
    if (pushOf(call, member).off === true) {
      this.#pushes.note(ring, { what: 'skipped', userId, why: 'off' });
    } else if (takenOver && this.#watches.has(ring)) {
      return;
    } else if (this.#watches.sizeOf(call.app) >= mostRings - this.#watches.size) {
      this.#pushes.note(ring, { what: 'skipped', userId, why: 'full' });
    } else {
      void this.#work.run(() => this.#watches.during(ring, (watch) => this.#decide(watch, takenOver)));
    }
  }

  /** Waits for the devices of the callee, and sends pushes when none of them rings. */
  async #decide(watch: Watch, takenOver: boolean): Promise<void> {
    const due = await this.#claim(watch, takenOver);
    if (due === undefined) return;
    try {
      await this.#push(watch, due);
    } catch (error) {
      this.#rings.release(watch.ring);
      throw error;
    }
  }

  /** Makes a ring this process's, when it is for pushes; undefined when it is not. */
  async #claim(watch: Watch, takenOver: boolean): Promise<Due | undefined> {
    const { ring } = watch;
    const { app, userId } = ring;
    // Until it has a row, nobody else knows that it is to be pushed.
    const tries = {
      pause: () => watch.pause(storePause),
      goesOn: () => !this.#closed && !watch.over && this.#options.clock.now() + storePause < ring.deadline,
    };
    const tokens = await this.#work.insist(() => this.#options.tokens.of(app, userId), tries);
    if (tokens.length === 0) {
      if (!takenOver) this.#pushes.note(ring, { what: 'skipped', userId, why: 'noToken' });
      return undefined;
    }
    // Where presence cannot be asked, devices are given the time to say that they ring.
    const online = await this.#options.presence.devices(app, [userId]).then(
      (found) => found.get(userId)?.map(({ device }) => device) ?? [],
      () => undefined,
    );
    if (takenOver || online === undefined || online.length > 0) await this.#work.aside(watch.pause(bounds.ringAnswer));
    const claim = async (): Promise<boolean> =>
      !this.#closed && !watch.over && (await this.#rings.claim(ring)) === 'ours';
    if (!(await this.#work.insist(claim, tries))) return undefined;
    const why = takenOver ? 'takenOver' : (online?.length ?? 1) > 0 ? 'silent' : 'offline';
    return { tokens, why, devices: online ?? [] };
  }

  /** Sends the pushes of a ring that is this process's by now, if it rings still. */
  async #push(watch: Watch, { tokens, why, devices }: Due): Promise<void> {
    const { ring } = watch;
    const { userId } = ring;
    const call = await this.#options.store.read(ring.app, ring.callId);
    if (call === undefined || !ringsStill(call, ring)) {
      // Nothing was sent for it.
      await this.#rings.close(ring);
      await this.#rings.remove(ring);
      return;
    }
    this.#pushes.note(ring, { what: 'decided', userId, why, devices, tokens: tokens.length });
    await this.#pushes.send(watch, call, tokens);
  }

  /** It rings no more for a member: what was pushed is taken back. */
  #ended(call: Call, was: Member, { actor, device }: ChangedBy): void {
    const ring = ringOf(call, was);
    const reason = reasonOf(call, was);
    // Of a member who declined, the call does not say with which device.
    const by = memberOf(call, was.userId)?.device || (actor === was.userId ? device : '');
    this.#watches.end(ring, reason, by);
    void this.#work.run(async () => {
      // At once: of a user who is taken out, the tokens go next.
      const reading = this.#options.tokens.of(ring.app, ring.userId);
      this.#reading.add(reading);
      // Where another node owns its row, nobody would look for what this one could not close.
      const closing = this.#work.insist(() => this.#rings.close(ring), {
        pause: () => new Promise((resolve) => this.#options.clock.timer(storePause, resolve)),
        goesOn: (failures) => failures < closeAttempts && !this.#closed,
      });
      try {
        const [targets, known] = await Promise.all([closing, reading]).finally(() => this.#reading.delete(reading));
        if (targets !== undefined) await this.#pushes.takeBack(ring, targets, { call, reason, by, known });
      } catch (error) {
        // Whether it was closed all the same: then its cancels are for the next look.
        if ((await closing.catch(() => undefined)) !== undefined) this.#rings.release(ring);
        throw error;
      }
    });
  }
}
