import { nodeId } from 'ringback-protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushServiceOptions } from '../../src/push/push-service.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { ok } from '../webhooks/receiver.ts';
import { otherService } from './other-service.ts';
import { PushScene } from './scene.ts';

let own: PushScene;
const closing: (() => Promise<void>)[] = [];
const failures: string[] = [];

beforeEach(async () => {
  own = await PushScene.open();
  failures.length = 0;
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await own.close();
});

/** Waits for what goes over a database on disk and a receiver of HTTP: on a busy machine that takes its time. */
const until = <T>(what: () => T) => expect.poll(what, { timeout: 15_000 });

/** A port of which one method fails the first time, before it has done anything or after. */
function failing<P extends object>(port: P, method: keyof P, when: 'before' | 'after'): P {
  let calls = 0;
  return new Proxy(port, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (name !== method) return value.bind(target);
      return async (...args: unknown[]) => {
        calls += 1;
        const first = calls === 1;
        if (first && when === 'before') throw new Error(`no ${String(method)}`);
        const answer = await value.apply(target, args);
        if (first) throw new Error(`no answer of ${String(method)}`);
        return answer;
      };
    },
  });
}

/** The process that comes after the one of the scene, on its database. */
async function nextProcess(change: (all: PushServiceOptions) => Partial<PushServiceOptions> = () => ({})) {
  const { clock, path } = own.scene;
  const onFatal = (error: Error) => {
    throw error;
  };
  const store = await openSqlite({ path, node: nodeId('n1'), clock, onFatal });
  const failed = (error: Error) => failures.push(error.message);
  const { service: next, close } = otherService(own.scene, store, failed, change);
  closing.push(async () => {
    await close();
    await store.close();
  });
  await next.open();
  return { next, store };
}

/** The caller has hung up, and the process stops before the cancel got through. */
async function leaveCancel(): Promise<void> {
  await own.phone('bob');
  own.service.reply = (answer, _, { body }) => answer(body.type === 'ring' ? 200 : 503, ok);
  const alice = await own.scene.device('alice');
  const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
  await until(() => own.notes(call)).toContain('push sent');
  await alice.ask('hangUp', { callId: call.callId });
  await until(() => own.notes(call)).toContain('cancel retry');
  await own.scene.pushes.close();
  own.scene.clock.advance(2000);
  await until(() => own.scene.pushes.underWay).toBe(0);
  own.service.reply = (answer) => answer(200, ok);
  own.service.got.length = 0;
}

/** A call rings for which nothing was done before the process stopped. */
async function leaveCall(): Promise<void> {
  await own.phone('bob');
  await own.scene.pushes.close();
  const alice = await own.scene.device('alice');
  await alice.ask('call', { callees: ['bob'], mediaType: 'Audio', timeoutMs: 60_000 });
  await until(() => own.scene.pushes.underWay).toBe(0);
  const [ring] = await own.scene.store.pushRings.takeOver(() => false);
  if (ring !== undefined) await own.scene.store.pushRings.remove(ring);
  own.service.got.length = 0;
}

const untilNextLook = async (): Promise<void> => {
  own.scene.clock.advance(10_000);
  await new Promise((resolve) => setTimeout(resolve, 100));
};

describe('what a process takes over from others', () => {
  it.each([
    ['the store did it, and its answer was lost', 'after', 'no answer of takeOver'],
    ['the store was out of reach', 'before', 'no takeOver'],
  ] as const)('is found by the next look when %s', async (_, when, failure) => {
    await leaveCancel();
    const { next } = await nextProcess(({ rings }) => ({ rings: failing(rings, 'takeOver', when) }));
    expect([own.told, failures]).toEqual([[], [failure]]);
    await untilNextLook();
    await until(() => own.told).toEqual(['cancel bob-phone cancelled']);
    await until(() => next.underWay).toBe(0);
    await untilNextLook();
    expect(own.told).toHaveLength(1);
  });

  it.each(['tokens', 'store'] as const)('is tried again when the %s cannot be read at first', async (which) => {
    await leaveCancel();
    const { next } = await nextProcess(({ tokens, store }) =>
      which === 'tokens' ? { tokens: failing(tokens, 'of', 'before') } : { store: failing(store, 'read', 'before') },
    );
    await until(() => failures).toEqual([which === 'tokens' ? 'no of' : 'no read']);
    expect(own.told).toEqual([]);
    await untilNextLook();
    await until(() => own.told).toEqual(['cancel bob-phone cancelled']);
    await until(() => next.underWay).toBe(0);
  });

  it.each(['prune', 'live'] as const)('is also a call for which nothing was done, when %s fails', async (which) => {
    await leaveCall();
    await nextProcess(({ rings, store }) =>
      which === 'prune' ? { rings: failing(rings, 'prune', 'before') } : { store: failing(store, 'live', 'before') },
    );
    expect(failures).toEqual([`no ${which}`]);
    if (which === 'live') await untilNextLook();
    await own.scene.pass(2100);
    await until(() => own.told).toEqual(['ring bob-phone']);
  });
});

describe('a call for which nothing was done', () => {
  it.each(['tokens', 'rings'] as const)('is pushed before the next look when its %s fail at first', async (which) => {
    await leaveCall();
    const { next } = await nextProcess(({ tokens, rings }) =>
      which === 'tokens' ? { tokens: failing(tokens, 'of', 'before') } : { rings: failing(rings, 'claim', 'before') },
    );
    await own.scene.pass(2100);
    await until(() => failures).toEqual([which === 'tokens' ? 'no of' : 'no claim']);
    expect(own.told).toEqual([]);
    await own.scene.pass(2100);
    await until(() => own.told).toEqual(['ring bob-phone']);
    await until(() => next.underWay).toBe(0);
    for (let n = 0; n < 2; n += 1) await untilNextLook();
    expect(own.told).toHaveLength(1);
  });
});

describe('a ring of a process that goes on', () => {
  it('is pushed by the next look when the store did not answer that it is its own', async () => {
    await leaveCall();
    const { next } = await nextProcess(({ rings }) => ({ rings: failing(rings, 'claim', 'after') }));
    await own.scene.pass(2100);
    await until(() => failures).toEqual(['no answer of claim']);
    expect(own.told).toEqual([]);
    await untilNextLook();
    await until(() => own.told).toEqual(['ring bob-phone']);
    await until(() => next.underWay).toBe(0);
  });

  it('is let alone by all looks while it rings', async () => {
    await leaveCall();
    const { next, store } = await nextProcess();
    await own.scene.pass(2100);
    await until(() => own.told).toEqual(['ring bob-phone']);
    await until(() => next.underWay).toBe(0);
    for (let n = 0; n < 3; n += 1) await untilNextLook();
    expect([own.told, failures]).toEqual([['ring bob-phone'], []]);
    expect(await store.pushRings.takeOver(() => false)).toMatchObject([{ state: 'open', tries: 1 }]);
  });
});
