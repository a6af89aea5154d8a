import { type Call, type CallEvent, type Effect, type Outcome, type Person, start, step } from 'ringback-engine';
import {
  type CallId,
  callId,
  type DeviceId,
  deviceId,
  endReasons,
  nodeId,
  type UserId,
  userId,
} from 'ringback-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallChange } from '../../src/ports/shared-calls.ts';
import type { HistoryEntry } from '../../src/ports/store.ts';
import { CatchUp } from '../../src/signalling/catch-up.ts';
import { Directory, type Reachable } from '../../src/signalling/directory.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testApp } from '../support/test-app.ts';
import type { Json } from './support.ts';

const { sdkAppId } = testApp();
const person = (name: string): Person => ({ userId: userId(name), nick: '', avatar: '' });
const phone = (name: string): DeviceId => deviceId(`${name}-phone`);
const ms = { pace: 500, comparing: 5000, minute: 60_000 };

/** A device that is signed in here; what it hears, in short. */
class Listener implements Reachable {
  readonly since = 0;
  readonly heard: string[] = [];
  deliver(frame: string): void {
    const { method, params } = JSON.parse(frame) as Json;
    this.heard.push(method === 'callEnded' ? `${method} ${params.reason}` : method);
  }
  disconnect(): void {}
}

/** Two nodes: here `CatchUp`, there a call whose steps go to the store, and of which this node is told nothing. */
class Scene {
  readonly clock = new ManualClock();
  readonly #directory = new Directory<Listener>({ follow: () => {}, leave: () => {} });
  readonly #history: HistoryEntry[] = [];
  #call: Call | undefined;
  /** Calls of others, and when each was changed last. */
  readonly #others = new Map<CallId, Call>();
  readonly #changes: CallChange[] = [];
  /** The store is out of reach for whoever reads a history or compares versions. */
  isAway = false;
  /** Calls that can be read until the store is out of reach. */
  readsLeft = Number.POSITIVE_INFINITY;
  /** How often the unreadable call was read. */
  tries = 0;
  /** A call whose row cannot be read, and what was said of it. */
  unreadable: CallId | undefined;
  readonly reported: Json[] = [];
  readonly catchUp: CatchUp<Listener>;

  constructor() {
    const [here, there] = [nodeId('here'), nodeId('there')];
    this.catchUp = new CatchUp({
      directory: this.#directory,
      clock: this.clock,
      bus: {
        isUp: true,
        publish: () => {},
        disconnect: () => {},
        follow: () => {},
        leave: () => {},
        onDeliver: () => {},
      },
      nodes: {
        self: here,
        isSure: true,
        outFor: 0,
        allTell: true,
        join: async () => {},
        living: () => [here, there],
        isLiving: () => true,
        since: () => 1,
        secretOf: () => undefined,
        dead: () => [],
        onDead: () => {},
        onChange: () => {},
        onBack: () => {},
        tells: () => {},
      },
      shared: {
        keep: async () => {},
        holder: async () => undefined,
        heldBy: async () => [],
        heldCount: async () => 0,
        overdue: async () => [],
        versions: async (calls) => {
          if (this.isAway) throw new Error('The store is out of reach.');
          return calls.map((one) => (this.#others.get(one.callId) ?? this.call).version);
        },
        changedSince: async (at, limit) => {
          if (this.#changes.length === 0) return [{ ...this.call, at: this.clock.now() }];
          return this.#changes.filter((one) => one.at >= at).slice(0, limit);
        },
      },
      store: {
        hear: () => {},
        read: async (_app, id) => {
          if (id === this.unreadable) {
            this.tries += 1;
            throw new Error('The row cannot be read.');
          }
          if (this.readsLeft === 0) throw new Error('The store is out of reach.');
          this.readsLeft -= 1;
          return this.#others.get(id) ?? this.call;
        },
        record: async () => undefined,
        history: async (_app, _callId, since, limit = 1000) => {
          if (this.isAway) throw new Error('The store is out of reach.');
          return this.#history.filter(({ eventSeq }) => eventSeq > since).slice(-limit);
        },
      },
      leases: { heard: () => {}, over: () => {} },
      log: { error: (fields: Json) => void this.reported.push(fields.call) },
    });
  }

  get call(): Call {
    if (this.#call === undefined) throw new Error('There is no call yet.');
    return this.#call;
  }

  device(user: UserId, device: DeviceId): Listener {
    const listener = new Listener();
    this.#directory.add({ app: testApp(), sdkAppId, userId: user, device } as never, listener);
    return listener;
  }

  start(callees: readonly string[]): void {
    const outcome = start(
      {
        type: 'start',
        app: sdkAppId,
        callId: callId('00000000-0000-4000-8000-000000000001'),
        caller: person('alice'),
        device: phone('alice'),
        robot: false,
        callees: callees.map(person),
        asked: callees.length,
        mediaType: 'Audio',
        chatGroupId: '',
        groupKnown: false,
        roomId: '',
        roomIdType: 0,
        userData: '',
        timeout: 60_000,
        maxMembers: 100,
        glare: 'merge',
        origin: { clientIp: '127.0.0.1', platform: 'Web' },
      },
      this.clock.now(),
    );
    if ('merge' in outcome) throw new Error('There is another call.');
    this.#take(outcome, 'start', '');
  }

  /** So many calls of others ring, each a user with a device here; `at` says when (ms), of the earlier ones first. */
  ringMany(count: number, at: (n: number) => number): readonly Listener[] {
    this.start(['bob']);
    const { version, ...model } = this.call;
    return Array.from({ length: count }, (_, n) => {
      const [name, id] = [`callee${n}`, callId(`call-${n}`)];
      const members = model.members.map((one) => (one.userId === 'bob' ? { ...one, userId: userId(name) } : one));
      this.#others.set(id, { ...model, version, callId: id, members });
      this.#changes.push({ app: sdkAppId, callId: id, version, at: at(n) });
      return this.device(userId(name), phone(name));
    });
  }

  /** One more call of others, which nobody here is in. */
  ringMore(id: string): void {
    const call = { ...this.call, callId: callId(id), members: [] };
    this.#others.set(callId(id), call);
    this.#changes.push({ app: sdkAppId, callId: call.callId, version: call.version, at: this.clock.now() });
  }

  /** A call of others has another version, of which no look says anything, unless it is `seen`. */
  change(id: string, seen = false): void {
    const call = this.#others.get(callId(id)) ?? this.call;
    const [{ app }, version] = [call, call.version + 1];
    this.#others.set(callId(id), { ...call, version });
    if (seen) this.#changes.push({ app, callId: callId(id), version, at: this.clock.now() });
  }

  do(event: CallEvent & { readonly device: DeviceId }): void {
    this.#take(step(this.call, event, this.clock.now()), event.type, event.device);
  }

  /** Lets time pass, in which what waits is done. */
  async pass(time: number): Promise<void> {
    for (let at = 0; at < time; at += ms.pace) {
      this.clock.advance(ms.pace);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #take(outcome: Outcome, type: HistoryEntry['type'], device: DeviceId | ''): void {
    if ('refusal' in outcome) throw new Error(`${type} was refused: ${outcome.refusal}`);
    this.#call = outcome.call;
    const { version, eventSeq } = outcome.call;
    const events = outcome.effects.flatMap((effect: Effect) => (effect.type === 'event' ? [effect.event] : []));
    const by = { cause: 'device', actor: '', device, requestId: '' } as const;
    this.#history.push({ seq: version, eventSeq, at: this.clock.now(), type, events, ...by });
  }
}

describe('devices of a node that other nodes could not tell', () => {
  let scene: Scene;
  beforeEach(() => {
    scene = new Scene();
  });
  afterEach(() => scene.catchUp.close());

  it('ring when a doubt was over before anybody looked', async () => {
    const bob = scene.device(userId('bob'), phone('bob'));
    scene.start(['bob']);
    await scene.pass(ms.comparing);
    expect(bob.heard).toEqual([]);
    scene.catchUp.doubted();
    await scene.pass(ms.pace);
    expect(bob.heard).toEqual(['callReceived']);
    await scene.pass(ms.comparing);
    expect(bob.heard).toEqual(['callReceived']);
  });

  it.each([
    ['over some seconds', (n: number) => Math.floor(n / 10)],
    ['most of them in the same millisecond', (n: number) => (n < 20_000 ? 0 : 1)],
  ])('ring all, once, when more calls were made %s than are looked at in one go', async (_, after) => {
    await scene.pass(ms.comparing);
    const begin = scene.clock.now() - 4000;
    const devices = scene.ringMany(25_000, (n) => begin + after(n));
    scene.catchUp.doubted();
    await scene.pass(3 * ms.pace);
    const heard = () => devices.filter(({ heard }) => heard.length === 1 && heard[0] === 'callReceived').length;
    expect(heard()).toBe(25_000);
    await scene.pass(2 * ms.comparing);
    expect(heard()).toBe(25_000);
  });

  it('ring whatever call cannot be read, which is said once, and its own ring as soon as it can', async () => {
    await scene.pass(ms.comparing);
    const devices = scene.ringMany(3, () => scene.clock.now());
    scene.unreadable = callId('call-1');
    scene.catchUp.doubted();
    await scene.pass(3 * ms.comparing);
    expect(devices.map(({ heard }) => heard)).toEqual([['callReceived'], [], ['callReceived']]);
    expect(scene.reported).toEqual(['call-1']);
    scene.unreadable = undefined;
    await scene.pass(ms.pace);
    expect(devices.map(({ heard }) => heard.length)).toEqual([1, 1, 1]);
  });

  it('ring all, once, when the store fails for most of those that a look finds', async () => {
    await scene.pass(ms.comparing);
    const devices = scene.ringMany(2000, () => scene.clock.now());
    scene.readsLeft = 500;
    scene.catchUp.doubted();
    await scene.pass(ms.comparing);
    const rung = () => devices.filter(({ heard }) => heard.length === 1).length;
    expect([rung(), scene.reported.length]).toEqual([500, 1]);
    scene.readsLeft = Number.POSITIVE_INFINITY;
    await scene.pass(2 * ms.comparing);
    expect(rung()).toBe(2000);
  });

  it('ring for a call that cannot be read for a minute, not counting the time that the store is out of reach', async () => {
    await scene.pass(ms.comparing);
    const devices = scene.ringMany(2, () => scene.clock.now());
    scene.unreadable = callId('call-1');
    scene.catchUp.doubted();
    await scene.pass(ms.comparing);
    scene.isAway = true;
    await scene.pass(2 * ms.minute);
    scene.isAway = false;
    const before = scene.tries;
    await scene.pass(2 * ms.minute);
    // Some of the minute was before the store was away.
    expect(scene.tries - before).toBeGreaterThan(100);
    expect(scene.tries - before).toBeLessThan(120);
    const { tries } = scene;
    await scene.pass(ms.minute);
    expect([scene.tries, scene.reported]).toEqual([tries, ['call-1']]);
    scene.unreadable = undefined;
    scene.change('call-1', true);
    scene.catchUp.doubted();
    await scene.pass(ms.comparing);
    expect(devices.map(({ heard }) => heard)).toEqual([['callReceived'], ['callReceived']]);
  });

  it('are told of other calls when the only one that a look finds can never be read', async () => {
    const [bob] = scene.ringMany(1, () => scene.clock.now());
    scene.catchUp.doubted();
    await scene.pass(ms.comparing);
    scene.ringMore('call-1');
    scene.unreadable = callId('call-1');
    scene.catchUp.doubted();
    await scene.pass(ms.comparing);
    scene.change('call-0');
    await scene.pass(2 * ms.comparing);
    expect(bob?.heard).toEqual(['callReceived', 'callChanged']);
  });

  it('ring for a call that is the only one that a look finds, for a minute where it cannot be read', async () => {
    await scene.pass(ms.comparing);
    const [device] = scene.ringMany(1, () => scene.clock.now());
    scene.unreadable = callId('call-0');
    scene.catchUp.doubted();
    await scene.pass(ms.minute + 1000);
    const { tries } = scene;
    expect(tries).toBeGreaterThan(100);
    await scene.pass(ms.minute);
    expect([scene.tries, scene.reported]).toEqual([tries, ['call-0']]);
    scene.unreadable = undefined;
    scene.change('call-0', true);
    scene.catchUp.doubted();
    await scene.pass(ms.comparing);
    expect(device?.heard).toEqual(['callReceived']);
  });

  it('ring for what a look finds while the store is out of reach, however long that takes', async () => {
    await scene.pass(ms.comparing);
    const devices = scene.ringMany(3, () => scene.clock.now());
    scene.readsLeft = 0;
    scene.isAway = true;
    scene.catchUp.doubted();
    await scene.pass(3 * ms.minute);
    expect(devices.flatMap(({ heard }) => heard)).toEqual([]);
    scene.readsLeft = Number.POSITIVE_INFINITY;
    scene.isAway = false;
    await scene.pass(ms.comparing);
    expect(devices.map(({ heard }) => heard)).toEqual([['callReceived'], ['callReceived'], ['callReceived']]);
  });

  it('ring also when the doubt is over before all was looked at', async () => {
    await scene.pass(ms.comparing);
    const begin = scene.clock.now() - 4000;
    const devices = scene.ringMany(25_000, (n) => begin + Math.floor(n / 10));
    // The first look is the last one of the doubt.
    scene.catchUp.doubted();
    scene.clock.advance(4900);
    await scene.pass(3 * ms.pace);
    expect(devices.filter(({ heard }) => heard.length === 1)).toHaveLength(25_000);
  });

  const answer = (name: string, device = phone(name)) => scene.do({ type: 'accept', userId: userId(name), device });
  const many = Array.from({ length: 29 }, (_, n) => `user${n}`);

  /** A large call rings at a tablet here; the phone of its user answers there, and more happens than is read at once. */
  async function answeredElsewhere(): Promise<Listener> {
    const tablet = scene.device(userId('user0'), deviceId('tablet'));
    scene.start(many);
    scene.catchUp.doubted();
    await scene.pass(ms.comparing);
    expect(tablet.heard).toEqual(['callReceived']);
    for (const name of many.slice(0, 20)) answer(name);
    return tablet;
  }

  it('stop ringing for what another device answered, however much has happened since', async () => {
    const tablet = await answeredElsewhere();
    await scene.pass(ms.comparing);
    expect(tablet.heard).toEqual(['callReceived', `callEnded ${endReasons.otherDeviceAccepted}`]);
    answer('user20');
    await scene.pass(ms.comparing);
    expect(tablet.heard).toHaveLength(2);
  });

  it('are told later what could not be read', async () => {
    const tablet = await answeredElsewhere();
    scene.isAway = true;
    await scene.pass(ms.comparing);
    expect(tablet.heard).toEqual(['callReceived']);
    scene.isAway = false;
    await scene.pass(ms.comparing);
    expect(tablet.heard).toEqual(['callReceived', `callEnded ${endReasons.otherDeviceAccepted}`]);
  });
});
