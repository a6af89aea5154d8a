import type { Call } from 'ringback-engine';
import type { DeviceId } from 'ringback-protocol';
import type { Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  CancelReason,
  DeviceToken,
  PushLog,
  PushMessage,
  PushNote,
  PushOutcome,
  PushRings,
  PushTarget,
  PushTokens,
  Ring,
} from '../ports/push.ts';
import type { CallStore } from '../ports/store.ts';
import type { Background } from './background.ts';
import type { Delivery } from './delivery.ts';
import { cancelMessage, ringMessage } from './messages.ts';
import { cancelAttempts, nextAttempt, storePause } from './retry.ts';
import { endOf, isTo, wantedTokens } from './ring-facts.ts';
import { SentPushes } from './sent-pushes.ts';
import type { Watch } from './watches.ts';

/** What the pushes of rings go by. */
export interface RingPushesOptions {
  readonly delivery: Delivery;
  readonly work: Background;
  readonly tokens: PushTokens;
  readonly rings: PushRings;
  readonly log: Pick<PushLog, 'add'>;
  readonly apps: Pick<Apps, 'get'>;
  readonly store: Pick<CallStore, 'read'>;
  readonly clock: Clock;
  /** How devices reach this server, with a path if any; empty when nobody has said. */
  readonly publicUrl: string;
}

/** How a ring has ended, and which tokens the user has or had then. */
export interface RingEnd {
  /** Undefined when nothing is known of it any more. */
  readonly call: Call | undefined;
  readonly reason: CancelReason;
  /** The device that answered or declined. */
  readonly by: DeviceId | '';
  readonly known: readonly DeviceToken[];
}

/** ms that a device may take to hear that it rings no more. */
const cancelTime = 5000;

/** The pushes of a ring: sent to each device until its service has taken it, taken back when the ring is over. */
export class RingPushes {
  readonly #options: RingPushesOptions;
  #closed = false;

  constructor(options: RingPushesOptions) {
    this.#options = options;
  }

  close(): void {
    this.#closed = true;
  }

  /** Rings these devices, but for those that have got a push of this ring `before`. */
  async send(
    watch: Watch,
    call: Call,
    tokens: readonly DeviceToken[],
    before: readonly PushTarget[] = [],
  ): Promise<void> {
    const { work, rings } = this.#options;
    const sent = new SentPushes(before, (targets) => rings.sent(watch.ring, targets));
    const isDone = (token: DeviceToken): boolean => before.some((target) => target.sure && isTo(target, token));
    // Chosen among all: a device that has got its VoIP push does not want the notification beside it.
    const left = wantedTokens(call, watch.ring, tokens).filter((token) => !isDone(token));
    const pushes = left.map((token) => work.run(() => this.#push(watch, call, token, sent)));
    await work.aside(Promise.all(pushes));
  }

  /** Takes pushes back at all devices but the one that answered or declined, and forgets the ring. */
  async takeBack(ring: Ring, targets: readonly PushTarget[], { call, reason, by, known }: RingEnd): Promise<void> {
    const { rings, work } = this.#options;
    let told = 0;
    const left = targets.filter(({ device }) => device !== by);
    if (left.length > 0) {
      this.note(ring, { what: 'over', userId: ring.userId, why: reason, targets: left.length });
      const rung = known.filter((token) => left.some((target) => isTo(target, token)));
      const message = cancelMessage(call, ring, reason);
      const cancel = async (token: DeviceToken): Promise<void> => {
        if (await this.#cancel(ring, token, message)) told += 1;
      };
      await work.aside(Promise.all(rung.map((token) => work.run(() => cancel(token)))));
      // Whoever takes up what this process leaves goes on.
      if (this.#closed && told < rung.length) return;
    }
    await rings.remove(ring);
  }

  /** Says in the log what happened to a ring. */
  note(ring: Ring, event: PushNote): void {
    this.#options.log.add(ring, this.#options.clock.now(), event);
  }

  /** One device: tried until its service has taken the push, or the ring is over. */
  async #push(watch: Watch, call: Call, token: DeviceToken, sent: SentPushes): Promise<void> {
    const { clock, rings, work, apps, publicUrl } = this.#options;
    const { ring } = watch;
    const { device } = token;
    const key = apps.get(ring.app)?.keys.at(-1);
    const message = ringMessage(call, ring, { device, key, answerUrl: publicUrl });
    for (let attempt = 1; !watch.over && !this.#closed; attempt += 1) {
      const wanted = (waited: boolean): Promise<boolean> => this.#isWanted(watch, waited);
      const { result, nextAt } = await this.#attempt(ring, token, message, attempt, () => ring.deadline, wanted);
      const again = result.outcome === 'retry';
      // Without an answer nobody knows whether it was taken: it is cancelled all the same, and may be sent again.
      if (result.outcome === 'sent' || (again && result.status === 0 && result.unsent !== true)) {
        if (!(await this.#noteSent(watch, token, result.outcome === 'sent', sent))) {
          // Whoever closed the ring meanwhile did not know of this device.
          await this.#follow(watch, call, token);
          return;
        }
      }
      if (nextAt === 0) return;
      await work.aside(watch.pause(nextAt - clock.now()));
      // Where that cannot be read, the push has to go out all the same.
      if (!watch.over && !this.#closed && !(await rings.isOpen(ring).catch(() => true))) return;
    }
  }

  /** Writes down that a push has gone out, whatever fails meanwhile; false when whoever closes the ring does not hear of it. */
  async #noteSent(watch: Watch, token: DeviceToken, sure: boolean, sent: SentPushes): Promise<boolean> {
    const { clock, work } = this.#options;
    try {
      return await work.insist(() => sent.add(token, sure), {
        pause: () => watch.pause(storePause),
        // After its deadline the device has stopped by itself.
        goesOn: () => !this.#closed && !watch.over && clock.now() < watch.ring.deadline,
      });
    } catch (error) {
      // It may be noted all the same: then the device is told twice, which does no harm.
      if (watch.over && !this.#closed) return false;
      throw error;
    }
  }

  /** Whether a push whose turn has come is to go out; other nodes are asked about only where that took time. */
  async #isWanted(watch: Watch, waited: boolean): Promise<boolean> {
    const { clock, rings } = this.#options;
    const { ring } = watch;
    const isOpen = !waited || (await rings.isOpen(ring).catch(() => true));
    return isOpen && !watch.over && !this.#closed && clock.now() < ring.deadline;
  }

  /** Takes back a push that was under way when its ring ended. */
  async #follow(watch: Watch, began: Call, token: DeviceToken): Promise<void> {
    const { ring } = watch;
    // When another node ended it, only the call tells how.
    const call = watch.over ? began : await this.#options.store.read(ring.app, ring.callId);
    const { reason, by } = watch.over ? watch : endOf(call, ring);
    if (token.device !== by) await this.#cancel(ring, token, cancelMessage(call ?? began, ring, reason));
  }

  /** Whether nothing is left to do: it has gone out, or would not go out later either. */
  async #cancel(ring: Ring, token: DeviceToken, message: PushMessage): Promise<boolean> {
    const { clock, work } = this.#options;
    for (let attempt = 1; attempt <= cancelAttempts; attempt += 1) {
      const until = (now: number): number => (attempt === cancelAttempts ? 0 : now + cancelTime);
      const { result, nextAt } = await this.#attempt(ring, token, message, attempt, until);
      if (result.outcome !== 'retry') return true;
      if (this.#closed) return false;
      if (nextAt === 0) return true;
      await work.aside(new Promise<void>((resolve) => clock.timer(nextAt - clock.now(), resolve)));
      if (this.#closed) return false;
    }
    return true;
  }

  /** One attempt with what follows from it, and in the log; `nextAt` (ms) is when to try again, before `until`, else 0. */
  async #attempt(
    ring: Ring,
    token: DeviceToken,
    message: PushMessage,
    attempt: number,
    until: (now: number) => number,
    wanted?: (waited: boolean) => Promise<boolean>,
  ): Promise<{ readonly result: PushOutcome; readonly nextAt: number }> {
    const { clock, delivery, tokens } = this.#options;
    const began = clock.now();
    const result = await delivery.attempt(token, message, wanted);
    // What this process does not send any more, the next one does.
    if (this.#closed && result.unsent === true) return { result, nextAt: 0 };
    const now = clock.now();
    const { outcome, status, text, fault, omitted, after } = result;
    const nextAt = outcome === 'retry' ? nextAttempt({ now, failures: attempt, after, deadline: until(now) }) : 0;
    const { device, provider, channel } = token;
    const said = { outcome, status, text, ...(fault !== undefined && { fault }), ...(omitted && { omitted }) };
    const facts = { device, provider, channel, attempt, ...said, took: now - began, nextAt };
    this.note(ring, { what: message.kind === 'ring' ? 'push' : 'cancel', userId: ring.userId, ...facts });
    if (outcome === 'gone') await tokens.drop(token);
    return { result, nextAt };
  }
}
