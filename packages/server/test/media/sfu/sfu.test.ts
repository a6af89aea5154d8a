import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { Refusal, type UserId, userId } from 'ringback-protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { NativeMember } from '../../../../../bench/lib/native-member.mjs';
import { type SfuOptions, SfuProvider } from '../../../src/media/sfu/sfu.ts';
import { openLog } from '../../../src/observe/log.ts';
import { systemClock } from '../../../src/observe/system-clock.ts';
import type { DeviceMessage, MediaRoom } from '../../../src/ports/media.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const { log } = openLog({ level: 'silent' });
const dist = fileURLToPath(new URL('../../../dist/', import.meta.url));

/** Asks until it is so. */
async function until(what: string, right: () => boolean, ms = 10_000): Promise<void> {
  for (const from = performance.now(); !right(); await new Promise((resolve) => setTimeout(resolve, 10))) {
    if (performance.now() - from > ms) throw new Error(`It did not come: ${what}.`);
  }
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the built-in SFU', () => {
  const closing: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  function provide(options: Partial<SfuOptions> = {}): SfuProvider {
    const provider = new SfuProvider({ clock: systemClock, log, address: '127.0.0.1', ...options });
    closing.push(() => provider.close());
    return provider;
  }

  /** A room; `events` tells what happened in it. */
  async function openRoom(provider: SfuProvider) {
    const members = new Map<UserId, NativeMember>();
    const events: string[] = [];
    const room: MediaRoom = await provider.open('room', {
      tell: (user, data) => members.get(user)?.take(data),
      media: (user, state) => events.push(`${state} ${user}`),
      lost: (reason) => events.push(`lost: ${reason}`),
    });
    /** A member that publishes; a timer plays its streams, unless it is to be silent. */
    const enter = (name: string, { silent = false } = {}) => {
      const id = userId(name);
      const member = new NativeMember({ send: (data: DeviceMessage) => room.receive(id, data) });
      members.set(id, member);
      room.enter(id);
      member.publish();
      const timer = silent ? undefined : setInterval(() => member.play(), 10);
      closing.push(() => {
        clearInterval(timer);
        member.close();
      });
      return member;
    };
    return { room, events, enter };
  }

  it('forwards sound and pictures between members, as unbroken streams', async () => {
    const { enter, events } = await openRoom(provide());
    const [alice, bob] = [enter('alice'), enter('bob')];
    const numbers = new Map<string, number[]>();
    bob.onPacket = (mid: string, packet: Buffer) => {
      const seen = numbers.get(mid) ?? [];
      numbers.set(mid, seen);
      seen.push(packet.readUInt16BE(2));
    };
    await until('packets', () => bob.received > 100 && alice.received > 100);
    expect(bob.feeds).toEqual([
      { mid: '0', userId: 'alice', kind: 'audio' },
      { mid: '1', userId: 'alice', kind: 'video' },
    ]);
    expect(events.sort()).toEqual(['up alice', 'up bob']);
    for (const seen of numbers.values()) {
      expect(seen.length).toBeGreaterThan(10);
      for (let i = 1; i < seen.length; i += 1) expect(((seen[i] ?? 0) - (seen[i - 1] ?? 0)) & 0xffff).toBe(1);
    }
  });

  it('says how much it does', async () => {
    const provider = provide();
    const { enter, room } = await openRoom(provider);
    const [alice, bob] = [enter('alice'), enter('bob')];
    await until('figures', () => (provider.status().packetsPerSecond ?? 0) > 100);
    expect(provider.status()).toMatchObject({ up: true, rooms: 1, peers: 2, loss: 0 });
    expect(alice.received + bob.received).toBeGreaterThan(0);
    room.close();
    await until('an empty house', () => provider.status().peers === 0);
    expect(provider.status()).toMatchObject({ up: true, rooms: 0 });
  });

  it('shows on the lines of one who left the next one who comes', async () => {
    const { enter, room } = await openRoom(provide());
    const alice = enter('alice');
    for (const name of ['bob', 'carol', 'dave']) {
      const other = enter(name);
      const before = alice.received;
      await until(`packets of ${name}`, () => alice.received > before + 50);
      expect(alice.feeds.map((feed: { mid: string; userId: string }) => `${feed.mid} ${feed.userId}`)).toEqual([
        `0 ${name}`,
        `1 ${name}`,
      ]);
      room.leave(userId(name));
      await until('an empty table', () => alice.feeds.length === 0);
      other.close();
    }
  });

  it('says its answer again to one who enters again, until the connection is up', async () => {
    const { enter, room, events } = await openRoom(provide());
    const alice = enter('alice', { silent: true });
    const answers: { readonly type: string }[] = [];
    const take = alice.take.bind(alice);
    alice.take = (message: { readonly type: string }) => void answers.push(message);
    await until('an answer', () => answers.length === 1);
    room.enter(userId('alice'));
    await until('another one', () => answers.length === 2);
    expect(answers[1]).toEqual(answers[0]);
    alice.take = take;
    take(answers[1]);
    await until('the connection', () => events.includes('up alice'));
    alice.take = (message: { readonly type: string }) => void answers.push(message);
    room.enter(userId('alice'));
    enter('bob');
    await until('an offer of what bob publishes', () => answers.length > 2);
    expect(answers.slice(2).filter(({ type }) => type === 'answer')).toEqual([]);
  });

  it('says at once that its rooms are lost when its process dies, and has a new one soon', async () => {
    const provider = provide();
    const first = await openRoom(provider);
    const alice = first.enter('alice');
    first.enter('bob');
    await until('packets', () => alice.received > 10);
    const pid = provider.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await until('the loss', () => first.events.some((event) => event.startsWith('lost: ')), 1000);
    expect(provider.status()).toMatchObject({ up: false, rooms: 0, peers: 0 });
    expect(provider.status().problem).toMatch(/started again/);
    // What is asked of a lost room does nothing.
    first.room.enter(userId('carol'));
    first.room.close();
    const second = await openRoom(provider);
    expect(provider.pid).not.toBe(pid);
    const carol = second.enter('carol');
    second.enter('dave');
    await until('packets in the new room', () => carol.received > 10);
  });

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'goes on when its process gets the %s of the whole group: the server says when it ends',
    async (signal) => {
      const provider = provide();
      const { enter, events } = await openRoom(provider);
      const alice = enter('alice');
      enter('bob');
      await until('packets', () => alice.received > 10);
      const pid = provider.pid ?? 0;
      process.kill(pid, signal);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const before = alice.received;
      await until('more packets', () => alice.received > before + 10);
      expect([provider.pid, provider.status().up, events.filter((event) => event.startsWith('lost'))]).toEqual([
        pid,
        true,
        [],
      ]);
      await provider.close();
      expect(alive(pid)).toBe(false);
    },
  );

  it('takes a process that gives no sign of life for dead', async () => {
    const clock = new ManualClock();
    const provider = provide({ clock });
    await provider.ready();
    const { events } = await openRoom(provider);
    const pid = provider.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    for (let i = 0; i < 4 && alive(pid); i += 1) {
      clock.advance(10_000);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await until('the loss', () => events.some((event) => event.startsWith('lost: ')));
    expect(alive(pid)).toBe(false);
  });

  it('rejects with a sentence while another program has its port, and runs once it is free', async () => {
    const other = createSocket('udp4');
    await new Promise<void>((resolve) => other.bind(0, '127.0.0.1', resolve));
    const { port } = other.address();
    const provider = provide({ port });
    await expect(provider.open('room', { tell() {}, media() {}, lost() {} })).rejects.toThrow(
      `The built-in SFU cannot listen on UDP port ${port} of 127.0.0.1: EADDRINUSE.`,
    );
    expect(provider.status()).toMatchObject({ up: false, problem: expect.stringMatching(/EADDRINUSE/) });
    await new Promise<void>((resolve) => other.close(resolve));
    await until('the next try', () => provider.status().up, 15_000);
    expect(provider.port).toBe(port);
  });

  it('rejects with a sentence, for good, where the native module cannot be loaded', async () => {
    // The build without what is installed beside it.
    const folder = mkdtempSync(join(tmpdir(), 'ringback-bare-'));
    closing.push(() => rmSync(folder, { recursive: true }));
    cpSync(join(dist, 'media'), join(folder, 'media'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const provider = provide({ program: pathToFileURL(join(folder, 'media/sfu/child/main.js')) });
    const open = () => provider.open('room', { tell() {}, media() {}, lost() {} });
    await expect(open()).rejects.toThrow(/^The built-in SFU cannot run here: node-datachannel has no binary for /);
    await expect(open()).rejects.toThrow(/cannot run here/);
    expect(provider.status()).toMatchObject({ up: false, problem: expect.stringMatching(/cannot run here/) });
    await until('the end of the process', () => provider.pid === undefined);
  });

  it('ends its process when it is closed, even one that does not listen', async () => {
    const provider = provide();
    await provider.ready();
    const pid = provider.pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    await provider.close();
    expect(alive(pid)).toBe(false);
    await expect(provider.ready()).rejects.toThrow('The built-in SFU is closed.');
  });

  it('calls nothing a loss when it is closed while its process begins', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringback-late-'));
    closing.push(() => rmSync(folder, { recursive: true }));
    const program = join(folder, 'late.mjs');
    // Is ready only when it is told to stop, and ends as the real one does.
    writeFileSync(
      program,
      `import { writeFileSync } from 'node:fs';
      process.on('SIGTERM', () => {});
      process.on('message', ({ type }) => {
        if (type === 'stop') process.send({ type: 'ready', port: 1 }, () => process.kill(process.pid, 'SIGKILL'));
      });
      writeFileSync(new URL('listens', import.meta.url), '');`,
    );
    const errors: unknown[] = [];
    const noting = { ...log, info() {}, warn() {}, error: (fields: unknown) => errors.push(fields) } as never;
    const provider = provide({ program: pathToFileURL(program), log: noting });
    await until('a process that listens', () => existsSync(join(folder, 'listens')));
    await provider.close();
    expect(errors).toEqual([]);
  });

  it('leaves no process behind when the server is killed', async () => {
    const program = `
      const { SfuProvider } = await import(${JSON.stringify(pathToFileURL(join(dist, 'media/sfu/sfu.js')).href)});
      const { systemClock } = await import(${JSON.stringify(pathToFileURL(join(dist, 'observe/system-clock.js')).href)});
      const log = { info() {}, warn() {}, error() {}, debug() {} };
      const sfu = new SfuProvider({ clock: systemClock, log, address: '127.0.0.1' });
      await sfu.ready();
      console.log('pid', sfu.pid);`;
    const server: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) => {
      server.stdout?.on('data', (text) => resolve(Number(/pid (\d+)/.exec(String(text))?.[1])));
    });
    expect(alive(pid)).toBe(true);
    server.kill('SIGKILL');
    await until('the end of the process', () => !alive(pid), 5000);
  });

  describe('in front of a hostile device', () => {
    it('refuses bad data by name, and goes on', async () => {
      const { room, enter } = await openRoom(provide());
      const alice = enter('alice');
      enter('bob');
      await until('packets', () => alice.received > 10);
      const mallory = userId('mallory');
      room.enter(mallory);
      const say = (data: unknown) => {
        try {
          room.receive(mallory, data as DeviceMessage);
          return 'taken';
        } catch (error) {
          return error instanceof Refusal ? error.reason : `a defect: ${String(error)}`;
        }
      };
      const anything = fc.record(
        {
          type: fc.oneof(fc.constantFrom('offer', 'answer', 'candidate', 'want', 'state', '__proto__'), fc.anything()),
          sdp: fc.oneof(fc.string(), fc.constant('v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111'), fc.anything()),
          n: fc.oneof(fc.integer(), fc.anything()),
          candidate: fc.oneof(fc.string(), fc.anything()),
          userId: fc.oneof(fc.constantFrom('alice', 'nobody'), fc.anything()),
          layer: fc.oneof(fc.constantFrom('high', 'low', 'off'), fc.anything()),
          pc: fc.anything(),
        },
        { requiredKeys: ['type'] },
      );
      fc.assert(
        fc.property(anything, (data) => {
          expect(['taken', 'frame_bad_params', 'too_fast']).toContain(say(data));
        }),
        { numRuns: 500 },
      );
      const before = alice.received;
      await until('more packets', () => alice.received > before + 50);
    });

    it('takes a limited number of offers in a while, each in the place of the one before', async () => {
      const { room, enter } = await openRoom(provide());
      const [alice, bob] = [enter('alice'), enter('bob')];
      await until('packets', () => alice.received > 10);
      const offers: string[] = [];
      for (let i = 0; i < 7; i += 1) {
        const member = new NativeMember({
          send: (data: DeviceMessage) => data.type === 'offer' && offers.push(data.sdp),
        });
        member.publish();
        closing.push(() => member.close());
      }
      await until('offers', () => offers.length === 7);
      for (const sdp of offers) room.receive(userId('bob'), { type: 'offer', sdp });
      expect(() => room.receive(userId('bob'), { type: 'offer', sdp: offers[0] ?? '' })).toThrow(/too often/);
      const before = bob.received;
      await until('what bob receives goes on', () => bob.received > before + 50);
    });

    it('passes over answers to nothing, of others, and that do not fit', async () => {
      const provider = provide();
      const { room, enter } = await openRoom(provider);
      const [alice, bob] = [enter('alice'), enter('bob')];
      await until('packets', () => alice.received > 10 && bob.received > 10);
      const mids = (list: string) =>
        `v=0\r\na=ice-ufrag:abcd\r\na=ice-pwd:${'p'.repeat(22)}\r\na=fingerprint:sha-256 ${'AA:'.repeat(31)}AA\r\na=setup:active\r\n${list
          .split('')
          .map((mid) => `m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:${mid}\r\n`)
          .join('')}`;
      for (const n of [-1, 0, 1, 2, 99]) {
        for (const list of ['0', '01', '10', '012345'])
          room.receive(userId('alice'), { type: 'answer', n, sdp: mids(list) });
      }
      const before = alice.received;
      await until('more packets', () => alice.received > before + 50);
      // One who answers with other lines loses its own connection, and nobody else's.
      const mallory = userId('mallory');
      room.enter(mallory);
      room.receive(mallory, { type: 'answer', n: 1, sdp: mids('0') });
      const seen = bob.received;
      await until('more packets', () => bob.received > seen + 50);
      expect(provider.status().up).toBe(true);
    });

    it('survives packets of any content from those who are in, and from anybody else', async () => {
      const provider = provide();
      const { enter } = await openRoom(provider);
      // Mallory plays nothing of her own: numbers made up for her stream move her sender's window on, and it then refuses
      // the numbers of an honest stream.
      const [alice, bob, mallory] = [enter('alice'), enter('bob'), enter('mallory', { silent: true })];
      await until('packets', () => alice.received > 10 && bob.received > 10 && mallory.received > 10 && mallory.open);
      const pid = provider.pid;
      const send = (track: { sendMessageBinary(packet: Buffer): boolean }, packet: Buffer) => {
        try {
          track.sendMessageBinary(packet);
        } catch {
          // The sending side is a real one too, and does not send just anything.
        }
      };
      const outside = createSocket('udp4');
      closing.push(() => outside.close());
      const tracks = [mallory.audio?.track, mallory.video?.track, ...mallory.tracks.values()];
      const packets = fc.sample(
        fc.tuple(
          fc.uint8Array({ minLength: 1, maxLength: 200, size: 'max' }),
          fc.constantFrom(undefined, 111, 96, 200, 201, 203, 205, 206, 207),
          fc.constantFrom(undefined, mallory.video?.ssrc, 1),
        ),
        1500,
      );
      for (const [i, [bytes, type, ssrc]] of packets.entries()) {
        const packet = Buffer.from(bytes);
        if (type !== undefined && packet.length > 11) {
          packet[0] = 0x80 | ((packet[0] ?? 0) & 0x3f);
          packet[1] = type;
          if (type >= 200 && i % 2 === 0) packet.writeUInt16BE(Math.floor(packet.length / 4) - 1, 2);
          if (ssrc !== undefined) packet.writeUInt32BE(ssrc, 8);
        }
        const track = tracks[i % tracks.length];
        if (track !== undefined) send(track, packet);
        if (i % 3 === 0) outside.send(packet, provider.port ?? 0, '127.0.0.1');
        if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const before = [alice.received, bob.received];
      await until(
        'more packets',
        () => alice.received > (before[0] ?? 0) + 100 && bob.received > (before[1] ?? 0) + 100,
      );
      expect(provider.pid).toBe(pid);
    });

    it('goes on when the items of a source description end beyond the packet, whichever connection it comes over', async () => {
      const provider = provide();
      const { enter } = await openRoom(provider);
      const [alice, bob, mallory] = [enter('alice'), enter('bob'), enter('mallory')];
      await until('packets', () => alice.received > 10 && bob.received > 10 && mallory.received > 10 && mallory.open);
      const pid = provider.pid;
      const packet = Buffer.from('81ca00020000000101ff0000', 'hex');
      for (const track of [mallory.audio?.track, mallory.video?.track, ...mallory.tracks.values()]) {
        track?.sendMessageBinary(packet);
      }
      await new Promise((resolve) => setTimeout(resolve, 500));
      const before = [alice.received, bob.received, mallory.received];
      // Who comes now needs the native side for a handshake.
      const carol = enter('carol');
      await until(
        'packets to all',
        () => [alice, bob, mallory].every(({ received }, i) => received > (before[i] ?? 0) + 50) && carol.received > 50,
      );
      expect(provider.pid).toBe(pid);
    });

    it.each(['publishing', 'receiving'] as const)(
      'cuts one who sends more streams over its %s connection than a device can have, and nobody else',
      async (which) => {
        const { enter, events } = await openRoom(provide());
        const [alice, bob, mallory] = [enter('alice'), enter('bob'), enter('mallory', { silent: true })];
        await until('packets', () => alice.received > 10 && mallory.received > 10 && mallory.open);
        const sent = which === 'publishing' ? mallory.audio?.track : mallory.tracks.get('0');
        for (let i = 0; i < 500 && !events.includes('gone mallory'); i += 1) {
          const packet =
            which === 'publishing'
              ? Buffer.from('806f000100000001000000000000', 'hex')
              : Buffer.from('80c9000100000000', 'hex');
          packet.writeUInt32BE(100_000 + i, which === 'publishing' ? 8 : 4);
          sent?.sendMessageBinary(packet);
          if (i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        }
        await until('the cut', () => events.includes('gone mallory'));
        const before = [alice.received, bob.received];
        await until('more packets', () => [alice, bob].every((one, i) => one.received > (before[i] ?? 0) + 50));
        expect(events).not.toContain('gone alice');
      },
    );

    it('cuts one who floods, and nobody else', async () => {
      const { enter, events } = await openRoom(provide());
      const [alice, bob, mallory] = [enter('alice'), enter('bob'), enter('mallory')];
      await until('packets', () => alice.received > 10 && mallory.open);
      for (let i = 0; i < 200 && !events.includes('gone mallory'); i += 1) {
        mallory.play(100);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await until('the cut', () => events.includes('gone mallory'));
      const before = alice.received;
      await until('more packets', () => alice.received > before + 50 && bob.open);
      expect(events).not.toContain('gone alice');
    });

    it('lets no more in than a room holds', async () => {
      const { room } = await openRoom(provide({ maxMembers: 2 }));
      room.enter(userId('alice'));
      room.enter(userId('bob'));
      room.enter(userId('bob'));
      expect(() => room.enter(userId('carol'))).toThrow(/2 members/);
      room.leave(userId('bob'));
      room.enter(userId('carol'));
    });

    it('opens no more rooms than it may', async () => {
      const provider = provide({ maxRooms: 1 });
      const { room } = await openRoom(provider);
      await expect(openRoom(provider)).rejects.toThrow('The built-in SFU has 1 rooms already.');
      room.close();
      await openRoom(provider);
    });
  });
});
