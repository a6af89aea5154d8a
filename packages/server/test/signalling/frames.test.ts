import { createConnection, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { requests } from '../../src/requests/index.ts';
import { listed } from '../../src/requests/request.ts';
import { type Scene, type SceneOptions, Stage, until } from './support.ts';

describe('frames', () => {
  const stage = new Stage();
  let scene: Scene;
  const open = async (options: SceneOptions = {}) => {
    scene = await stage.open(options);
  };

  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  const version = '"jsonrpc":"2.0"';

  it.each([
    ['no JSON', '{', null, -32700],
    ['nothing', '', null, -32700],
    ['a batch', `[{${version},"id":1,"method":"ping"}]`, null, -32600],
    ['an empty batch', '[]', null, -32600],
    ['a number', '7', null, -32600],
    ['null', 'null', null, -32600],
    ['of no version', '{"id":1,"method":"ping"}', 1, -32600],
    ['of another version', '{"jsonrpc":"1.0","id":"x","method":"ping"}', 'x', -32600],
    ['without a method', `{${version},"id":1}`, 1, -32600],
    ['an answer', `{${version},"id":1,"result":{}}`, 1, -32600],
    ['under an id of null', `{${version},"id":null,"method":"ping"}`, null, -32600],
    ['under a broken id', `{${version},"id":1.5,"method":"ping"}`, null, -32600],
    ['under an id beyond 2^53', `{${version},"id":9007199254740993,"method":"ping"}`, null, -32600],
    ['under an endless id', `{${version},"id":"${'x'.repeat(129)}","method":"ping"}`, null, -32600],
    ['of an unknown method', `{${version},"id":1,"method":"fly"}`, 1, -32601],
    ['of a method that every object has', `{${version},"id":1,"method":"constructor"}`, 1, -32601],
    ['of a method named __proto__', `{${version},"id":1,"method":"__proto__"}`, 1, -32601],
    ['with params in a list', `{${version},"id":1,"method":"ping","params":[]}`, 1, -32602],
    ['with params of another kind', `{${version},"id":1,"method":"ping","params":"x"}`, 1, -32602],
    ['nested 100 000 deep', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, null, -32600],
    ['cut off 100 000 deep', '['.repeat(100_000), null, -32700],
  ])('that are %s are answered with their own number, and the socket stays', async (_, text, id, code) => {
    await open();
    const alice = await scene.device('alice');
    const answer = await alice.sendRaw(text);
    expect({ id: answer.id, code: answer.error.code }).toEqual({ id, code });
    expect(await alice.ask('ping')).toEqual({});
  });

  it('may repeat keys, carry more than is asked for, and say null for what is absent', async () => {
    await open();
    const alice = await scene.device('alice');
    const text = `{${version},"method":"fly","id":1,"method":"ping","params":{"callId":null,"__proto__":{"callId":"x"},"more":1e999},"x":1}`;
    expect(await alice.sendRaw(text)).toEqual({ jsonrpc: '2.0', id: 1, result: {} });
    expect(await alice.sendRaw(`{${version},"id":2,"method":"ping","params":null}`)).toMatchObject({ result: {} });
  });

  it('without an id are carried out and not answered', async () => {
    await open();
    const alice = await scene.device('alice');
    const bob = await scene.device('bob');
    const params = { callees: ['bob'], mediaType: 'Audio' };
    alice.socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'call', params }));
    alice.socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'fly' }));
    await bob.hears('callReceived');
    await alice.ask('ping');
    expect(alice.log).toEqual(['answer signIn', 'answer ping']);
  });

  it('are carried out one at a time, in their order', async () => {
    await open();
    const alice = await scene.device('alice');
    await scene.device('bob');
    alice.forget();
    const answers = await Promise.all([
      alice.tell('call', { callees: ['bob'], mediaType: 'Audio' }),
      alice.tell('call', { callees: ['bob'], mediaType: 'Audio' }),
      alice.tell('ping'),
      alice.tell('profile', { userIds: [] }),
    ]);
    expect(answers.map(({ error }) => error?.data.name)).toEqual([undefined, 'already_in_call', undefined, undefined]);
    expect(alice.log).toEqual(['answer call', 'refusal call already_in_call', 'answer ping', 'answer profile']);
  });

  it.each([
    ['at once', false],
    ['later', true],
  ])('that come all at once let those of others come between them (answered %s)', async (_, later) => {
    const done: string[] = [];
    const work = listed({
      method: 'profile',
      needs: 'nothing',
      handle: (_context, { userIds: [name = ''] }, answer) => {
        done.push(name);
        for (const until = performance.now() + 5; performance.now() < until; );
        if (later) return Promise.resolve().then(() => answer([]));
        answer([]);
        return undefined;
      },
    });
    await open({ requests: [work], limits: { signInFrames: 1000, framesPerSecond: 1000 } });
    const [alice, bob] = [await scene.connect('alice'), await scene.connect('bob')];
    // So many of those that are answered at once are not too many to wait; of the others 64 may.
    const names = Array.from({ length: later ? 20 : 90 }, (_unused, n) => `a${n}`);
    const { _socket: line } = alice.socket as unknown as { readonly _socket: Socket };
    line.cork();
    const answers = names.map((name) => alice.tell('profile', { userIds: [name] }));
    line.uncork();
    await bob.tell('profile', { userIds: ['bob'] });
    // Both had come when the first of them was read: one for each turn until then.
    expect(done.indexOf('bob')).toBeLessThan(8);
    for (const { result } of await Promise.all(answers)) expect(result).toEqual([]);
    expect(done.filter((name) => name !== 'bob')).toEqual(names);
  });

  it('that come faster than they are carried out wait at the device, and not in the memory of the server', async () => {
    const slow = listed({
      method: 'profile',
      needs: 'nothing',
      handle: (_context, _params, answer) => {
        for (const until = performance.now() + 10; performance.now() < until; );
        answer([]);
        return undefined;
      },
    });
    await open({ requests: [...requests, slow], limits: { framesPerSecond: 1000 } });
    const alice = await scene.device('alice');
    const pad = 'x'.repeat(250_000);
    const answers = Array.from({ length: 120 }, () => alice.tell('profile', { userIds: [], pad }));
    await answers[39];
    // Of the 20 MB that are still to be handled the kernel keeps some.
    expect(alice.socket.bufferedAmount).toBeGreaterThan(5_000_000);
    for (const { result } of await Promise.all(answers)) expect(result).toEqual([]);
    expect(alice.socket.bufferedAmount).toBe(0);
  });

  it('that are no requests are answered in their turn, too', async () => {
    await open();
    const alice = await scene.device('alice');
    const order: unknown[] = [];
    alice.socket.on('message', (data: Buffer) => order.push(JSON.parse(data.toString()).id));
    for (const frame of [
      `{${version},"id":1,"method":"call","params":{"callees":["bob"],"mediaType":"Audio"}}`,
      '{',
      '7',
    ])
      alice.socket.send(frame);
    await alice.ask('ping');
    expect(order.slice(0, 3)).toEqual([1, null, null]);
  });

  it('that wait in too long a queue are refused as too fast', async () => {
    let release: (() => void) | undefined;
    const slow = listed({
      method: 'profile',
      needs: 'nothing',
      handle: async (_, __, answer) => {
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        answer([]);
      },
    });
    await open({ requests: [slow], limits: { signInFrames: 100, waitingRequests: 3 } });
    const alice = await scene.connect('alice');
    const answers = Array.from({ length: 5 }, () => alice.tell('profile', { userIds: [] }));
    expect((await answers[4]).error).toMatchObject({ code: 60007, data: { name: 'too_fast' } });
    for (let i = 0; i < 4; i += 1) {
      await until(() => (release === undefined ? 'not running yet' : undefined));
      release?.();
      release = undefined;
      expect((await answers[i]).result).toEqual([]);
    }
  });

  it('that meet a defect of the server get a general answer, and the log the whole truth', async () => {
    const faulty = [
      listed({
        method: 'ping',
        needs: 'nothing',
        handle: () => {
          throw new Error('secret of the inside');
        },
      }),
      listed({
        method: 'profile',
        needs: 'nothing',
        handle: async () => Promise.reject(new Error('secret of the inside')),
      }),
      listed({ method: 'reject', needs: 'nothing', handle: async () => {} }),
    ];
    await open({ requests: faulty });
    const alice = await scene.connect('alice');
    const overloaded = { code: 101001, name: 'overloaded', reason: 'internal' };
    expect(await alice.refusal('ping')).toEqual(overloaded);
    expect(await alice.refusal('profile', { userIds: [] })).toEqual(overloaded);
    expect(await alice.refusal('reject', { callId: 'x' })).toEqual(overloaded);
    expect(JSON.stringify(alice.frames)).not.toContain('secret');
    expect(scene.errors.map(({ err }) => err.message)).toEqual([
      'secret of the inside',
      'secret of the inside',
      'The request was not answered.',
    ]);
  });

  describe('close the socket', () => {
    it('with 4002 when they are binary', async () => {
      await open();
      const alice = await scene.device('alice');
      alice.socket.send(Buffer.from(`{${version},"id":1,"method":"ping"}`));
      expect(await alice.closed()).toBe(4002);
    });

    it('with 4002 when they are not UTF-8 or against the WebSocket protocol', async () => {
      await open();
      const alice = await scene.device('alice');
      // A text frame of one byte, 0xff, masked with zeros; then a frame of a reserved kind.
      rawSocket(alice).write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff]));
      expect(await alice.closed()).toBe(4002);
      const bob = await scene.device('bob');
      rawSocket(bob).write(Buffer.from([0x83, 0x80, 0, 0, 0, 0]));
      expect(await bob.closed()).toBe(4002);
      await until(() => (scene.seen.filter((line) => line === 'closed 4002').length === 2 ? undefined : 'not noted'));
    });

    it('with 4009 when there are more than 5 before the sign-in, broken ones and pings included', async () => {
      await open();
      const alice = await scene.connect('alice');
      for (let i = 0; i < 3; i += 1) await alice.sendRaw('{');
      alice.socket.ping();
      expect(await alice.refusal('ping')).toMatchObject({ name: 'not_signed_in' });
      alice.socket.send('{}');
      expect(await alice.closed()).toBe(4009);
    });

    it('with 4009 when they are larger than 16 KiB before, or 256 KiB after the sign-in', async () => {
      await open();
      const around = JSON.stringify({ jsonrpc: '2.0', id: 'big', method: 'ping', params: { x: '' } });
      const frame = (bytes: number) => around.replace('""', `"${'x'.repeat(bytes - around.length)}"`);
      const alice = await scene.connect('alice');
      expect(await alice.sendRaw(frame(16_384))).toMatchObject({ id: 'big' });
      alice.socket.send(frame(16_385));
      expect(await alice.closed()).toBe(4009);
      const bob = await scene.device('bob');
      expect(await bob.sendRaw(frame(262_144))).toMatchObject({ id: 'big', result: {} });
      bob.socket.send(frame(262_145));
      expect(await bob.closed()).toBe(4009);
      await until(() => (scene.seen.filter((line) => line === 'closed 4009').length === 2 ? undefined : 'not noted'));
    });

    it('with 4009 before the sign-in as soon as one announces to be too large, without waiting for it', async () => {
      await open();
      const alice = await scene.connect('alice');
      // The head of a text frame of 100 000 bytes.
      const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x01, 0x86, 0xa0, 0, 0, 0, 0]);
      rawSocket(alice).write(head);
      expect(await alice.closed()).toBe(4009);
      const bob = await scene.device('bob');
      rawSocket(bob).write(head);
      rawSocket(bob).write(Buffer.alloc(100_000, '['));
      await until(() => (bob.log.length > 1 ? undefined : 'no answer'));
      expect(bob.frames.at(-1).error.code).toBe(-32700);
    });

    it('with 4009 when there are more than 100 in a second, but not when there are 100 in each', async () => {
      await open();
      const alice = await scene.device('alice');
      scene.clock.advance(1000);
      for (let second = 0; second < 3; second += 1) {
        for (let i = 0; i < 99; i += 1) alice.socket.send('{}');
        expect(await alice.ask('ping')).toEqual({});
        scene.clock.advance(1000);
      }
      for (let i = 0; i < 101; i += 1) alice.socket.send('{}');
      expect(await alice.closed()).toBe(4009);
    });

    it('with 4009 when one comes in more pieces than make sense', async () => {
      await open();
      const alice = await scene.device('alice');
      for (let i = 0; i < 300; i += 1) alice.socket.send('', { fin: false });
      expect(await alice.closed()).toBe(4009);
    });
  });

  it('are not buffered without bound for a reader that does not read: it is cut', async () => {
    await open({ limits: { unreadBytes: 200_000, closeTime: 200 } });
    const alice = await scene.device('alice');
    const bob = await scene.device('bob');
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.ask('accept', { callId });
    rawSocket(bob).pause();
    // Fewer seconds than a device may be silent: what cuts it is what it does not read.
    for (let second = 0; second < 12 && !scene.seen.includes('closed 4008'); second += 1) {
      scene.clock.advance(1000);
      for (let i = 0; i < 40; i += 1) {
        const params = { callId, to: 'bob', data: 'x'.repeat(60_000) };
        alice.socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'signal', params }));
      }
      // Answered after all that was said before.
      await alice.ask('ping');
    }
    await until(() => (scene.seen.includes('closed 4008') ? undefined : 'it is not cut'), 15_000);
    expect(scene.signalling.sockets).toBe(1);
    expect(alice.isOpen).toBe(true);
  });

  it('of any kind never bring the server down: each is answered, or closes its socket', {
    timeout: 60_000,
  }, async () => {
    await open({ limits: { framesPerSecond: 1_000_000, signInFrames: 1_000_000 } });
    const methods = [
      'signIn',
      'call',
      'accept',
      'invite',
      'join',
      'ping',
      'resume',
      'signal',
      'profile',
      'switchMedia',
      'fly',
    ];
    const json = fc.oneof(
      fc.json(),
      fc
        .record({
          jsonrpc: fc.constantFrom('2.0', 2),
          id: fc.oneof(fc.integer(), fc.string(), fc.double(), fc.constant(null)),
          method: fc.oneof(fc.constantFrom(...methods), fc.string()),
          params: fc.oneof(
            fc.object({
              key: fc.constantFrom('callId', 'callees', 'users', 'to', 'data', 'eventSeq', 'mediaType', '__proto__'),
            }),
            fc.jsonValue(),
          ),
        })
        .map((frame) => JSON.stringify(frame)),
      fc.string({ unit: 'binary' }),
    );
    let signedIn = await scene.device('fuzz', 'in');
    let stranger = await scene.connect('fuzz', 'out');
    await fc.assert(
      fc.asyncProperty(json, fc.boolean(), async (text, inside) => {
        if (!signedIn.isOpen) signedIn = await scene.device('fuzz', 'in');
        if (!stranger.isOpen) stranger = await scene.connect('fuzz', 'out');
        const device = inside ? signedIn : stranger;
        const before = device.frames.length;
        device.socket.send(text);
        await until(() =>
          device.frames.length > before || device.closeCode !== 0 || !expectsAnswer(text)
            ? undefined
            : `no answer to ${text}`,
        );
        if (device.closeCode !== 0) expect([4001, 4002, 4003, 4009]).toContain(device.closeCode);
      }),
      { numRuns: 1000 },
    );
    expect(scene.errors).toEqual([]);
    expect(await (await scene.device('other')).ask('ping')).toEqual({});
  });

  it('that are raw noise on the line close it, and nothing else', async () => {
    await open();
    const alice = await scene.device('alice');
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (noise) => {
        const socket = createConnection(scene.port, '127.0.0.1');
        const gone = new Promise((resolve) => socket.once('close', resolve));
        socket.on('error', () => {});
        socket.write(
          `GET /signalling HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ringback.v1\r\n\r\n`,
        );
        socket.write(noise);
        socket.end();
        socket.resume();
        await gone;
      }),
      { numRuns: 100 },
    );
    expect(await alice.ask('ping')).toEqual({});
    expect(scene.errors).toEqual([]);
  });
});

/** The bare socket under a device's WebSocket. */
function rawSocket(device: { readonly socket: object }) {
  return (device.socket as { readonly _socket: import('node:net').Socket })._socket;
}

/** A request without an id is not answered. */
function expectsAnswer(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return true;
    const { id, jsonrpc, method } = value as Record<string, unknown>;
    return !(id === undefined && jsonrpc === '2.0' && typeof method === 'string');
  } catch {
    return true;
  }
}
