import type { Call, Member } from 'ringback-engine';
import type { CallId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { OpenRing, PushProviders, PushTokens, Ring } from '../ports/push.ts';
import type { CallStore } from '../ports/store.ts';
import type { Background } from './background.ts';
import type { HeldRings } from './held-rings.ts';
import { endOf, keyOf, ringOf, ringsStill } from './ring-facts.ts';
import type { RingPushes } from './ring-pushes.ts';
import type { Watches } from './watches.ts';

/** How often a ring is taken over, from processes that died or because it came to nothing; then it is left alone. */
const mostTries = 3;

/** ms between two looks for what others have left. */
const lookEvery = 10_000;

/** ms after its deadline that nothing of a ring is needed any more. */
const keptAfter = 600_000;

/** What is needed to take over. */
export interface LeftRingsOptions {
  readonly rings: HeldRings;
  readonly tokens: Pick<PushTokens, 'of'>;
  readonly providers: Pick<PushProviders, 'of'>;
  readonly store: Pick<CallStore, 'read' | 'live'>;
  readonly clock: Clock;
  readonly pushes: RingPushes;
  readonly watches: Watches;
  readonly work: Background;
  /** Whether a call is for this process to take over, of those that all see. */
  readonly isOurs: (callId: CallId) => boolean;
  /** Looks after a ring that has no row, as if it began now. */
  readonly begin: (call: Call, member: Member) => void;
}

/** Takes up the rings that processes have left which are no more: pushes and cancels that were under way, and what had not begun. */
export class LeftRings {
  readonly #options: LeftRingsOptions;
  #cancelLook: (() => void) | undefined;
  #closed = false;
  /** The live calls are to be looked at, too. */
  #callsDue = false;

  constructor(options: LeftRingsOptions) {
    this.#options = options;
  }

  /** Looks now, and every now and then from here on. */
  async open(): Promise<void> {
    await this.takeUp();
    this.#schedule();
  }

  close(): void {
    this.#closed = true;
    this.#cancelLook?.();
  }

  /** All that is left: rings with a row, and those among the live calls that nobody has looked at. */
  async takeUp(): Promise<void> {
    this.#callsDue = true;
    await this.#look();
  }

  /** What cannot be read is for the next look. */
  async #look(): Promise<void> {
    const { rings, work, clock } = this.#options;
    await work.run(async () => {
      const left = await rings.takeOver();
      for (const ring of left) void work.run(() => this.#goOn(ring));
      if (this.#callsDue && !this.#closed) await this.#lookAtCalls(new Set(left.map(keyOf)));
    });
    await work.run(() => rings.prune(clock.now() - keptAfter));
  }

  async #lookAtCalls(known: ReadonlySet<string>): Promise<void> {
    const { store, providers, isOurs, begin } = this.#options;
    // Another node may die while this goes on.
    this.#callsDue = false;
    const calls = await store.live().catch((error: unknown) => {
      this.#callsDue = true;
      throw error;
    });
    for (const call of this.#closed ? [] : calls) {
      if (providers.of(call.app).length === 0 || !isOurs(call.callId)) continue;
      for (const member of call.members) {
        if (member.status === 'Waiting' && !known.has(keyOf(ringOf(call, member)))) begin(call, member);
      }
    }
  }

  async #goOn(left: OpenRing): Promise<void> {
    try {
      await this.#take(left);
    } catch (error) {
      this.#options.rings.release(left);
      throw error;
    }
  }

  async #take(left: OpenRing): Promise<void> {
    const { store, rings, tokens, pushes, watches, work } = this.#options;
    const { state, targets, tries, ...ring } = left;
    const call = await store.read(ring.app, ring.callId);
    if (tries > mostTries) {
      await rings.close(ring);
      await rings.remove(ring);
    } else if (state === 'open' && call !== undefined && ringsStill(call, ring)) {
      const all = await tokens.of(ring.app, ring.userId);
      const { userId } = ring;
      pushes.note(ring, { what: 'decided', userId, why: 'takenOver', devices: [], tokens: all.length });
      const going = watches.during(ring, (watch) => work.run(() => pushes.send(watch, call, all, targets)));
      await work.aside(going);
    } else {
      if (state === 'open') await rings.close(ring);
      await this.#takeBack(ring, left, call);
    }
  }

  async #takeBack(ring: Ring, { targets }: OpenRing, call: Call | undefined): Promise<void> {
    const { pushes, tokens } = this.#options;
    const known = await tokens.of(ring.app, ring.userId);
    await pushes.takeBack(ring, targets, { call, known, ...endOf(call, ring) });
  }

  #schedule(): void {
    if (this.#closed) return;
    const { clock } = this.#options;
    this.#cancelLook = clock.timer(lookEvery, () => {
      // Of another node that died while this one could not look, or of a taker that died as well.
      void this.#look().then(() => this.#schedule());
    });
  }
}
