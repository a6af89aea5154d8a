import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Device } from '../../e2e/support/device.ts';
import { Ringback, until } from '../../e2e/support/ringback.ts';
import { RedisServer } from '../../packages/server/test/cluster/support/redis-server.ts';

process.env.RINGBACK_E2E_STORE = 'postgres';

// biome-ignore lint/suspicious/noExplicitAny: messages are judged by the tests, member by member.
type Json = any;

describe('the media of calls over three servers', () => {
  let redis: RedisServer;
  const nodes: Ringback[] = [];
  const devices: Device[] = [];

  beforeAll(async () => {
    redis = await RedisServer.start();
    const first = await Ringback.start('--redis', redis.url);
    nodes.push(first, await Ringback.beside(first), await Ringback.beside(first));
  }, 240_000);
  afterEach(() => {
    for (const one of devices.splice(0)) one.drop();
  });
  afterAll(async () => {
    for (const node of nodes.reverse()) await node.dispose();
    await redis?.dispose();
  }, 60_000);

  const setups = (device: Device): Json[] =>
    device.notices
      .filter(({ method, params }) => method === 'media' && params.data.type === 'setup')
      .map(({ params }) => params.data);
  const say = (device: Device, callId: string, data: object) => device.ask('signal', { callId, to: '', data });
  /** As the SDK does: it tries again where it is told to, since nodes notice the death of another one each in its time. */
  const sayAtLast = async (device: Device, callId: string, data: object) => {
    for (let tries = 0; ; tries += 1) {
      try {
        return await say(device, callId, data);
      } catch (error) {
        if (tries === 4 || (error as Json).data?.name !== 'overloaded') throw error;
        await delay(300 * (tries + 1));
      }
    }
  };
  const state = { type: 'state', audio: true, video: true };

  /** Devices of these users at the nodes, in turn, in one call that the first has made. */
  const talk = async (users: readonly string[], on: readonly Ringback[]) => {
    const made = await Promise.all(
      users.map(async (user, n) => {
        const one = new Device(user);
        devices.push(one);
        await one.signIn(on[n % on.length] as Ringback);
        return one;
      }),
    );
    const [caller, ...callees] = made as [Device, ...Device[]];
    const { callId } = await caller.ask('call', { callees: users.slice(1), mediaType: 'Video' });
    for (const callee of callees) {
      await callee.hears('callReceived', (params) => params.callId === callId);
      await callee.ask('accept', { callId });
    }
    for (const one of made) await until(() => (setups(one).length > 0 ? undefined : `${one.userId} has no setup`));
    return { callId: callId as string, made };
  };
  /** How many calls each node looks after, by what carries them. */
  const load = async (carrier: 'p2p' | 'sfu', of: readonly Ringback[]): Promise<readonly number[]> =>
    Promise.all(
      of.map(async ({ ops }) => {
        const text = await (await fetch(`${ops}/metrics`)).text();
        return Number(new RegExp(`^ringback_media_calls\\{provider="${carrier}"\\} (\\d+)`, 'm').exec(text)?.[1]);
      }),
    );

  it('two are told by one of them, the same epoch and who gives way, and signal to each other', async () => {
    for (let n = 0; n < 4; n += 1) {
      const { callId, made } = await talk([`amy${n}`, `ben${n}`], nodes);
      const [amy, ben] = made as [Device, Device];
      const [one, other] = [setups(amy)[0], setups(ben)[0]];
      expect([one.mode, one.epoch]).toEqual([other.mode, other.epoch]);
      expect([one.polite, other.polite].sort()).toEqual([false, true]);
      await say(amy, callId, state);
      await ben.hears('media', ({ data }) => data.type === 'state' && data.userId === `amy${n}` && data.video);
      await amy.ask('signal', { callId, to: `ben${n}`, data: { any: 'thing' } });
      expect(await ben.hears('signal')).toMatchObject({ from: `amy${n}`, data: { any: 'thing' } });
      const before = await load('p2p', nodes);
      expect(before.reduce((sum, one) => sum + one, 0)).toBe(1);
      await ben.ask('hangUp', { callId });
      await until(async () => ((await load('p2p', nodes)).every((one) => one === 0) ? undefined : 'not closed'));
    }
  }, 60_000);

  it('three share one room, at one node; a device that is not in the call is refused', async () => {
    const { callId, made } = await talk(['cal', 'deb', 'eva'], nodes);
    const [cal, deb] = made as [Device, Device, Device];
    await until(async () => {
      const rooms = await load('sfu', nodes);
      return rooms.reduce((sum, one) => sum + one, 0) === 1 ? undefined : `rooms at the nodes: ${rooms}`;
    });
    for (const one of made) expect(setups(one).at(-1)).toMatchObject({ mode: 'room', provider: 'sfu' });
    for (const one of made) await say(one, callId, state);
    await deb.hears('media', ({ data }) => data.type === 'state' && data.userId === 'cal');
    const { epoch } = setups(cal).at(-1);
    await expect(say(cal, callId, { type: 'offer', epoch, sdp: 'v=0\r\nnonsense\r\n' })).rejects.toMatchObject({
      data: { name: 'bad_params' },
    });
    const mallory = new Device('mallory');
    devices.push(mallory);
    await mallory.signIn(nodes[1] as Ringback);
    await expect(say(mallory, callId, state)).rejects.toMatchObject({ data: { name: 'not_in_call' } });
    await cal.ask('hangUp', { callId });
    await deb.ask('hangUp', { callId });
  }, 60_000);

  /** A call of three at the first two nodes that the third looks after, as it does a third of them once it is known. */
  const talkAtThird = async (name: string) => {
    const end = performance.now() + 40_000;
    // By time, not by number: a node takes its share when it has been there for 5 s.
    for (let n = 0; performance.now() < end; n += 1) {
      const users = ['fay', 'gus', 'hal'].map((one) => `${one}-${name}-${n}`);
      const talking = await talk(users, nodes.slice(0, 2));
      let rooms: readonly number[] = [];
      await until(async () => {
        rooms = await load('sfu', nodes);
        return rooms.reduce((sum, one) => sum + one, 0) === 1 ? undefined : `rooms at the nodes: ${rooms}`;
      });
      if (rooms[2] === 1) return talking;
      for (const one of talking.made) await one.ask('hangUp', { callId: talking.callId }).catch(() => {});
      for (const one of talking.made) one.drop();
      await until(async () => ((await load('sfu', nodes)).every((one) => one === 0) ? undefined : 'not closed'));
    }
    throw new Error('The third node looks after no call within 40 s.');
  };

  it.each(['kill', 'stop'] as const)(
    'a node that looks after a room is gone (%s): another one does, with a newer epoch, and the call goes on',
    async (end) => {
      const { callId, made } = await talkAtThird(end);
      for (const one of made) await say(one, callId, state);
      const before = made.map((one) => setups(one).at(-1).epoch as number);
      const third = nodes[2] as Ringback;
      await third[end]();
      try {
        for (const [n, one] of made.entries()) {
          await until(
            () => (setups(one).at(-1).epoch > (before[n] ?? 0) ? undefined : `${one.userId} has no new setup`),
            20_000,
          );
          await sayAtLast(one, callId, state);
          expect(setups(one).at(-1)).toMatchObject({ mode: 'room', provider: 'sfu' });
        }
        expect((await load('sfu', nodes.slice(0, 2))).reduce((sum, one) => sum + one, 0)).toBe(1);
        for (const one of made) expect(one.log).not.toContain('callEnded');
        for (const one of made) await one.ask('hangUp', { callId }).catch(() => {});
      } finally {
        await third.up();
      }
    },
    120_000,
  );
});
