import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Audience, CallEvent } from 'ringback-engine';
import { type CallId, deviceId, nodeId, Refusal, requestId, userId } from 'ringback-protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CallObserver } from '../../src/calls/call-observer.ts';
import { CallService } from '../../src/calls/call-service.ts';
import { leaseKey } from '../../src/calls/lease-keeper.ts';
import type { Cause, StartRequest } from '../../src/calls/requests.ts';
import type { App } from '../../src/ports/apps.ts';
import type { Bus } from '../../src/ports/bus.ts';
import type { CallStore } from '../../src/ports/store.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { noWebhooks } from '../support/no-webhooks.ts';
import { testApp } from '../support/test-app.ts';

const app = testApp();

const user = userId;
const phone = (name: string) => deviceId(`${name}-phone`);

const causedBy = (name: string): Cause => ({
  cause: 'device',
  actor: user(name),
  device: phone(name),
  requestId: requestId('r1'),
  origin: { clientIp: '127.0.0.1', platform: 'Web' },
});

const dial = (caller: string, ...callees: string[]): StartRequest => ({
  caller: user(caller),
  robot: false,
  device: phone(caller),
  callees: callees.map(user),
  mediaType: 'Audio',
  chatGroupId: '',
  roomId: '',
  roomIdType: 0,
  userData: '',
  timeout: 30_000,
});

const acceptBy = (name: string): CallEvent => ({ type: 'accept', userId: user(name), device: phone(name) });
const hangUpBy = (name: string): CallEvent => ({ type: 'hangUp', userId: user(name), device: phone(name) });

/** The service over the real embedded store; `log` is what left it, in order. */
async function open(folder: string, clock: ManualClock) {
  const store = await openSqlite({
    path: join(folder, 'test.db'),
    node: nodeId('n1'),
    clock,
    onFatal: (error) => {
      throw error;
    },
  });
  const log: string[] = [];
  const bus: Bus = {
    isUp: false,
    publish: (_, to: readonly Audience[], frame) => {
      const { method, params } = JSON.parse(frame);
      const what = method === 'callEnded' ? `callEnded:${params.reason}` : method;
      for (const one of to) log.push(`${one.userId} ${what}`);
    },
    disconnect: () => {},
    follow: () => {},
    leave: () => {},
    onDeliver: () => {},
  };
  const observer: CallObserver = {
    started: () => log.push('started'),
    accepted: () => log.push('accepted'),
    ended: (record) => log.push(`ended ${record.result}`),
    failed: (_, error) => log.push(`failed ${String(error)}`),
  };
  const calls = new CallService({
    store: store.calls,
    accounts: store.accounts,
    groups: store.groups,
    outbox: noWebhooks,
    bus,
    clock,
    observer,
  });
  return { store, calls, log };
}

describe('CallService', () => {
  let folder: string;
  let clock: ManualClock;
  let scene: Awaited<ReturnType<typeof open>>;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-calls-'));
    clock = new ManualClock();
    scene = await open(folder, clock);
    for (const name of ['alice', 'bob', 'carol']) await scene.store.accounts.ensure(app.sdkAppId, user(name));
  });

  afterEach(async () => {
    scene.calls.close();
    await scene.store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Lets the clock run while real I/O goes on in between. */
  async function wait(ms: number): Promise<void> {
    for (let gone = 0; gone < ms; gone += 500) {
      clock.advance(500);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }

  const refusal = async (promise: Promise<unknown>): Promise<string> => {
    const error = await promise.then(
      () => 'accepted',
      (one: unknown) => one,
    );
    return error instanceof Refusal ? error.reason : String(error);
  };

  it('says that others came first when they did, whatever glare there was before', async () => {
    const { callId } = await scene.calls.start(app, dial('bob', 'alice'), causedBy('bob'));
    const old = await scene.store.calls.seats(app.sdkAppId, [user('alice'), user('bob')]);
    await scene.calls.apply(app, callId, hangUpBy('bob'), causedBy('bob'));
    let looks = 0;
    const store = new Proxy(scene.store.calls, {
      get: (target, name) => {
        if (name === 'commit') return async () => 'conflict';
        if (name !== 'seats') return Reflect.get(target, name).bind(target);
        return (...args: Parameters<CallStore['seats']>) => {
          looks += 1;
          return looks === 1 ? old : target.seats(...args);
        };
      },
    });
    const { accounts, groups } = scene.store;
    const nothing = () => {};
    const observer = { started: nothing, accepted: nothing, ended: nothing, failed: nothing };
    const bus = {
      isUp: false,
      publish: nothing,
      disconnect: nothing,
      follow: nothing,
      leave: nothing,
      onDeliver: nothing,
    };
    const calls = new CallService({
      store,
      accounts,
      groups,
      outbox: noWebhooks,
      bus,
      clock,
      observer,
      random: () => 0,
    });
    const refused = refusal(calls.start(app, dial('alice', 'bob'), causedBy('alice')));
    await wait(20_000);
    expect(await refused).toBe('internal');
    expect(looks).toBeGreaterThan(5);
    calls.close();
  });

  it('answers first, then tells the others, and all of it after the commit', async () => {
    const { calls, log, store } = scene;
    const started = calls.start(app, dial('alice', 'bob'), causedBy('alice'), () => log.push('answer'));
    expect(log).toEqual([]);
    const { callId, role, results } = await started;
    expect({ role, results }).toEqual({ role: 'caller', results: [{ userId: 'bob', code: 0 }] });
    expect(log).toEqual(['answer', 'started', 'bob callReceived']);
    log.length = 0;
    await calls.apply(app, callId, acceptBy('bob'), causedBy('bob'), () => log.push('answer'));
    expect(log).toEqual(['answer', 'accepted', 'alice callChanged', 'bob callChanged', 'bob callEnded:7']);
    await calls.apply(app, callId, hangUpBy('alice'), causedBy('alice'));
    expect((await store.calls.record(app.sdkAppId, callId))?.result).toBe('NormalEnd');
    expect(await calls.callOf(app, user('bob'))).toBeUndefined();
  });

  it('keeps a history with cause, actor, device and request of every step', async () => {
    const { calls, store } = scene;
    const { callId } = await calls.start(app, dial('alice', 'bob'), causedBy('alice'));
    await calls.apply(app, callId, { type: 'end' }, { ...causedBy('alice'), cause: 'rest', device: '' });
    const history = await store.calls.history(app.sdkAppId, callId, 0);
    expect(
      history.map(({ seq, eventSeq, type, cause, actor, device }) => ({ seq, eventSeq, type, cause, actor, device })),
    ).toEqual([
      { seq: 1, eventSeq: 1, type: 'start', cause: 'device', actor: 'alice', device: 'alice-phone' },
      { seq: 2, eventSeq: 3, type: 'end', cause: 'rest', actor: 'alice', device: '' },
    ]);
  });

  it('refuses a list without callees in the words that UI kits look for', async () => {
    const { calls } = scene;
    const text = 'CalleeList_Account length must be between 1 and 8';
    await expect(calls.start(app, dial('alice', 'alice'), causedBy('alice'))).rejects.toThrow(text);
    const nine = Array.from({ length: 9 }, (_, index) => `u${index}`);
    await expect(calls.start(app, dial('alice', ...nine), causedBy('alice'))).rejects.toThrow(text);
  });

  it('does not ring who never existed, unless the application wants that', async () => {
    const { calls } = scene;
    const { results, call } = await calls.start(app, dial('alice', 'bob', 'ghost'), causedBy('alice'));
    expect(results).toEqual([
      { userId: 'bob', code: 0 },
      { userId: 'ghost', code: 70107 },
    ]);
    // What was asked for is a call of more than two, which others may join.
    expect(call.callType).toBe('MultiCall');
    const joined = await calls.join(app, call.callId, { userId: user('eve'), device: phone('eve') }, causedBy('eve'));
    expect(joined.members.map(({ userId }) => userId)).toEqual(['alice', 'bob', 'eve']);
    expect(await refusal(calls.start(app, dial('carol', 'ghost'), causedBy('carol')))).toBe('unknown_account');
    const ringing: App = { ...app, settings: { ...app.settings, unknownCallee: 'ring' } };
    expect((await calls.start(ringing, dial('carol', 'ghost'), causedBy('carol'))).results).toEqual([
      { userId: 'ghost', code: 0 },
    ]);
  });

  it('two who dial the same person at once: one rings, the other one is busy', async () => {
    const { calls } = scene;
    const [first, second] = await Promise.all([
      calls.start(app, dial('alice', 'carol'), causedBy('alice')),
      calls.start(app, dial('bob', 'carol'), causedBy('bob')),
    ]);
    expect((await calls.get(app, first.callId)).members[1]?.status).toBe('Waiting');
    expect(await refusal(calls.get(app, second.callId))).toBe('call_ended');
  });

  it('two who dial each other at once meet in one call', async () => {
    const { calls } = scene;
    const [first, second] = await Promise.all([
      calls.start(app, dial('alice', 'bob'), causedBy('alice')),
      calls.start(app, dial('bob', 'alice'), causedBy('bob')),
    ]);
    expect(second).toMatchObject({ callId: first.callId, role: 'callee' });
    expect((await calls.get(app, first.callId)).acceptedAt).not.toBe(0);
  });

  /** As with several processes: between a look at the seats and what is made of it, there is time for something else. */
  const meanwhile = (happens: () => Promise<unknown>): void => {
    const store: CallStore = scene.store.calls;
    const seats = store.seats.bind(store);
    vi.spyOn(store, 'seats').mockImplementationOnce(async (...asked) => {
      const seen = await seats(...asked);
      await happens();
      return seen;
    });
  };

  const elsewhere = (type: 'reject' | 'accept'): CallEvent => ({
    type,
    userId: user('bob'),
    device: deviceId('tablet'),
  });

  it.each<[string, CallEvent, string]>([
    ['over', hangUpBy('alice'), 'alice'],
    ['rejected on another device', elsewhere('reject'), 'bob'],
  ])(
    'who dials the caller of a call that is %s by the time it would be answered calls afresh',
    async (_, event, by) => {
      const { calls, log } = scene;
      const first = await calls.start(app, dial('alice', 'bob'), causedBy('alice'));
      meanwhile(() => calls.apply(app, first.callId, event, causedBy(by)));
      log.length = 0;
      const second = await calls.start(app, dial('bob', 'alice'), causedBy('bob'));
      expect(second).toMatchObject({ role: 'caller', results: [{ userId: 'alice', code: 0 }] });
      expect(second.callId).not.toBe(first.callId);
      expect(log).toContain('alice callReceived');
    },
  );

  it('who dials the caller of a call that was just answered on another device is refused', async () => {
    const { calls } = scene;
    const first = await calls.start(app, dial('alice', 'bob'), causedBy('alice'));
    meanwhile(() => calls.apply(app, first.callId, elsewhere('accept'), causedBy('bob')));
    expect(await refusal(calls.start(app, dial('bob', 'alice'), causedBy('bob')))).toBe('already_in_call');
  });

  it('an answer that is repeated before the first is on disk waits for it', async () => {
    const { calls, log } = scene;
    const { callId } = await calls.start(app, dial('alice', 'bob'), causedBy('alice'));
    log.length = 0;
    await Promise.all([
      calls.apply(app, callId, acceptBy('bob'), causedBy('bob'), () => log.push('first')),
      calls.apply(app, callId, acceptBy('bob'), causedBy('bob'), () => log.push('second')),
    ]);
    expect(log.filter((one) => one === 'first' || one === 'second')).toEqual(['first', 'second']);
  });

  it('ends a call that nobody answers at its deadline', async () => {
    const { calls, log, store } = scene;
    const { callId } = await calls.start(app, dial('alice', 'bob'), causedBy('alice'));
    // The dialling device stays heard of; only the invitation runs out.
    for (let second = 0; second < 31; second += 5) {
      calls.leases.heard(leaseKey(app.sdkAppId, user('alice'), phone('alice')));
      await wait(5000);
    }
    // On a busy machine the last write is a while on its way to the disk.
    await vi.waitFor(() => expect(log).toContain('ended NotAnswer'), 10_000);
    expect((await store.calls.record(app.sdkAppId, callId))?.endedAt).toBe(1_700_000_030_000);
  });

  it('takes a silent device out of its call after 15 s, but never one that pings', async () => {
    const { calls, log } = scene;
    const { callId } = await calls.start(app, dial('alice', 'bob'), causedBy('alice'));
    await calls.apply(app, callId, acceptBy('bob'), causedBy('bob'));
    for (let second = 0; second < 60; second += 5) {
      calls.leases.heard(leaseKey(app.sdkAppId, user('alice'), phone('alice')));
      calls.leases.heard(leaseKey(app.sdkAppId, user('bob'), phone('bob')));
      await wait(5000);
    }
    expect(await refusal(calls.get(app, callId))).toBe('accepted');
    for (let second = 0; second < 15; second += 5) {
      calls.leases.heard(leaseKey(app.sdkAppId, user('alice'), phone('alice')));
      await wait(5000);
    }
    expect(log).toContain('ended Offline');
  });

  it('after a restart goes on: deadlines fire, and devices that do not come back are gone after 15 s', async () => {
    const ringing = await scene.calls.start(app, dial('carol', 'bob'), causedBy('carol'));
    scene.calls.close();
    await scene.store.close();
    clock.advance(40_000);
    scene = await open(folder, clock);
    const talking = scene.calls;
    expect(await talking.recover()).toBe(1);
    await wait(1000);
    const result = async () => (await scene.store.calls.record(app.sdkAppId, ringing.callId))?.result;
    await vi.waitFor(async () => expect(await result()).toBe('NotAnswer'), 10_000);

    const { callId } = await talking.start(app, dial('alice', 'bob'), causedBy('alice'));
    await talking.apply(app, callId, acceptBy('bob'), causedBy('bob'));
    scene.calls.close();
    await scene.store.close();
    scene = await open(folder, clock);
    expect(await scene.calls.recover()).toBe(1);
    await wait(14_000);
    expect((await scene.calls.get(app, callId)).callId).toBe(callId);
    await wait(1500);
    const record = () => scene.store.calls.record(app.sdkAppId, callId);
    await vi.waitFor(async () => expect((await record())?.result).toBe('Interrupt'), 10_000);
  });

  it('says whether a call never was or is over', async () => {
    const { calls } = scene;
    const { callId } = await calls.start(app, dial('alice', 'bob'), causedBy('alice'));
    await calls.apply(app, callId, { type: 'end' }, causedBy('alice'));
    expect(await refusal(calls.get(app, callId))).toBe('call_ended');
    expect(await refusal(calls.apply(app, callId, { type: 'end' }, causedBy('alice')))).toBe('call_ended');
    expect(await refusal(calls.get(app, 'nothing' as CallId))).toBe('no_such_call');
  });

  it('invites and joins look people up, and busy ones are only noted', async () => {
    const { calls, log } = scene;
    await scene.store.accounts.ensure(app.sdkAppId, user('dan'));
    await scene.store.accounts.ensure(app.sdkAppId, user('eve'));
    const { callId } = await calls.start(app, dial('alice', 'bob'), causedBy('alice'));
    await calls.start(app, dial('carol', 'dan'), causedBy('carol'));
    log.length = 0;
    const request = {
      userId: user('alice'),
      device: phone('alice'),
      users: [user('carol'), user('eve'), user('ghost')],
      timeout: 30_000,
      userData: '',
    };
    expect(await calls.invite(app, callId, request, causedBy('alice'))).toEqual([
      { userId: 'carol', code: 0 },
      { userId: 'eve', code: 0 },
      { userId: 'ghost', code: 70107 },
    ]);
    expect(log).toEqual(['alice callChanged', 'bob callChanged', 'eve callReceived']);
    expect(await refusal(calls.join(app, callId, { userId: user('dan'), device: phone('dan') }, causedBy('dan')))).toBe(
      'already_in_call',
    );
    const joined = await calls.join(app, callId, { userId: user('eve'), device: phone('eve') }, causedBy('eve'));
    expect(joined.members.find((one) => one.userId === 'eve')?.status).toBe('Calling');
  });
});
