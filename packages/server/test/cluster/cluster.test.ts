import type { Audience, Call } from 'ringback-engine';
import { callId, deviceId, sdkAppId, userId } from 'ringback-protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { RedisConnection } from '../../src/cluster/redis/connection.ts';
import { RedisPresence } from '../../src/cluster/redis/presence.ts';
import { Directory, type Reachable } from '../../src/signalling/directory.ts';
import { eachCluster, type Node, redisNode } from './support/each-cluster.ts';
import { RedisServer, redisProgram } from './support/redis-server.ts';

const patience = 20_000;
let apps = 0;
/** An application of the test's own. */
const newApp = () => {
  apps += 1;
  return sdkAppId(apps);
};
const [alice, bob] = [userId('alice'), userId('bob')];
const on = (name: string, since: number) => ({ device: deviceId(name), platform: 'Web', since }) as const;

/** Hears everything that a node is to deliver. */
function hearing({ bus }: Node, doubted = () => {}): unknown[] {
  const heard: unknown[] = [];
  bus.onDeliver({
    doubted,
    deliver: (app, to, frame, mark) => heard.push(mark === undefined ? [app, to, frame] : [app, to, frame, mark]),
    disconnect: (...what) => heard.push(what),
  });
  return heard;
}

/** Until a node hears what another one sends it. */
async function connected(from: Node, to: Node, app: ReturnType<typeof newApp>): Promise<unknown[]> {
  const heard = hearing(to);
  to.bus.follow(app, bob);
  await vi.waitFor(() => {
    from.bus.publish(app, [{ userId: bob }], 'hello');
    expect(heard.length).toBeGreaterThan(0);
  }, patience);
  // Each try may have sent one, and they come in order: behind the last of them there is none.
  from.bus.publish(app, [{ userId: bob }], 'that was all');
  await vi.waitFor(() => expect(heard.at(-1)).toEqual([app, { userId: bob }, 'that was all']), patience);
  heard.length = 0;
  return heard;
}

eachCluster('the bus', (cluster) => {
  test('takes notices and disconnections to the node where a user is signed in, in their order', async () => {
    const [a, b] = [await cluster.node(), await cluster.node()];
    const app = newApp();
    const heard = await connected(a, b, app);
    const phone: Audience = { userId: bob, device: deviceId('phone') };
    const others: Audience = { userId: bob, except: deviceId('phone') };
    a.bus.publish(app, [phone, others], 'one');
    a.bus.disconnect(app, phone, 4005, 'last');
    a.bus.publish(app, [others], 'two');
    a.bus.disconnect(app, others, 4004, undefined, 7);
    await vi.waitFor(() => expect(heard).toHaveLength(5), patience);
    expect(heard).toEqual([
      [app, phone, 'one'],
      [app, others, 'one'],
      [app, phone, 4005, 'last', undefined],
      [app, others, 'two'],
      [app, others, 4004, undefined, 7],
    ]);
  });

  test('closes the session of a device that signed in before, and not its successor, however late it comes', async () => {
    const [a, b] = [await cluster.node(), await cluster.node()];
    const app = newApp();
    await connected(a, b, app);
    const directory = new Directory<Reachable>(b.bus);
    const closed: string[] = [];
    const signIn = (name: string, since: number) => {
      const identity = { sdkAppId: app, userId: bob, device: deviceId(name), platform: 'Web' } as const;
      const session = {
        since,
        deliver: () => {},
        disconnect: (code: number) => {
          closed.push(`${name} ${since} ${code}`);
          directory.remove(identity, session);
        },
      };
      directory.add(identity, session);
    };
    const disconnect = (name: string, code: number, until?: number) =>
      a.bus.disconnect(app, { userId: bob, device: deviceId(name) }, code, undefined, until);
    b.bus.onDeliver(directory);
    for (const [name, since] of [
      ['phone', 5000],
      ['tablet', 6000],
      ['desk', 7000],
    ] as const)
      signIn(name, since);
    // The sign-in of a phone that has moved on since, a kick of then; and a node whose clock is a little behind.
    disconnect('phone', 4004, 4000);
    a.bus.disconnect(app, { userId: bob }, 4005, undefined, 5500);
    disconnect('tablet', 4004, 5950);
    // Of an older version.
    disconnect('desk', 4004);
    await vi.waitFor(() => expect(closed).toHaveLength(3), patience);
    expect(closed).toEqual(['phone 5000 4005', 'tablet 6000 4004', 'desk 7000 4004']);
  });

  test('takes along which state of a call a notice is about', async () => {
    const [a, b] = [await cluster.node(), await cluster.node()];
    const app = newApp();
    const heard = await connected(a, b, app);
    const mark = { callId: callId('00000000-0000-4000-8000-000000000001'), version: 3, eventSeq: 2, over: false };
    a.bus.publish(app, [{ userId: bob }], 'frame', mark);
    await vi.waitFor(() => expect(heard).toEqual([[app, { userId: bob }, 'frame', mark]]), patience);
  });

  test('brings a node what it sends itself at once, and once', async () => {
    const [a, b] = [await cluster.node(), await cluster.node()];
    const app = newApp();
    await connected(a, b, app);
    const heard = hearing(a);
    a.bus.follow(app, bob);
    a.bus.publish(app, [{ userId: bob }], 'frame');
    expect(heard).toEqual([[app, { userId: bob }, 'frame']]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(heard).toHaveLength(1);
  });
});

eachCluster('presence', (cluster) => {
  const seen = async ({ presence }: Node, app: ReturnType<typeof newApp>) =>
    Object.fromEntries(await presence.devices(app, [alice, bob]));

  test('lists the devices of all nodes, in the order of their sign-ins, each application apart', async () => {
    const [a, b] = [await cluster.node(), await cluster.node()];
    const [one, two] = [newApp(), newApp()];
    a.presence.online(one, alice, on('phone', 1));
    b.presence.online(one, alice, on('tablet', 2));
    b.presence.online(two, bob, on('phone', 3));
    a.presence.online(one, alice, on('phone', 4));
    for (const node of [a, b]) {
      await vi.waitFor(async () => {
        expect(await seen(node, one)).toEqual({ alice: [on('tablet', 2), on('phone', 4)] });
        expect(await seen(node, two)).toEqual({ bob: [on('phone', 3)] });
      }, patience);
    }
  });

  test('lists devices of the same millisecond in the same order on all nodes', async () => {
    const [a, b] = [await cluster.node(), await cluster.node()];
    const app = newApp();
    a.presence.online(app, alice, on('tablet', 1));
    b.presence.online(app, alice, on('phone', 1));
    await vi.waitFor(async () => {
      const [first, second] = [await seen(a, app), await seen(b, app)];
      expect(first.alice).toHaveLength(2);
      expect(second).toEqual(first);
    }, patience);
  });

  test('keeps a device that goes and comes back in the same moment', async () => {
    const [a, b] = [await cluster.node(), await cluster.node()];
    const app = newApp();
    a.presence.online(app, alice, on('phone', 1));
    await vi.waitFor(async () => expect(await seen(b, app)).toEqual({ alice: [on('phone', 1)] }), patience);
    a.presence.offline(app, alice, deviceId('phone'));
    a.presence.online(app, alice, on('phone', 2));
    // Behind both of them, by the same connection.
    await seen(a, app);
    expect(await seen(b, app)).toEqual({ alice: [on('phone', 2)] });
  });

  test('forgets a user whose last device has gone, and does not mind one that was never there', async () => {
    const [a, b] = [await cluster.node(), await cluster.node()];
    const app = newApp();
    a.presence.offline(app, alice, deviceId('phone'));
    a.presence.online(app, alice, on('phone', 1));
    a.presence.offline(app, alice, deviceId('tablet'));
    await vi.waitFor(async () => expect(await seen(b, app)).toEqual({ alice: [on('phone', 1)] }), patience);
    a.presence.offline(app, alice, deviceId('phone'));
    await vi.waitFor(async () => expect([await seen(a, app), await seen(b, app)]).toEqual([{}, {}]), patience);
  });
});

describe.skipIf(redisProgram() === undefined)('Redis', () => {
  let server: RedisServer;
  const open: (Node & { kill(): void })[] = [];
  let made = 0;
  const node = async () => {
    made += 1;
    const one = await redisNode(server.url, `q${made}`);
    open.push(one);
    return one;
  };
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  afterAll(() => server.dispose());

  const devicesOf = async ({ presence }: Node, app: ReturnType<typeof newApp>) =>
    (await presence.devices(app, [alice])).get(alice) ?? [];

  test('a device that has moved to another node stays online when the old one notices', async () => {
    const [a, b] = [await node(), await node()];
    const app = newApp();
    a.presence.online(app, alice, on('phone', 1));
    await vi.waitFor(async () => expect(await devicesOf(b, app)).toEqual([on('phone', 1)]), patience);
    b.presence.online(app, alice, on('phone', 2));
    a.presence.offline(app, alice, deviceId('phone'));
    await vi.waitFor(async () => expect(await devicesOf(a, app)).toEqual([on('phone', 2)]), patience);
    expect(await a.presence.isElsewhere(app, alice, deviceId('phone'))).toBe(true);
    expect(await b.presence.isElsewhere(app, alice, deviceId('phone'))).toBe(false);
    expect(await a.presence.isElsewhere(app, alice, deviceId('tablet'))).toBe(false);
  });

  test('a device stays where it has signed in last, also when the node that has not noticed says later that it has it', async () => {
    const [b, c] = [await node(), await node()];
    const app = newApp();
    b.presence.online(app, alice, on('phone', 2000));
    await vi.waitFor(async () => expect(await devicesOf(c, app)).toEqual([on('phone', 2000)]), patience);
    // It signed in while Redis was away, and announces what it has.
    const connection = RedisConnection.open(server.url, () => {});
    const a = new RedisPresence({ connection, process: 'stale' });
    a.online(app, alice, on('phone', 1000));
    a.online(app, alice, on('tablet', 1500));
    const both = [on('tablet', 1500), on('phone', 2000)];
    await vi.waitFor(async () => expect(await devicesOf(c, app)).toEqual(both), patience);
    // The same over a connection that stands.
    a.online(app, alice, on('phone', 1001));
    await a.devices(app, [alice]);
    expect(await devicesOf(c, app)).toEqual(both);
    a.offline(app, alice, deviceId('phone'));
    a.offline(app, alice, deviceId('tablet'));
    await vi.waitFor(async () => expect(await devicesOf(c, app)).toEqual([on('phone', 2000)]), patience);
    await a.close();
    connection.close();
  });

  test('a device that has signed in elsewhere is there, though the clock of its last node was ahead, or that node has died', async () => {
    const [a, b, c] = [await node(), await node(), await node()];
    const app = newApp();
    a.presence.online(app, alice, on('phone', 1050));
    b.presence.online(app, alice, on('phone', 1000));
    a.presence.offline(app, alice, deviceId('phone'));
    await vi.waitFor(async () => expect(await devicesOf(c, app)).toEqual([on('phone', 1000)]), patience);
    a.presence.online(app, alice, on('phone', 9000));
    await vi.waitFor(async () => expect(await devicesOf(c, app)).toEqual([on('phone', 9000)]), patience);
    a.kill();
    await vi.waitFor(async () => expect(await devicesOf(c, app)).toEqual([]), patience);
    b.presence.online(app, alice, on('phone', 3000));
    await vi.waitFor(async () => expect(await devicesOf(c, app)).toEqual([on('phone', 3000)]), patience);
  });

  test('what a node held that died is offline some seconds later', async () => {
    const [a, b] = [await node(), await node()];
    const app = newApp();
    a.presence.online(app, alice, on('phone', 1));
    await vi.waitFor(async () => expect(await devicesOf(b, app)).toEqual([on('phone', 1)]), patience);
    a.kill();
    await vi.waitFor(async () => expect(await devicesOf(b, app)).toEqual([]), patience);
  });

  test('away, each node still serves its own; back and empty, all is as before without a hand', async () => {
    const [a, b] = [await node(), await node()];
    const app = newApp();
    const heard = await connected(a, b, app);
    a.presence.online(app, alice, on('phone', 1));
    await vi.waitFor(async () => expect(await devicesOf(b, app)).toEqual([on('phone', 1)]), patience);
    await vi.waitFor(() => expect([a.bus.isUp, b.bus.isUp]).toEqual([true, true]), patience);
    await server.stop();
    await vi.waitFor(() => expect([a.bus.isUp, b.bus.isUp]).toEqual([false, false]), patience);
    expect(await devicesOf(a, app)).toEqual([on('phone', 1)]);
    expect(await devicesOf(b, app)).toEqual([]);
    b.bus.publish(app, [{ userId: bob }], 'mine');
    expect(heard).toEqual([[app, { userId: bob }, 'mine']]);
    a.bus.publish(app, [{ userId: bob }], 'lost');
    // What changes meanwhile is told when it is back.
    a.presence.online(app, bob, on('tablet', 2));
    a.presence.offline(app, alice, deviceId('phone'));
    a.presence.online(app, alice, on('laptop', 3));
    await server.run();
    await vi.waitFor(async () => {
      expect(await devicesOf(b, app)).toEqual([on('laptop', 3)]);
      expect((await b.presence.devices(app, [bob])).get(bob)).toEqual([on('tablet', 2)]);
    }, patience);
    await vi.waitFor(() => expect([a.bus.isUp, b.bus.isUp]).toEqual([true, true]), patience);
    await vi.waitFor(() => {
      a.bus.publish(app, [{ userId: bob }], 'again');
      expect(heard.at(-1)).toEqual([app, { userId: bob }, 'again']);
    }, patience);
    expect(heard).not.toContainEqual([app, { userId: bob }, 'lost']);
  });

  test('what comes right after the bus says that others are heard for a user is heard', async () => {
    const [a, b] = [await node(), await node()];
    const app = newApp();
    const heard = await connected(a, b, app);
    for (let n = 0; n < 30; n += 1) {
      const to = { userId: userId(`soon${n}`) };
      await b.bus.follow(app, to.userId);
      a.bus.publish(app, [to], 'at once');
    }
    await vi.waitFor(() => expect(heard).toHaveLength(30), patience);
  });

  test('a break is a doubt, however short, until all that was joined is joined again', async () => {
    const [a, b] = [await node(), await node()];
    const app = newApp();
    await connected(a, b, app);
    let doubts = 0;
    const heard = hearing(b, () => {
      doubts += 1;
    });
    const many = Array.from({ length: 4000 }, (_, n) => ({ userId: userId(`user${n}`) }));
    for (const one of many) b.bus.follow(app, one.userId);
    await vi.waitFor(() => expect([a.bus.isUp, b.bus.isUp]).toEqual([true, true]), patience);
    const { Redis } = await import('ioredis');
    const other = new Redis(server.url);
    await other.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    other.disconnect();
    await vi.waitFor(() => expect([doubts, b.bus.isUp]).toEqual([1, false]), { timeout: patience, interval: 1 });
    await vi.waitFor(() => expect(b.bus.isUp).toBe(true), { timeout: patience, interval: 1 });
    a.bus.publish(app, many, 'again');
    await vi.waitFor(() => expect(heard).toHaveLength(many.length), patience);
    expect(doubts).toBe(1);
  });

  test('what a call is comes along with its notices, unless it is large, or nobody vouches for it', async () => {
    const [a, b] = [await node(), await node()];
    const app = newApp();
    const marks: unknown[] = [];
    b.bus.onDeliver({ deliver: (_app, _to, _frame, mark) => marks.push(mark), disconnect: () => {} });
    for (const one of [alice, bob]) await b.bus.follow(app, one);
    const mark = { callId: callId('c'), version: 2, eventSeq: 1, over: false };
    const call = { app, callId: mark.callId, version: 2, userData: '"😀\u0000', members: [] } as unknown as Call;
    const large = { ...call, userData: 'x'.repeat(5000) };
    const many = { ...call, members: Array.from({ length: 20 }, () => ({})) as never };
    a.bus.publish(app, [{ userId: alice }, { userId: bob }], 'frame', { ...mark, call });
    a.bus.publish(app, [{ userId: alice }], 'frame', { ...mark, call: large });
    a.bus.publish(app, [{ userId: alice }], 'frame', { ...mark, call: many });
    a.bus.publish(app, [{ userId: alice }], 'frame', { ...mark, over: true });
    const small = { ...mark, call };
    await vi.waitFor(() => expect(marks).toEqual([small, small, mark, mark, { ...mark, over: true }]), patience);
    // As somebody would write it there who knows the form.
    const { Redis } = await import('ioredis');
    const [spy, other] = [new Redis(server.url), new Redis(server.url)];
    const seen: string[] = [];
    spy.on('message', (_channel, text) => seen.push(text));
    await spy.subscribe(`ringback:user:${app}:alice`);
    a.bus.publish(app, [{ userId: alice }], 'frame', { ...mark, call });
    await vi.waitFor(() => expect(seen).toHaveLength(1), patience);
    const message = JSON.parse(seen[0] as string);
    expect(Object.keys(message)).toEqual(['from', 'app', 'to', 'frame', 'mark', 'call']);
    marks.length = 0;
    const text = JSON.stringify({ ...call, userData: 'forged' });
    for (const forged of [text, Buffer.from(text).toString('base64'), `${message.call.slice(0, -9)}AAAAAAAA=`, '']) {
      await other.publish(`ringback:user:${app}:alice`, JSON.stringify({ ...message, call: forged }));
    }
    const clear = { ...message.mark, call: JSON.parse(text) };
    for (const forged of [{ from: 'nobody' }, { mark: clear, call: undefined }, { mark: clear, call: 'AAAA' }]) {
      await other.publish(`ringback:user:${app}:alice`, JSON.stringify({ ...message, ...forged }));
    }
    await vi.waitFor(() => expect(marks).toEqual(Array(7).fill(mark)), patience);
    for (const one of [spy, other]) one.disconnect();
  });

  test('what could not be published is a doubt at the other nodes', async () => {
    const [a, b] = [await node(), await node()];
    const app = newApp();
    await connected(a, b, app);
    const doubts = { a: 0, b: 0 };
    hearing(a, () => {
      doubts.a += 1;
    });
    hearing(b, () => {
      doubts.b += 1;
    });
    // More at once than are sent at once.
    for (let n = 0; n < 6000; n += 1) a.bus.publish(app, [{ userId: alice }], 'frame');
    await vi.waitFor(() => expect(doubts).toEqual({ a: 0, b: 1 }), patience);
  });

  test('does not mind what others write there', async () => {
    const [a, b] = [await node(), await node()];
    const app = newApp();
    const heard = await connected(a, b, app);
    const { Redis } = await import('ioredis');
    const other = new Redis(server.url);
    const good = { from: 'x', app, to: [{ userId: 'bob' }], frame: 'frame' };
    const mark = { callId: 'c', version: 1, eventSeq: 1, over: false };
    const bad = [
      ...[{ device: {} }, { device: { toString: 1, valueOf: 1 } }, { except: 7 }].map((one) => ({
        to: [{ userId: 'bob', ...one }],
        mark: { ...mark, over: true },
      })),
      { to: Array(2000).fill({ userId: 'bob' }) },
      ...[{ to: [null] }, { to: [{}] }, { to: [7] }, { app: '1' }, { from: 7 }, { frame: {} }, { call: {} }],
      ...[
        { close: 1005 },
        { close: '4000' },
        { close: -1 },
        { close: 4004, until: '7' },
        { close: 4004, until: -1 },
        { mark: null },
        { mark: 7 },
        { mark: {} },
      ],
      ...[
        { version: 1.5 },
        { version: null },
        { version: 0 },
        { version: -1 },
        { callId: 'x'.repeat(200) },
        { version: { valueOf: 1 } },
        { eventSeq: 'x' },
        { over: 0 },
        { callId: 1 },
      ].map((one) => ({ mark: { ...mark, ...one } })),
      { frame: 'x'.repeat(2_000_000) },
    ].map((one) => JSON.stringify({ ...good, ...one }));
    for (const text of ['', 'no JSON', '[]', '{"to":1}', 'null', ...bad]) {
      await other.publish(`ringback:user:${app}:bob`, text);
    }
    await other.hset(`ringback:online:${app}:alice`, { phone: 'no JSON', tablet: '{}' });
    other.disconnect();
    expect(await devicesOf(a, app)).toEqual([]);
    a.bus.publish(app, [{ userId: bob }], 'frame');
    await vi.waitFor(() => expect(heard).toEqual([[app, { userId: bob }, 'frame']]), patience);
  });
});
