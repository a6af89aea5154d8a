import { LRUCache } from 'lru-cache';
import { type Audience, type Call, memberOf, present } from 'ringback-engine';
import type { DeviceId, SdkAppId, UserId } from 'ringback-protocol';
import type { LeaseKeeper } from '../calls/lease-keeper.ts';
import { noticeFrame } from '../calls/notice-frame.ts';
import type { Log } from '../observe/log.ts';
import type { Bus, BusListener, CallMark } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallFollower } from '../ports/media.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { CallName, SharedCalls } from '../ports/shared-calls.ts';
import type { CallStore } from '../ports/store.ts';
import type { Directory, Reachable } from './directory.ts';
import { type MissedReader, missedReader } from './missed-reader.ts';
import { type KnownCall, type Told, ToldCalls } from './told.ts';

/** ms between two looks at what has changed, while notices may be lost. */
const pace = 500;

/** Looks between two comparisons of all calls that devices here are in: five seconds. */
const comparing = 10;

/** ms for which changes are looked at after the last doubt: the ways of all are there again by then. */
const afterwards = 5000;

/** ms: how long notices may have been lost before it is noticed. */
const before = 8000;

/** ms by which a change may be written later than it says. */
const overlap = 2500;

/** Changes of one question, and questions of one look. */
const page = 2000;
const pages = 10;

/** Calls that are read, or compared, at once. */
const atOnce = 500;

/** A look at all changes, which may take several ticks. */
interface Look {
  /** ms; when it began. */
  readonly began: number;
  /** ms; how far it has come: what was changed before that was looked at. */
  at: number;
  /** Changes of its next question. */
  limit: number;
}

/** A call whose devices could not be told, and why. */
interface Failed {
  readonly call: CallName;
  readonly error: unknown;
}

/** Calls that are remembered as reported; those that were used last. */
const mostReported = 1000;

/** Calls at most that a look names when they fail: of more, it is the store that fails, which one line says. */
const handful = 50;

/** Looks that try a call again, a minute: longer than an overloaded store fails, and than most calls ring. */
const mostTries = 120;

const keyOf = ({ app, callId }: CallName): string => `${app}/${callId}`;

export interface CatchUpOptions<S extends Reachable> {
  readonly directory: Directory<S>;
  readonly shared: SharedCalls;
  readonly nodes: Nodes;
  readonly bus: Bus;
  readonly store: Pick<CallStore, 'hear' | 'read' | 'record' | 'history'>;
  readonly leases: LeaseKeeper;
  readonly clock: Clock;
  readonly log: Pick<Log, 'error'>;
  /** Calls whose newest version is remembered; as many as a busy node sees unless given. */
  readonly remembered?: number;
}

/**
 * Notices between nodes are hints, and may be lost. This keeps what the devices here have been told of their calls, compares
 * it with the store every five seconds, and tells them what they missed. While a way between nodes is down, it looks twice
 * a second at all that has changed, so that devices ring here that were called elsewhere.
 */
export class CatchUp<S extends Reachable> implements BusListener, CallFollower {
  readonly #options: CatchUpOptions<S>;
  readonly #told = new ToldCalls();
  /** The newest version of each call that was looked at: what is seen again costs nothing. */
  readonly #seen: LRUCache<string, number>;
  /** Calls that failed while others did not, and how often since: each tick tries them again. All of them: nothing else does. */
  readonly #again = new Map<string, { readonly call: CallName; tries: number }>();
  readonly #reported = new LRUCache<string, true>({ max: mostReported });
  readonly #read: MissedReader;
  /** ms; until when changes are looked at. */
  #lookUntil = 0;
  /** ms; what was changed before that was looked at. */
  #lookedAt: number | undefined;
  /** One that is not done. */
  #looking: Look | undefined;
  #ticks = 0;
  #cancel: (() => void) | undefined;
  #working: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: CatchUpOptions<S>) {
    this.#options = options;
    // As a sum of ones, it takes memory for those only that are there.
    this.#seen = new LRUCache({ maxSize: options.remembered ?? 50_000, sizeCalculation: () => 1 });
    this.#read = missedReader(options.store);
    const { nodes } = options;
    // What a process has told nobody when it died, and what was lost while this one was cut off.
    nodes.onDead(() => this.doubted());
    nodes.onBack(() => this.doubted());
    this.#schedule();
  }

  deliver(app: SdkAppId, to: Audience, frame: string, mark?: CallMark): void {
    const { directory, leases, store } = this.#options;
    // What a device does of this notice starts from here.
    if (mark !== undefined) store.hear(app, mark);
    directory.deliver(app, to, frame);
    if (mark === undefined) return;
    const { callId, over } = mark;
    const { userId, device } = to;
    if (!over) {
      if (directory.devicesOf(app, userId) !== undefined) this.#told.note(app, callId, userId, mark);
    } else if (to.except === undefined) {
      this.#told.forget(app, callId, userId);
      if (device !== undefined) leases.over({ app, callId, userId, device });
    }
  }

  disconnect(
    app: SdkAppId,
    to: Audience,
    closeCode: number,
    frame: string | undefined,
    until: number | undefined,
  ): void {
    this.#options.directory.disconnect(app, to, closeCode, frame, until);
  }

  /** Looks at once, and at what has changed, though all may be well again by the next look. */
  doubted(): void {
    this.#lookUntil = Math.max(this.#lookUntil, this.#options.clock.now() + afterwards);
    this.#ticks = 0;
  }

  /** A change that was made here; whom it concerns has been told. */
  changed(call: Call): void {
    const { app, callId } = call;
    if (call.endedAt !== 0) {
      this.#told.forgetAll(app, callId);
      return;
    }
    for (const { userId, status } of call.members) {
      if (status === 'Gone') this.#told.forget(app, callId, userId);
      else if (this.#options.directory.devicesOf(app, userId) !== undefined) this.#told.note(app, callId, userId, call);
    }
  }

  /** A device has been told of the call of its user when it signed in. */
  signedIn(userId: UserId, call: Call): void {
    const known = this.#told.get(call.app, call.callId)?.users.has(userId) ?? false;
    // Other devices of the user may be behind still.
    if (!known) this.#told.note(call.app, call.callId, userId, call);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#working;
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#cancel = this.#options.clock.timer(pace, () => {
      this.#working = this.#tick()
        // The store is out of reach, which others say: it is looked at again.
        .catch(() => {})
        .then(() => this.#schedule());
    });
  }

  async #tick(): Promise<void> {
    const { nodes, bus, clock } = this.#options;
    const up = bus.isUp;
    nodes.tells(up);
    const now = clock.now();
    const alone = nodes.living().length === 1;
    if (!alone && !(up && nodes.allTell)) this.#lookUntil = now + afterwards;
    const compares = this.#ticks % comparing === 0;
    this.#ticks += 1;
    const look = async (): Promise<void> => {
      await this.#tellAgain();
      if (now < this.#lookUntil || this.#looking !== undefined) await this.#look(now);
      else this.#lookedAt = undefined;
    };
    // A look that comes to nothing each time must not keep the devices of other calls from what they missed.
    await look().finally(() => (compares ? this.#compare() : undefined));
  }

  /** Tells the devices here of what has changed anywhere. Of more than one look takes, the next one goes on where this one ended. */
  async #look(now: number): Promise<void> {
    this.#looking ??= { began: now, at: (this.#lookedAt ?? now - before) - overlap, limit: page };
    const look = this.#looking;
    for (let n = 0; n < pages; n += 1) {
      const changes = await this.#options.shared.changedSince(look.at, look.limit);
      const news = changes.filter(({ app, callId, version }) => {
        const key = keyOf({ app, callId });
        if ((this.#seen.get(key) ?? 0) >= version) return false;
        this.#seen.set(key, version);
        return true;
      });
      const failed = await this.#tellAll(news);
      if (failed.length > 0 && failed.length === news.length) await this.#mustAnswer(failed);
      for (const { call } of failed) this.#again.set(keyOf(call), { call, tries: 0 });
      if (changes.length < look.limit) {
        // Not `now`: what was written later than it says may be behind this look by then.
        this.#lookedAt = look.began;
        this.#looking = undefined;
        return;
      }
      const last = changes.at(-1)?.at ?? look.at;
      // More than a page in one millisecond: only a larger one gets past it.
      look.limit = last > look.at ? page : look.limit * 2;
      look.at = last;
    }
  }

  /** That nothing could be read says nothing of the calls where the store is out of reach: this throws then, and all is looked at again. */
  async #mustAnswer(failed: readonly Failed[]): Promise<void> {
    try {
      await this.#options.shared.versions(failed.slice(0, 1).map(({ call }) => call));
    } catch (error) {
      for (const { call } of failed) this.#seen.delete(keyOf(call));
      throw error;
    }
  }

  async #compare(): Promise<void> {
    const { directory, shared } = this.#options;
    const calls: KnownCall[] = [];
    for (const call of this.#told.all()) {
      for (const userId of call.users.keys()) {
        if (directory.devicesOf(call.app, userId) === undefined) this.#told.forget(call.app, call.callId, userId);
      }
      if (call.users.size > 0) calls.push(call);
    }
    for (let at = 0; at < calls.length; at += page) {
      const some = calls.slice(at, at + page);
      const versions = await shared.versions(some);
      const isBehind = ({ users }: KnownCall, version: number): boolean =>
        version === 0 || [...users.values()].some((told) => told.version < version);
      await this.#tellAll(some.filter((call, n) => isBehind(call, versions[n] ?? 0)));
    }
  }

  /** Says of which calls the devices here could not be told; they keep no other call's from it. */
  async #tellAll(calls: readonly CallName[]): Promise<readonly Failed[]> {
    const failed: Failed[] = [];
    for (let at = 0; at < calls.length; at += atOnce) {
      const some = calls.slice(at, at + atOnce);
      await Promise.all(some.map((call) => this.#tell(call).catch((error) => failed.push({ call, error }))));
    }
    // Of a store that gives nothing, one line is enough.
    const few = failed.length < calls.length && failed.length <= handful;
    for (const one of few ? failed : failed.slice(0, 1)) this.#report(one);
    return failed;
  }

  /** Each call once, and not while the store is out of reach: others say that. */
  #report({ call, error }: Failed): void {
    const { nodes, log } = this.#options;
    const key = keyOf(call);
    if (nodes.outFor > 0 || this.#reported.has(key)) return;
    this.#reported.set(key, true);
    log.error({ app: call.app, call: call.callId, err: error }, 'tell devices what they missed');
  }

  async #tellAgain(): Promise<void> {
    if (this.#again.size === 0) return;
    const calls = [...this.#again.values()].map(({ call }) => call);
    const failed = (await this.#tellAll(calls)).map(({ call }) => keyOf(call));
    const still = new Set(failed);
    for (const key of calls.map(keyOf)) if (!still.has(key)) this.#again.delete(key);
    if (failed.length === 0) return;
    // A try while the store is out of reach says nothing of a call: this throws then.
    await this.#options.shared.versions(calls.slice(0, 1));
    for (const key of failed) {
      const one = this.#again.get(key);
      if (one === undefined) continue;
      one.tries += 1;
      // It was reported; its next change is looked at.
      if (one.tries >= mostTries) this.#again.delete(key);
    }
  }

  /** Brings all who have devices here up to what a call is now. */
  async #tell({ app, callId }: CallName): Promise<void> {
    const { directory, store } = this.#options;
    const call = await store.read(app, callId);
    for (const { userId, status } of call === undefined ? [] : present(call)) {
      const devices = directory.devicesOf(app, userId);
      if (call === undefined || devices === undefined) continue;
      const told = this.#told.get(app, callId)?.users.get(userId);
      if (told === undefined && status === 'Waiting') {
        const frame = noticeFrame({ method: 'callReceived', call, userId });
        for (const session of devices.values()) session.deliver(frame);
      } else if (told !== undefined && told.version < call.version) {
        await this.#tellMissed(call, userId, told, devices);
        // It has ended for the user meanwhile.
        if (!this.#told.get(app, callId)?.users.has(userId)) continue;
      }
      this.#told.note(app, callId, userId, call);
    }
    // Those who are not in it any more.
    const known = this.#told.get(app, callId);
    for (const [userId, told] of [...(known?.users ?? [])]) {
      if (call !== undefined && (memberOf(call, userId) !== undefined || told.version >= call.version)) continue;
      const devices = directory.devicesOf(app, userId);
      if (devices !== undefined) await this.#tellMissed(call ?? { app, callId }, userId, told, devices);
      // Unless the user was invited anew meanwhile.
      if (this.#told.get(app, callId)?.users.get(userId) === told) this.#told.forget(app, callId, userId);
    }
  }

  async #tellMissed(
    call: Call | CallName,
    userId: UserId,
    told: Told,
    devices: ReadonlyMap<DeviceId, S>,
  ): Promise<void> {
    const { app, callId } = call;
    for (const [device, session] of [...devices]) {
      const { frames, over } = await this.#read(call, { userId, device }, told.eventSeq);
      for (const frame of frames) session.deliver(frame);
      if (over) this.#options.leases.over({ app, callId, userId, device });
    }
  }
}
