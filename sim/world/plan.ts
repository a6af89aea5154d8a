import type { Mood } from '../devices/receivers.ts';
import { Random } from './random.ts';

/** What somebody does who rings. */
export interface Behaviour {
  /** Which of the user's devices answers. */
  readonly device: number;
  readonly act: 'accept' | 'reject' | 'ignore' | 'hangUp' | 'silent';
  /** ms after the ringing began. */
  readonly delay: number;
  /** ms from the answer to the hanging up. */
  readonly talk: number;
  /** What the user's other device does meanwhile, and when. */
  readonly other: { readonly act: 'accept' | 'reject' | 'silent'; readonly delay: number };
}

/** Something in the course of a call. */
export type Extra =
  | { readonly what: 'invite'; readonly after: number; readonly users: readonly number[] }
  | { readonly what: 'join'; readonly after: number; readonly user: number }
  | { readonly what: 'switchMedia' | 'end'; readonly after: number }
  | { readonly what: 'kick' | 'signOut' | 'mediaFailed'; readonly after: number; readonly user: number }
  /** The device is gone without a word, for so long. */
  | { readonly what: 'vanish'; readonly after: number; readonly user: number; readonly away: number };

export interface PlannedCall {
  readonly kind: 'call';
  readonly n: number;
  /** ms from the beginning. */
  readonly at: number;
  readonly caller: number;
  readonly device: number;
  /** By a server, which takes no part. */
  readonly robot: boolean;
  readonly callees: readonly number[];
  readonly group: boolean;
  /** ms. */
  readonly timeout: number;
  /** ms from the start to the caller's hanging up. */
  readonly talk: number;
  /** By user. */
  readonly behaviours: Readonly<Record<number, Behaviour>>;
  readonly extras: readonly Extra[];
}

/** Something that breaks. `ms`: for how long; `node`, `receiver`: which. */
export type Fault =
  | { readonly what: 'crash'; readonly node: number; readonly ms: number; readonly withDevices: boolean }
  | {
      readonly what: 'strike';
      readonly node: number;
      readonly ms: number;
      readonly nth: number;
      readonly after: boolean;
    }
  | { readonly what: 'stop' | 'stall' | 'cutDatabase' | 'cutBus'; readonly node: number; readonly ms: number }
  | { readonly what: 'weather'; readonly ms: number; readonly loss: number; readonly late: number }
  | { readonly what: 'mood'; readonly ms: number; readonly receiver: number; readonly mood: Mood }
  | { readonly what: 'dropLines'; readonly node: number }
  | { readonly what: 'loseLine'; readonly user: number };

export type PlannedFault = { readonly kind: 'fault'; readonly at: number } & Fault;

export type Action = PlannedCall | PlannedFault;

/** An hour, or a part of one, and all that is to happen in it. */
export interface Plan {
  readonly seed: number;
  /** ms. */
  readonly length: number;
  /** 1: a single server with an embedded store. */
  readonly nodes: number;
  readonly receivers: number;
  readonly users: number;
  /** In the order of their time. */
  readonly actions: readonly Action[];
}

const hour = 3_600_000;

/** How often somebody tries to call for each call that comes about: phones are busy, or gone. */
const tries = 1.35;

/** Every third user has two devices. */
export const devicesOf = (user: number): number => (user % 3 === 0 ? 2 : 1);

/** Makes up an hour, or the given share of one. */
export function makePlan(seed: number, callsPerHour: number, share = 1): Plan {
  const random = new Random(seed);
  const nodes = random.chance(0.25) ? 1 : random.chance(0.7) ? 3 : 2;
  const receivers = random.chance(0.7) ? 1 : 2;
  const calls = Math.max(1, Math.round(callsPerHour * share * tries));
  const users = Math.max(6, Math.min(120, Math.round(calls * random.pick([0.25, 0.3, 0.4]))));
  const length = hour * share;
  // People call in waves; in between nothing happens at all.
  const waves = Array.from({ length: Math.max(1, Math.round(calls / 300)) }, (_, n, of = Math.max(1, calls / 300)) =>
    Math.floor(((n + 0.1 + random.next() * 0.6) * length) / of),
  );
  const spread = Math.min(length * 0.2, random.between(40, 80) * 1000);
  const times = Array.from({ length: calls }, (_, n) =>
    Math.min(length - 1, (waves[n % waves.length] as number) + random.int(spread)),
  );
  const actions: Action[] = [];
  const crowd = new Crowd(random, users);
  let before: PlannedCall | undefined;
  for (const [n, at] of times.sort((x, y) => x - y).entries()) {
    const call: PlannedCall = plannedCall(random, n, at, crowd, random.chance(0.12) ? before : undefined);
    crowd.engage(call);
    actions.push(call);
    before = call;
  }
  const faults = random.chance(0.15) ? 0 : random.between(1, 6) * waves.length;
  for (let n = 0; n < faults; n += 1) {
    const at = Math.min(length - 1, random.pick(waves) + random.int(spread * 1.1));
    actions.push({ kind: 'fault', at, ...fault(random, nodes, receivers, users) });
  }
  return { seed, length, nodes, receivers, users, actions: actions.sort((a, b) => a.at - b.at) };
}

/** The users, and until when they have something to do, as far as the plan knows. */
class Crowd {
  readonly users: number;
  readonly #random: Random;
  readonly #busyUntil: number[];

  constructor(random: Random, users: number) {
    this.#random = random;
    this.users = users;
    this.#busyUntil = Array.from({ length: users }, () => 0);
  }

  /** Somebody who is free at that time, mostly. */
  pick(at: number): number {
    let user = this.#random.int(this.users);
    for (let n = 0; n < 5 && (this.#busyUntil[user] as number) > at; n += 1) user = this.#random.int(this.users);
    return user;
  }

  engage({ at, talk, timeout, caller, callees }: PlannedCall): void {
    for (const user of [caller, ...callees]) {
      if (user >= 0) this.#busyUntil[user] = at + Math.max(3000, Math.min(talk, timeout)) + 1500;
    }
  }
}

/** `rival`: a call that this one gets in the way of, at about the same moment. */
function plannedCall(random: Random, n: number, wanted: number, crowd: Crowd, rival?: PlannedCall): PlannedCall {
  const { users } = crowd;
  const robot = random.chance(0.05);
  const back = rival !== undefined && rival.caller >= 0 && random.chance(0.4);
  const caller = robot ? -1 : back ? (rival.callees[0] as number) : crowd.pick(wanted);
  const at = rival === undefined ? wanted : rival.at + random.int(rival.device === 0 ? 4 : 30);
  const group = random.chance(0.25);
  const callees = new Set<number>();
  for (let left = group ? random.between(1, 4) : 1; left > 0; left -= 1) callees.add(crowd.pick(wanted));
  if (rival !== undefined) callees.add(back ? rival.caller : (rival.callees[0] as number));
  callees.delete(caller);
  if (callees.size === 0) callees.add((caller + 1) % users);
  // Long enough for leases to run out of devices that are there again, at another node perhaps.
  const long = random.chance(0.008);
  const talk = long
    ? random.between(25_000, 35_000)
    : random.chance(0.2)
      ? random.between(300, 4000)
      : random.between(2000, 15_000);
  const those = [caller, ...callees];
  const extras = long ? [shortBreak(random, those)] : random.chance(0.25) ? [extra(random, users, those, talk)] : [];
  const behaviours: Record<number, Behaviour> = {};
  const invited = extras.flatMap((one) => (one.what === 'invite' ? one.users : []));
  for (const user of [...callees, ...invited]) {
    const one = behaviour(random, user);
    behaviours[user] = long ? { ...one, act: 'accept', delay: 500, talk: 60_000 } : one;
  }
  return {
    kind: 'call',
    n,
    at,
    caller,
    device: caller < 0 ? 0 : random.int(devicesOf(caller)),
    robot,
    callees: [...callees],
    group,
    timeout: robot ? 10_000 : random.chance(0.3) ? random.between(1000, 4000) : random.between(8000, 15_000),
    talk,
    behaviours,
    extras,
  };
}

function behaviour(random: Random, user: number): Behaviour {
  const chance = random.next();
  const act =
    chance < 0.65 ? 'accept' : chance < 0.75 ? 'reject' : chance < 0.8 ? 'ignore' : chance < 0.85 ? 'hangUp' : 'silent';
  const delay = random.chance(0.3) ? random.between(1, 300) : random.between(500, 5000);
  const late = random.chance(0.5) ? delay + random.between(-40, 60) : random.between(0, 6000);
  return {
    device: random.int(devicesOf(user)),
    act,
    delay,
    talk: random.between(1000, 15_000),
    other: { act: random.pick(['accept', 'reject', 'reject', 'silent'] as const), delay: Math.max(0, late) },
  };
}

/** A device is gone, and soon back. */
function shortBreak(random: Random, those: readonly number[]): Extra {
  const user = random.pick(those.filter((one) => one >= 0));
  return { what: 'vanish', after: random.between(1500, 5000), user, away: random.between(200, 2000) };
}

function extra(random: Random, users: number, those: readonly number[], talk: number): Extra {
  const after = random.int(talk + 1000);
  const user = random.pick(those.filter((one) => one >= 0));
  const chance = random.next();
  if (chance < 0.2) return { what: 'invite', after, users: [random.int(users), random.int(users)] };
  if (chance < 0.3) return { what: 'join', after, user: random.int(users) };
  if (chance < 0.35) return { what: 'switchMedia', after };
  if (chance < 0.45) return { what: 'end', after };
  if (chance < 0.53) return { what: 'kick', after, user };
  if (chance < 0.61) return { what: 'signOut', after, user };
  if (chance < 0.66) return { what: 'mediaFailed', after, user };
  return { what: 'vanish', after, user, away: random.chance(0.5) ? random.between(500, 12_000) : 30_000 };
}

function fault(random: Random, nodes: number, receivers: number, users: number): Fault {
  const node = random.int(nodes);
  const chance = random.next();
  if (chance < 0.18) return { what: 'crash', node, ms: random.between(300, 9000), withDevices: random.chance(0.5) };
  if (chance < 0.42) {
    const nth = random.between(1, 40);
    return { what: 'strike', node, ms: random.between(300, 6000), nth, after: random.chance(0.6) };
  }
  if (chance < 0.48) return { what: 'stop', node, ms: random.between(300, 6000) };
  if (chance < 0.56) return { what: 'stall', node, ms: random.between(500, 8000) };
  if (chance < 0.64) return { what: 'cutDatabase', node, ms: random.between(500, 9000) };
  if (chance < 0.72) return { what: 'cutBus', node, ms: random.between(500, 15_000) };
  if (chance < 0.8) {
    return {
      what: 'weather',
      ms: random.between(2000, 20_000),
      loss: random.next() * 0.5,
      late: random.between(5, 800),
    };
  }
  if (chance < 0.92) {
    const mood = random.pick(['down', 'failing', 'flaky', 'flaky', 'slow', 'busy'] as const);
    return { what: 'mood', ms: random.between(1000, 25_000), receiver: random.int(receivers), mood };
  }
  return chance < 0.95 ? { what: 'dropLines', node } : { what: 'loseLine', user: random.int(users) };
}
