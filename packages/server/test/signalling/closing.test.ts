import { request } from 'node:http';
import { deviceId, userId } from 'ringback-protocol';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { kickedOutFrame } from '../../src/calls/kicked-out.ts';
import { type Scene, type SceneOptions, Stage, until } from './support.ts';

describe('the server closes a socket', () => {
  const stage = new Stage();
  let scene: Scene;
  const open = async (options: SceneOptions = {}) => {
    scene = await stage.open(options);
  };

  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  it('with 4001 when there is no sign-in within 10 s, whatever else it sends', async () => {
    await open({ limits: { signInFrames: 100 } });
    const alice = await scene.connect('alice');
    for (let i = 0; i < 9; i += 1) {
      scene.clock.advance(1000);
      await alice.sendRaw('{}');
    }
    expect(alice.isOpen).toBe(true);
    scene.clock.advance(1000);
    expect(await alice.closed()).toBe(4001);
  });

  it('with 1001 after 60 s of silence, and not before', async () => {
    await open();
    const alice = await scene.device('alice');
    const bob = await scene.device('bob');
    await scene.pass(59_000, [bob]);
    expect(alice.isOpen).toBe(true);
    await scene.pass(2000, [bob]);
    expect(await alice.closed()).toBe(1001);
    const devices = await scene.presence.devices(scene.app.sdkAppId, [userId('alice'), userId('bob')]);
    expect([...devices.keys()]).toEqual(['bob']);
  });

  it('for silence by real time alone: one that is heard stays, and its call, when somebody sets the time ahead', async () => {
    await open();
    const alice = await scene.device('alice');
    const bob = await scene.device('bob');
    const stranger = await scene.connect('carol');
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.hears('callReceived');
    await bob.ask('accept', { callId });
    await alice.hears('callChanged');
    scene.clock.leap(3_600_000);
    await scene.pass(5000, [alice, bob]);
    expect([alice, bob, stranger].map(({ isOpen }) => isOpen)).toEqual([true, true, true]);
    await scene.pass(14_000, [alice]);
    expect(alice.log).not.toContain('callEnded');
    await scene.pass(2000, [alice]);
    expect(await alice.hears('callEnded')).toMatchObject({ callId, result: 'Offline' });
    expect(await stranger.closed()).toBe(4001);
    await scene.pass(45_000, [alice]);
    expect(await bob.closed()).toBe(1001);
    expect(alice.isOpen).toBe(true);
  });

  it('with 1000 after the answer to a sign-out, and the user has left the call at once', async () => {
    await open();
    const alice = await scene.device('alice');
    const bob = await scene.device('bob');
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.hears('callReceived');
    await bob.ask('accept', { callId });
    await alice.hears('callChanged');
    alice.forget();
    expect(await alice.ask('signOut')).toEqual({});
    expect(await alice.closed()).toBe(1000);
    expect(alice.log).toEqual(['answer signOut', 'callEnded']);
    expect(await bob.hears('callEnded')).toMatchObject({ reason: 1, userId: 'alice', result: 'NormalEnd' });
    expect(await bob.ask('signOut')).toEqual({});
    expect(scene.signalling.devices).toBe(0);
  });

  it('of a ringing device that signs out, and the call rings on', async () => {
    await open();
    const alice = await scene.device('alice');
    const bob = await scene.device('bob');
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.ask('signOut');
    const tablet = await scene.device('bob', 'bob-tablet');
    expect(await tablet.hears('callReceived')).toMatchObject({ callId });
  });

  it('with 4003 when the signature runs out, after saying so', async () => {
    await open();
    const alice = await scene.connect('alice');
    await alice.signIn({ userSig: scene.userSig('alice', 30) });
    await scene.pass(30_000, [alice]);
    expect(alice.log).not.toContain('sigExpired');
    await scene.pass(2000);
    expect(await alice.closed()).toBe(4003);
    expect(alice.log.at(-1)).toBe('sigExpired');
  });

  it('with 4003 only after the call that needs it; until then it starts nothing new', async () => {
    await open();
    const alice = await scene.connect('alice');
    await alice.signIn({ userSig: scene.userSig('alice', 10) });
    const bob = await scene.device('bob');
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.hears('callReceived');
    await bob.ask('accept', { callId });
    await scene.pass(14_000, [alice, bob]);
    await alice.hears('sigExpired');
    expect(alice.isOpen).toBe(true);
    expect(alice.log.filter((line) => line === 'sigExpired')).toHaveLength(1);
    expect(await alice.refusal('invite', { callId, users: ['carol'] })).toEqual({
      code: 70001,
      name: 'bad_signature',
      reason: 'usersig_expired',
    });
    expect(await alice.ask('hangUp', { callId })).toEqual({});
    await scene.pass(2000, [bob]);
    expect(await alice.closed()).toBe(4003);
  });

  it('with 4005 when its user is kicked, wherever the order comes from', async () => {
    await open();
    const phone = await scene.device('alice');
    const tablet = await scene.device('alice', 'tablet');
    const bob = await scene.device('bob');
    scene.bus.disconnect(scene.app.sdkAppId, { userId: userId('alice') }, 4005, kickedOutFrame('deleted'));
    expect(await phone.hears('kickedOut')).toEqual({ reason: 'deleted' });
    expect([await phone.closed(), await tablet.closed()]).toEqual([4005, 4005]);
    scene.bus.disconnect(scene.app.sdkAppId, { userId: userId('bob'), device: deviceId('bob-phone') }, 4005);
    expect(await bob.hears('kickedOut')).toEqual({ reason: 'kicked' });
    expect(await bob.closed()).toBe(4005);
  });

  it('with 1012 and the time to come back within when it stops, after the answers under way', async () => {
    let finish: (() => void) | undefined;
    await open({
      calls: (calls) =>
        new Proxy(calls, {
          get: (target, name) => {
            if (name !== 'start') return Reflect.get(target, name).bind(target);
            return async (...args: Parameters<typeof calls.start>) => {
              await new Promise<void>((resolve) => {
                finish = resolve;
              });
              return target.start(...args);
            };
          },
        }),
    });
    const alice = await scene.device('alice');
    const stranger = await scene.connect('stranger');
    await scene.device('bob');
    const answer = alice.tell('call', { callees: ['bob'], mediaType: 'Audio' });
    await until(() => (finish === undefined ? 'not under way yet' : undefined));
    const stopped = scene.signalling.close();
    expect(await stranger.closed()).toBe(1012);
    expect(alice.isOpen).toBe(true);
    finish?.();
    expect((await answer).result).toMatchObject({ role: 'caller' });
    expect(await alice.closed()).toBe(1012);
    expect(JSON.parse(alice.closeReason)).toEqual({ retryMs: 3000 });
    await stopped;
    expect(scene.signalling.sockets).toBe(0);
    const call = await scene.calls.callOf(scene.app, userId('alice'));
    expect(call?.members[0]?.status).toBe('Calling');
    await expect(scene.connect('late')).rejects.toThrow('503');
  });

  it('the hard way when it stops and the device does not let go', async () => {
    await open({ limits: { retry: 1 } });
    const alice = await scene.device('alice');
    (alice.socket as unknown as { readonly _socket: { pause(): void } })._socket.pause();
    const stopped = scene.signalling.close();
    scene.clock.advance(3000);
    await stopped;
  });
});

describe('an upgrade', () => {
  const stage = new Stage();
  let scene: Scene;

  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  /** What the HTTP answer to an upgrade says. */
  const refused = (path: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };
      const key = { 'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64') };
      const sent = request({ port: scene.port, path, headers: { ...upgrade, ...key, ...headers } }, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, text }));
      });
      sent.on('upgrade', (_, socket) => {
        socket.destroy();
        reject(new Error('The upgrade was accepted.'));
      });
      sent.on('error', reject);
      sent.end();
    });

  it('without the sub-protocol, or elsewhere, is told what is missing', async () => {
    scene = await stage.open();
    const offer = { 'Sec-WebSocket-Protocol': 'ringback.v1' };
    expect(await refused('/signalling')).toMatchObject({ status: 400, text: expect.stringContaining('ringback.v1') });
    expect(await refused('/signalling', { 'Sec-WebSocket-Protocol': 'mqtt' })).toMatchObject({ status: 400 });
    expect(await refused('/elsewhere', offer)).toMatchObject({
      status: 404,
      text: expect.stringContaining('/signalling'),
    });
    expect(await refused('/signalling', { ...offer, 'Sec-WebSocket-Version': '7' })).toMatchObject({ status: 400 });
    expect(scene.seen).toEqual(['turnedAway protocol', 'turnedAway protocol', 'turnedAway path']);
  });

  it('that offers the sub-protocol among others, with a query, is accepted without compression', async () => {
    scene = await stage.open();
    const socket = new WebSocket(`${scene.url}?x=1`, ['mqtt', 'ringback.v1'], { perMessageDeflate: true });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    expect(socket.protocol).toBe('ringback.v1');
    expect(socket.extensions).toBe('');
    socket.terminate();
  });

  it('is refused when its address has too many sockets, and welcome when one has gone', async () => {
    scene = await stage.open({ limits: { socketsPerAddress: 2 } });
    const from = (ip: string) => ({ 'x-test-ip': ip });
    const offer = { 'Sec-WebSocket-Protocol': 'ringback.v1' };
    await scene.connect('a', 'a', from('2001:db8::1'));
    const second = await scene.connect('b', 'b', from('2001:db8:0:0:ffff::2'));
    expect(await refused('/signalling', { ...offer, ...from('2001:db8::3') })).toMatchObject({ status: 429 });
    await scene.connect('c', 'c', from('2001:db8:0:1::1'));
    second.drop();
    await until(() => (scene.signalling.sockets === 2 ? undefined : 'still there'));
    await scene.connect('d', 'd', from('2001:db8::3'));
  });

  it('is refused when too many have not signed in yet; those who have do not count', async () => {
    scene = await stage.open({ limits: { unsignedSocketsPerAddress: 2, unsignedSockets: 3, sockets: 6 } });
    const offer = { 'Sec-WebSocket-Protocol': 'ringback.v1' };
    const other = { 'x-test-ip': '10.0.0.1' };
    await scene.connect('a');
    const b = await scene.connect('b');
    expect(await refused('/signalling', offer)).toMatchObject({ status: 429 });
    await scene.connect('c', 'c', other);
    expect(await refused('/signalling', { ...offer, ...other })).toMatchObject({ status: 503 });
    await b.signIn();
    await scene.device('d');
    await scene.device('e');
    await scene.device('f');
    expect(scene.signalling.sockets).toBe(6);
    expect(await refused('/signalling', { ...offer, 'x-test-ip': '10.0.0.2' })).toMatchObject({ status: 503 });
  });
});
