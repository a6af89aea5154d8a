import { type Call, isLive, type Member, memberOf, pushOf } from 'ringback-engine';
import { bounds, type CallId, type DeviceId, type SdkAppId, type UserId } from 'ringback-protocol';
import type { Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { ChangedBy } from '../ports/media.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { Presence } from '../ports/presence.ts';
import type {
  CancelReason,
  DeviceToken,
  OpenRing,
  PushLog,
  PushMessage,
  PushNote,
  PushOutcome,
  PushProviders,
  PushRings,
  PushSender,
  PushTarget,
  PushTokens,
  Ring,
  RingHearer,
} from '../ports/push.ts';
import type { CallStore } from '../ports/store.ts';
import { makeAnswerToken } from './answer-token.ts';
import { Lanes } from './lanes.ts';
import { cancelAttempts, nextAttempt } from './retry.ts';

/** Rings that are looked after at once; beyond that none is pushed, so that nothing piles up. */
const mostRings = 20_000;

/** Pushes of one provider under way at once, and those that wait for their turn. */
const [mostAtOnce, mostWaiting] = [32, 10_000];

/** How often a ring is taken over from processes that died; then it is left alone. */
const mostTries = 3;

/** ms between two looks for what others have left. */
const lookEvery = 10_000;

/** ms after its deadline that nothing of a ring is needed any more. */
const keptAfter = 600_000;

/** Hears of what is done, for metrics and the log. Must not throw and must be quick. */
export interface PushObserver {
  pushed(kind: string, what: 'ring' | 'cancel' | 'test', outcome: PushOutcome['outcome']): void;
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
  readonly #senders: ReadonlyMap<string, PushSender>;
  readonly #lanes = new Lanes(mostAtOnce, mostWaiting);
  /** Rings that wait, or that pushes go out for. */
  readonly #busy = new Map<string, Watch>();
  #cancelLook: (() => void) | undefined;
  #closed = false;
  #underWay = 0;
  #attempted = 0;

  constructor(options: PushServiceOptions) {
    this.#options = options;
    this.#senders = new Map(options.senders.map((sender) => [sender.kind, sender]));
  }

  /** What goes on for rings at this moment, but for what waits for its time. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Pushes that were tried so far. */
  get attempted(): number {
    return this.#attempted;
  }

  /** Takes up what the process before this one, and those that are dead, have left. */
  async open(): Promise<void> {
    this.#options.nodes?.onDead(() => void this.#takeUp());
    await this.#takeUp();
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelLook?.();
    for (const watch of this.#busy.values()) watch.wake();
    await Promise.all([...this.#senders.values()].map((sender) => sender.close()));
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
      if (was?.status !== 'Waiting' || was.deadline !== member.deadline) this.#began(call, member, false);
    }
  }

  rings(app: SdkAppId, callId: CallId, userId: UserId, device: DeviceId): void {
    const { providers, store, rings } = this.#options;
    if (providers.of(app).length === 0) return;
    void this.#work(async () => {
      const call = await store.read(app, callId);
      const member = call && memberOf(call, userId);
      if (call === undefined || member?.status !== 'Waiting') return;
      const ring = ringOf(call, member);
      if (await rings.acknowledge(ring)) this.#note(ring, { what: 'rings', userId, device });
    });
  }

  /** One push to a device, outside of any call; what its service says. */
  async test(token: DeviceToken): Promise<PushOutcome> {
    const { clock } = this.#options;
    const callId = '00000000-0000-4000-8000-000000000000' as CallId;
    const { app, userId } = token;
    const ring = { app, callId, startedAt: clock.now(), userId, deadline: clock.now() + bounds.ringTimeoutDefault };
    // Whatever comes of it, the token stays: it is a set-up that is tried.
    return this.#attempt(token, { ...emptyMessage, kind: 'test', ring, caller: userId });
  }

  #began(call: Call, member: Member, takenOver: boolean): void {
    const ring = ringOf(call, member);
    const { userId } = member;
    if (pushOf(call, member).off === true) {
      this.#note(ring, { what: 'skipped', userId, why: 'off' });
    } else if (takenOver && this.#busy.has(keyOf(ring))) {
      return;
    } else if (this.#busy.size >= mostRings) {
      this.#note(ring, { what: 'skipped', userId, why: 'full' });
    } else {
      void this.#watched(ring, (watch) => this.#decide(watch, takenOver));
    }
  }

  /** Waits for the devices of the callee, and sends pushes when none of them rings. */
  async #decide(watch: Watch, takenOver: boolean): Promise<void> {
    const { tokens, rings, presence } = this.#options;
    const { ring } = watch;
    const { app, userId } = ring;
    const all = await tokens.of(app, userId);
    if (all.length === 0) {
      if (!takenOver) this.#note(ring, { what: 'skipped', userId, why: 'noToken' });
      return;
    }
    // Where presence cannot be asked, devices are given the time to say that they ring.
    const online = await presence.devices(app, [userId]).then(
      (found) => found.get(userId)?.map(({ device }) => device) ?? [],
      () => undefined,
    );
    if (takenOver || online === undefined || online.length > 0) await this.#aside(watch.pause(bounds.ringAnswer));
    if (this.#closed || watch.over || (await rings.claim(ring)) !== 'ours') return;
    const call = await this.#callOf(ring);
    if (call === undefined) {
      await this.#finish(ring);
      return;
    }
    const why = takenOver ? 'takenOver' : (online?.length ?? 1) > 0 ? 'silent' : 'offline';
    this.#note(ring, { what: 'decided', userId, why, devices: online ?? [], tokens: all.length });
    await this.#pushAll(watch, call, all, []);
  }

  /** The call of a ring, while it rings. */
  async #callOf(ring: Ring): Promise<Call | undefined> {
    const call = await this.#options.store.read(ring.app, ring.callId);
    const member = call && memberOf(call, ring.userId);
    return member?.status === 'Waiting' && member.deadline === ring.deadline ? call : undefined;
  }

  async #pushAll(
    watch: Watch,
    call: Call,
    tokens: readonly DeviceToken[],
    before: readonly PushTarget[],
  ): Promise<void> {
    const sent = [...before];
    const fresh = tokens.filter((token) => !before.some((target) => target.sure && isTo(target, token)));
    await this.#aside(
      Promise.all(
        wanted(call, watch.ring, fresh).map((token) => this.#work(() => this.#push(watch, call, token, sent))),
      ),
    );
  }

  /** One device: tried until its service has taken the push, or the ring is over. */
  async #push(watch: Watch, call: Call, token: DeviceToken, sent: PushTarget[]): Promise<void> {
    const { clock, rings, tokens } = this.#options;
    const { ring } = watch;
    const message = this.#messageOf(call, ring, token);
    for (let attempt = 1; !watch.over && !this.#closed; attempt += 1) {
      const began = clock.now();
      const result = await this.#attempt(token, message);
      const again = result.outcome === 'retry';
      const now = clock.now();
      const nextAt = again ? nextAttempt({ now, failures: attempt, after: result.after, deadline: ring.deadline }) : 0;
      this.#noteAttempt(ring, 'push', token, attempt, result, began, nextAt);
      // Without an answer nobody knows whether it was taken: it is cancelled all the same, and may be sent again.
      if (result.outcome === 'sent' || (again && result.status === 0 && result.unsent !== true)) {
        const { device, provider, channel } = token;
        const others = sent.filter((target) => !isTo(target, token));
        sent.splice(0, sent.length, ...others, { device, provider, channel, sure: result.outcome === 'sent' });
        if (!(await rings.sent(ring, [...sent]))) {
          // Whoever closed the ring meanwhile did not know of this device.
          if (device !== watch.by) await this.#cancelOne(ring, token, call, watch.reason);
          return;
        }
      }
      if (result.outcome === 'gone') await tokens.drop(token);
      if (nextAt === 0) return;
      await this.#aside(watch.pause(nextAt - now));
      if (!watch.over && !this.#closed && !(await rings.isOpen(ring))) return;
    }
  }

  #attempt(token: DeviceToken, message: PushMessage): Promise<PushOutcome> {
    const { providers, observer } = this.#options;
    const config = providers.get(token.app, token.provider);
    const sender = config && this.#senders.get(config.setup.kind);
    if (config === undefined || sender === undefined) {
      const text = `The application has no push provider ${token.provider} any more.`;
      return Promise.resolve({ outcome: 'failed', status: 0, text });
    }
    const lane = `${token.app}/${token.provider}`;
    return this.#lanes
      .run(lane, () => sender.send(config, token, message))
      .then((result) => {
        const outcome: PushOutcome = result ?? {
          outcome: 'retry',
          status: 0,
          unsent: true,
          text: 'Too many pushes of this provider wait already.',
        };
        this.#attempted += 1;
        observer.pushed(config.setup.kind, message.kind, outcome.outcome);
        return outcome;
      });
  }

  /** It rings no more for a member: what was pushed is taken back. */
  #ended(call: Call, was: Member, { actor, device }: ChangedBy): void {
    const ring = ringOf(call, was);
    const reason = reasonOf(call, was);
    // Of a member who declined, the call does not say with which device.
    const by = memberOf(call, was.userId)?.device || (actor === was.userId ? device : '');
    this.#busy.get(keyOf(ring))?.end(reason, by);
    void this.#work(async () => {
      const targets = await this.#options.rings.close(ring);
      if (targets === undefined) return;
      await this.#cancelAll(ring, targets, call, reason, by);
    });
  }

  /** Takes pushes back at all devices but the one that answered or declined, and forgets the ring. */
  async #cancelAll(
    ring: Ring,
    targets: readonly PushTarget[],
    call: Call | undefined,
    reason: CancelReason,
    by: DeviceId | '',
  ): Promise<void> {
    const { tokens, rings } = this.#options;
    const left = targets.filter(({ device }) => device !== by);
    if (left.length > 0) {
      this.#note(ring, { what: 'over', userId: ring.userId, why: reason, targets: left.length });
      const all = await tokens.of(ring.app, ring.userId);
      const rung = all.filter((token) => left.some((target) => isTo(target, token)));
      const taken = rung.map((token) => this.#work(() => this.#cancelOne(ring, token, call, reason)));
      await this.#aside(Promise.all(taken));
    }
    await rings.remove(ring);
  }

  async #cancelOne(ring: Ring, token: DeviceToken, call: Call | undefined, reason: CancelReason): Promise<void> {
    const { clock, tokens } = this.#options;
    const message: PushMessage = {
      ...(call === undefined ? { ...emptyMessage, ring } : this.#factsOf(call, ring)),
      kind: 'cancel',
      reason,
    };
    for (let attempt = 1; attempt <= cancelAttempts; attempt += 1) {
      const began = clock.now();
      const result = await this.#attempt(token, message);
      const now = clock.now();
      const last = attempt === cancelAttempts || result.outcome !== 'retry';
      const nextAt = last ? 0 : nextAttempt({ now, failures: attempt, after: result.after, deadline: now + 5000 });
      this.#noteAttempt(ring, 'cancel', token, attempt, result, began, nextAt);
      if (result.outcome === 'gone') await tokens.drop(token);
      if (nextAt === 0 || this.#closed) return;
      await this.#aside(new Promise<void>((resolve) => clock.timer(nextAt - now, resolve)));
    }
  }

  /** Nothing was sent for a ring that is over. */
  async #finish(ring: Ring): Promise<void> {
    const { rings } = this.#options;
    await rings.close(ring);
    await rings.remove(ring);
  }

  /** What those who are no more have left: pushes and cancels that were under way, and rings that nobody has looked at. */
  async #takeUp(): Promise<void> {
    const { rings, store, providers, clock, isOurs = () => true } = this.#options;
    await this.#work(async () => {
      const left = await rings.takeOver();
      for (const ring of left) void this.#work(() => this.#goOn(ring));
      await rings.prune(clock.now() - keptAfter);
      const known = new Set(left.map(keyOf));
      for (const call of this.#closed ? [] : await store.live()) {
        if (providers.of(call.app).length === 0 || !isOurs(call.callId)) continue;
        for (const member of call.members) {
          const isLeft = member.status === 'Waiting' && !known.has(keyOf(ringOf(call, member)));
          if (isLeft) this.#began(call, member, true);
        }
      }
    });
  }

  async #goOn(left: OpenRing): Promise<void> {
    const { store, rings, tokens } = this.#options;
    const { state, targets, tries, ...ring } = left;
    const call = await store.read(ring.app, ring.callId);
    const stillRings = state === 'open' && (await this.#callOf(ring)) !== undefined;
    if (tries > mostTries) {
      await this.#finish(ring);
    } else if (!stillRings) {
      if (state === 'open') await rings.close(ring);
      const member = call?.members.find(({ userId }) => userId === ring.userId);
      const reason = call === undefined || member === undefined ? 'cancelled' : reasonOf(call, member);
      await this.#cancelAll(ring, targets, call, reason, member?.device ?? '');
    } else if (call !== undefined) {
      const all = await tokens.of(ring.app, ring.userId);
      const { userId } = ring;
      this.#note(ring, { what: 'decided', userId, why: 'takenOver', devices: [], tokens: all.length });
      await this.#aside(this.#watched(ring, (watch) => this.#pushAll(watch, call, all, targets)));
    }
  }

  #schedule(): void {
    if (this.#closed) return;
    const { clock, rings } = this.#options;
    this.#cancelLook = clock.timer(lookEvery, () => {
      // Of another node that died while this one could not look, or of a taker that died as well.
      void this.#work(async () => {
        for (const ring of await rings.takeOver()) void this.#work(() => this.#goOn(ring));
        await rings.prune(clock.now() - keptAfter);
      }).then(() => this.#schedule());
    });
  }

  #messageOf(call: Call, ring: Ring, { device }: DeviceToken): PushMessage {
    const { apps, publicUrl } = this.#options;
    const key = apps.get(ring.app)?.keys.at(-1);
    const { app, callId, userId, deadline } = ring;
    const answerToken = key === undefined ? '' : makeAnswerToken({ app, callId, userId, device, deadline }, key);
    return { ...this.#factsOf(call, ring), kind: 'ring', answerToken, answerUrl: publicUrl };
  }

  #factsOf(call: Call, ring: Ring): PushMessage {
    const member = call.members.find(({ userId }) => userId === ring.userId);
    // Who invited rings, and not who began the call.
    const inviter = member?.invitedBy ?? call.caller;
    const caller = call.members.find(({ userId }) => userId === inviter);
    return {
      ...emptyMessage,
      ring,
      caller: inviter,
      callerName: caller?.nick ?? '',
      callerAvatar: caller?.avatar ?? '',
      mediaType: call.mediaType,
      callType: call.callType,
      chatGroupId: call.chatGroupId,
      info: member === undefined ? {} : pushOf(call, member),
    };
  }

  #noteAttempt(
    ring: Ring,
    what: 'push' | 'cancel',
    { device, provider, channel }: DeviceToken,
    attempt: number,
    { outcome, status, text }: PushOutcome,
    began: number,
    nextAt: number,
  ): void {
    const took = this.#options.clock.now() - began;
    const facts = { device, provider, channel, attempt, outcome, status, text, took, nextAt };
    this.#note(ring, { what, userId: ring.userId, ...facts });
  }

  #note(ring: Ring, event: PushNote): void {
    this.#options.log.add(ring, this.#options.clock.now(), event);
  }

  async #watched(ring: Ring, work: (watch: Watch) => Promise<void>): Promise<void> {
    const key = keyOf(ring);
    const watch = new Watch(ring, this.#options.clock);
    this.#busy.set(key, watch);
    await this.#work(() => work(watch));
    if (this.#busy.get(key) === watch) this.#busy.delete(key);
  }

  /** Nobody waits for what is done here; what goes wrong is told once. */
  async #work(work: () => Promise<void>): Promise<void> {
    this.#underWay += 1;
    try {
      await work();
    } catch (error) {
      // That the store is out of reach is told by those who watch over that.
      if (!this.#closed && (this.#options.nodes?.outFor ?? 0) === 0) this.#options.observer.failed(error);
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Waits within `#work` for a time, or for what is counted itself. */
  async #aside(wait: Promise<unknown>): Promise<void> {
    this.#underWay -= 1;
    try {
      await wait;
    } finally {
      this.#underWay += 1;
    }
  }
}

/** A ring that is being looked after. */
class Watch {
  readonly ring: Ring;
  readonly #clock: Clock;
  readonly #sleepers = new Set<() => void>();
  over = false;
  reason: CancelReason = 'cancelled';
  /** The device that answered or declined. */
  by: DeviceId | '' = '';

  constructor(ring: Ring, clock: Clock) {
    this.ring = ring;
    this.#clock = clock;
  }

  end(reason: CancelReason, by: DeviceId | ''): void {
    this.over = true;
    this.reason = reason;
    this.by = by;
    this.wake();
  }

  wake(): void {
    for (const wake of this.#sleepers) wake();
  }

  /** Returns early when it is over. */
  pause(ms: number): Promise<void> {
    if (this.over) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#sleepers.delete(wake);
        resolve();
      };
      const cancel = this.#clock.timer(ms, wake);
      this.#sleepers.add(wake);
    });
  }
}

const emptyMessage = {
  kind: 'ring',
  caller: '' as UserId,
  callerName: '',
  callerAvatar: '',
  mediaType: '',
  callType: '',
  chatGroupId: '',
  info: {},
  answerToken: '',
  answerUrl: '',
  reason: '',
} as const satisfies Omit<PushMessage, 'ring'>;

const ringOf = ({ app, callId, startedAt }: Call, { userId, deadline }: Member): Ring => ({
  app,
  callId,
  startedAt,
  userId,
  deadline,
});

const keyOf = ({ app, callId, userId, deadline }: Ring): string => `${app}/${callId}/${deadline}/${userId}`;

const isTo = (target: PushTarget, token: DeviceToken): boolean =>
  target.device === token.device && target.provider === token.provider && target.channel === token.channel;

const ringsStill = (call: Call, was: Member): boolean => {
  const now = isLive(call) ? memberOf(call, was.userId) : undefined;
  return now?.status === 'Waiting' && now.deadline === was.deadline;
};

/** Why a member rings no more. */
function reasonOf(call: Call, was: Member): CancelReason {
  const now = call.members.find(({ userId }) => userId === was.userId);
  if (now?.status === 'Calling') return 'answered';
  if (now?.outcome === 'Reject' || now?.outcome === 'Busy') return 'rejected';
  return now?.outcome === 'NotAnswer' ? 'timeout' : 'cancelled';
}

/** Of a device that has both kinds of token with a provider, the one that the invitation asks for; VoIP when it does not say. */
function wanted(call: Call, ring: Ring, tokens: readonly DeviceToken[]): readonly DeviceToken[] {
  const member = call.members.find(({ userId }) => userId === ring.userId);
  const channel = (member && pushOf(call, member).iosChannel) ?? 'voip';
  return tokens.filter(
    (token) =>
      token.channel === channel ||
      !tokens.some(
        (other) => other.device === token.device && other.provider === token.provider && other.channel === channel,
      ),
  );
}
