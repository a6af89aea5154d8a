import { type Call, type Member, memberOf } from 'ringback-engine';
import { type DeviceId, type DeviceMessage, type NodeId, Refusal, type SdkAppId, type UserId } from 'ringback-protocol';
import type { Log } from '../observe/log.ts';
import type { Clock } from '../ports/clock.ts';
import type { Mail } from '../ports/mail.ts';
import type { CallFollower, MediaService } from '../ports/media.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { SharedCalls } from '../ports/shared-calls.ts';
import type { CallStore } from '../ports/store.ts';
import { Desk } from './desk.ts';
import { Exchange } from './exchange.ts';
import { type Guest, Guests } from './guests.ts';
import { type MediaLetter, readLetter, refusalOf } from './letters.ts';
import type { Standing } from './member-media.ts';
import { ownerOf } from './owner.ts';
import type { MediaPlane } from './plane.ts';

/** ms that a device waits for another node; it then hears that it should try again. */
const patience = 1500;

/** ms between two tries while nodes do not agree yet whose a call is. */
const disagreement = 150;

/** ms between two looks at the nodes and the way between them, and how many of them come between two comparisons of calls. */
const pace = 1000;
const comparing = 5;

/** Calls that are compared in one question, and that are read at once. */
const page = 2000;
const atOnce = 500;

/** ms for which, and between which, a new owner is told of a device. */
const moveTime = 20_000;
const moveAgain = 400;

/** ms that rooms run on where this node is about to stop, so that devices have moved before. */
const overlap = 1500;

/** ms that a stop takes at most. */
const stopTime = 60_000;

/** ms: how long letters and notices may have been lost before it is noticed. */
const before = 4000;

export interface SharedMediaOptions {
  readonly plane: MediaPlane;
  readonly nodes: Nodes;
  readonly mail: Mail;
  readonly store: Pick<CallStore, 'read' | 'known'>;
  readonly shared: Pick<SharedCalls, 'versions'>;
  readonly clock: Clock;
  /** Whether a device is signed in at this node. */
  readonly isHere: (app: SdkAppId, userId: UserId, device: DeviceId) => boolean;
  /** Checks the form of what a device sent; throws a `Refusal`. */
  readonly dataOf: (data: unknown) => DeviceMessage;
  readonly log: Pick<Log, 'info' | 'error'>;
}

/**
 * The media service of several nodes: each call is looked after by one of them, its owner, which all nodes work out alike
 * (`ownerOf`). What devices say elsewhere is passed on to the owner; what it tells them goes by the bus. When a call gets
 * another owner, each node says there what its devices run, so that two who are connected to each other notice nothing, and
 * a room is made anew.
 */
export class SharedMedia implements MediaService, CallFollower {
  readonly #options: SharedMediaOptions;
  readonly #exchange: Exchange;
  readonly #desk: Desk;
  readonly #guests: Guests;
  /** Nodes that are about to stop, and until when they are believed to be; ms. */
  readonly #leaving = new Map<NodeId, number>();
  #ticks = 0;
  /** ms; since when letters are lost. */
  #downSince: number | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: SharedMediaOptions) {
    this.#options = options;
    const { plane, nodes, mail, store, clock, dataOf, log } = options;
    this.#exchange = new Exchange({ self: nodes.self, mail, clock });
    const failed = (error: unknown): void => {
      if (nodes.outFor === 0) log.error({ err: error }, 'media of another node failed');
    };
    this.#guests = new Guests({
      isHere: options.isHere,
      ownerOf: (guest) => this.#ownerOf(guest),
      tell: (guest) => this.#tellOf(guest),
    });
    this.#desk = new Desk({ plane, mail, store, dataOf, failed, isOwn: (call) => this.isOwn(call) });
    mail.onLetter('media', (text) => this.#read(readLetter(text)));
    nodes.onChange(() => this.#look());
    this.#schedule();
  }

  /** Whether this node looks after the media of a call. */
  isOwn(call: Pick<Call, 'callId' | 'startedAt'>): boolean {
    return this.#ownerOf(call) === this.#options.nodes.self;
  }

  changed(call: Call): void {
    const { plane, nodes } = this.#options;
    const { app, callId, version, acceptedAt, endedAt } = call;
    const over = endedAt !== 0;
    if (over) {
      for (const { userId, device } of call.members) this.#guests.forget(app, userId, device, callId);
      plane.over(app, callId);
    }
    const owner = this.#ownerOf(call);
    if (owner !== nodes.self) {
      // Before somebody accepts, there is nothing to set up.
      if (over || acceptedAt !== 0) this.#send(owner, { kind: 'changed', app, callId, version, over });
    } else if (!over) plane.takeUp(call).follow(call);
  }

  receive(call: Call, from: Member, message: DeviceMessage, answer: () => void): Promise<void> | void {
    if (!this.isOwn(call)) return this.#passOn(call, from, message, answer);
    const { plane } = this.#options;
    this.#guests.forget(call.app, from.userId, from.device);
    // What was read just now may be newer than what this node was told.
    plane.takeUp(call).follow(call);
    plane.receive(call, from, message, answer);
  }

  /** This node is about to stop: others take its calls over while its rooms still run. */
  async leave(): Promise<void> {
    const { nodes, plane, clock } = this.#options;
    const others = nodes.living().filter((node) => node !== nodes.self);
    if (this.#leaving.has(nodes.self) || others.length === 0) return;
    this.#leaving.set(nodes.self, Number.POSITIVE_INFINITY);
    for (const node of others) this.#send(node, { kind: 'leaving', from: nodes.self });
    if (plane.calls.length > 0) await new Promise<void>((resolve) => clock.timer(overlap, resolve));
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#exchange.close();
    this.#guests.clear();
  }

  #ownerOf(call: Pick<Call, 'callId' | 'startedAt'>): NodeId {
    const { nodes } = this.#options;
    const { self } = nodes;
    const living = nodes.living();
    if (living.length === 1) return self;
    // Of a node that is not sure to live the others may have taken over already.
    const candidates = living.filter((node) => !this.#leaving.has(node) && (node !== self || nodes.isSure));
    return ownerOf(call, nodes, candidates) ?? self;
  }

  async #passOn(call: Call, { userId, device }: Member, data: DeviceMessage, answer: () => void): Promise<void> {
    const { nodes, clock } = this.#options;
    const { app, callId, startedAt } = call;
    if (device === '') throw new Refusal('not_in_call');
    const until = clock.now() + patience;
    for (;;) {
      const owner = this.#ownerOf(call);
      if (owner === nodes.self) {
        const member = memberOf(call, userId);
        if (member === undefined) throw new Refusal('not_in_call');
        return this.receive(call, member, data, answer);
      }
      const taken = (standing: Standing): void => {
        this.#guests.note({ app, callId, startedAt, userId, device, owner, standing });
        answer();
      };
      const isRight = (): boolean => this.#ownerOf(call) === owner;
      const say = { app, callId, userId, device, data };
      const reply = await this.#exchange.ask(owner, say, until - clock.now(), isRight, taken);
      if (reply?.kind === 'moved' && !this.#closed) continue;
      if (reply?.kind === 'taken') return;
      if (reply?.kind === 'refused') {
        if (gone.has(reply.name)) this.#guests.forget(app, userId, device, callId);
        throw refusalOf(reply);
      }
      if (reply === undefined || this.#closed || clock.now() + disagreement >= until) {
        throw new Refusal('media_unreachable');
      }
      await new Promise<void>((resolve) => clock.timer(disagreement, resolve));
    }
  }

  #read(letter: MediaLetter | undefined): void {
    if (letter === undefined || this.#closed) return;
    if (letter.kind === 'say') this.#desk.say(letter);
    else if (letter.kind === 'changed') this.#desk.changed(letter);
    else if (letter.kind === 'leaving') {
      // Nobody else says that of this node.
      if (letter.from === this.#options.nodes.self) return;
      this.#leaving.set(letter.from, this.#options.clock.now() + stopTime);
      this.#look();
    } else this.#exchange.heard(letter);
  }

  #send(to: NodeId, letter: MediaLetter): void {
    this.#options.mail.send(to, 'media', JSON.stringify(letter));
  }

  /** Who looks after what may have changed. */
  #look(): void {
    const { plane, nodes, isHere, clock, log } = this.#options;
    const { self } = nodes;
    for (const [node, until] of this.#leaving) {
      if (node !== self && (!nodes.isLiving(node) || until < clock.now())) this.#leaving.delete(node);
    }
    this.#exchange.look();
    // A node that stops leaves it to the others. Whether a node that is not sure to live has lost anything shows later.
    if (this.#closed || this.#leaving.has(self) || !nodes.isSure) return;
    let handed = 0;
    for (const { app, callId, startedAt } of plane.calls.filter((call) => !this.isOwn(call))) {
      const media = plane.of(app, callId);
      for (const { userId, device } of media?.devices ?? []) {
        const standing = media?.standingOf(userId);
        if (standing === undefined || !isHere(app, userId, device)) continue;
        this.#guests.note({ app, callId, startedAt, userId, device, owner: self, standing });
      }
      plane.handOver(app, callId);
      handed += 1;
    }
    if (handed > 0) log.info({ calls: handed }, 'media of calls handed over to other nodes');
    this.#guests.look();
  }

  /** Says to the owner of now what a device here runs. Never rejects. */
  async #tellOf(guest: Guest): Promise<void> {
    const { store, clock } = this.#options;
    const { app, callId, userId, device, standing } = guest;
    const { epoch, mode } = standing;
    const hello: DeviceMessage = { type: 'hello', epoch, ...(mode !== '' && { mode }) };
    // Whatever the device has said there itself meanwhile is newer.
    for (const until = clock.now() + moveTime; this.#guests.has(guest) && clock.now() < until; ) {
      try {
        const call = await store.read(app, callId);
        const member = call === undefined ? undefined : memberOf(call, userId);
        if (call === undefined || member?.device !== device) break;
        if (!this.#guests.has(guest)) return;
        await this.receive(call, member, hello, () => {});
        return;
      } catch (error) {
        if (error instanceof Refusal && !isPassing(error)) break;
      }
      await new Promise<void>((resolve) => clock.timer(moveAgain, resolve));
    }
    if (this.#guests.has(guest)) this.#guests.forget(app, userId, device);
  }

  #schedule(): void {
    this.#cancel = this.#options.clock.timer(pace, () => {
      this.#tick()
        // The store is out of reach, which others say.
        .catch(() => {})
        .then(() => {
          if (!this.#closed) this.#schedule();
        });
    });
  }

  async #tick(): Promise<void> {
    const { plane, mail, clock, isHere } = this.#options;
    const now = clock.now();
    if (!mail.isUp) this.#downSince ??= now - before;
    else if (this.#downSince !== undefined) {
      const since = this.#downSince;
      this.#downSince = undefined;
      for (const { app, callId } of plane.calls) {
        plane.of(app, callId)?.repeat(since, (userId, device) => !isHere(app, userId, device));
      }
    }
    this.#ticks += 1;
    if (this.#ticks % comparing !== 0) return;
    this.#look();
    await this.#compare();
  }

  /** Letters may be lost: what has changed without a word is read. */
  async #compare(): Promise<void> {
    const { plane, shared } = this.#options;
    const calls = plane.calls;
    for (let at = 0; at < calls.length; at += page) {
      const some = calls.slice(at, at + page);
      const versions = await shared.versions(some);
      const stale = some.filter((call, n) => versions[n] === 0 || (versions[n] ?? 0) > call.version);
      for (let n = 0; n < stale.length; n += atOnce) {
        await Promise.all(stale.slice(n, n + atOnce).map((call) => this.#desk.refresh(call)));
      }
    }
  }
}

/** Refusals of a device that has no more to say in the call. */
const gone: ReadonlySet<string> = new Set(['call_ended', 'not_in_call', 'answered_elsewhere']);

/** Refusals that are over in a moment. */
const isPassing = ({ reason }: Refusal): boolean =>
  reason === 'media_unreachable' || reason === 'overloaded' || reason === 'too_fast' || reason === 'internal';
