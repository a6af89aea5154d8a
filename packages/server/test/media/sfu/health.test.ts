import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { Health } from '../../../src/media/sfu/health.ts';
import { SfuProvider } from '../../../src/media/sfu/sfu.ts';
import { openLog } from '../../../src/observe/log.ts';
import { systemClock } from '../../../src/observe/system-clock.ts';

const mib = 1024 ** 2;
const idle = { rooms: 1, peers: 2, connected: 2, packetsOut: 100, missed: 0, busy: 0.2, memory: 100 * mib };
const well = { ...idle, heard: 100, share: 0.2 };

describe('the health of the process that forwards', () => {
  it('is doubted when it works hard for seconds, has members, and receives nothing', () => {
    const health = new Health();
    // One thread that runs in circles, on a machine that has other work; the average comes after.
    const stuck = { ...well, heard: 0, packetsOut: 0, share: 0.5 };
    const seen = Array.from({ length: 5 }, () => health.look(stuck));
    expect(seen).toEqual([undefined, undefined, undefined, undefined, 'it works hard and receives nothing']);
  });

  it.each([
    ['packets come', { share: 1.6 }],
    ['it is idle', { heard: 0 }],
    ['it was busy before', { heard: 0, busy: 1.6 }],
    ['nobody is connected', { heard: 0, share: 1.6, connected: 0 }],
  ])('is not doubted while %s', (_, change) => {
    const health = new Health();
    for (let i = 0; i < 20; i += 1) expect(health.look({ ...well, ...change })).toBe(undefined);
  });

  it('allows memory for each member of its fullest time, and no more', () => {
    const health = new Health();
    expect(health.look({ ...well, peers: 100, memory: 1300 * mib })).toBe(undefined);
    expect(health.look({ ...well, peers: 2, memory: 1300 * mib })).toBe(undefined);
    expect(health.look({ ...well, peers: 2, memory: 1400 * mib })).toBe('it takes 1400 MiB of memory');
    expect(new Health().look({ ...well, memory: 600 * mib })).toBe('it takes 600 MiB of memory');
  });

  describe('with a process of which one may doubt', () => {
    const closing: (() => unknown)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });

    it.each([
      ['stuck', { heard: 0, share: 1 }, 'it works hard and receives nothing'],
      ['too large', { memory: 1000 * mib }, 'it takes 1000 MiB of memory'],
    ])('replaces one that is %s, and says that its rooms are lost', async (_, change, why) => {
      const folder = mkdtempSync(join(tmpdir(), 'ringback-health-'));
      closing.push(() => rmSync(folder, { recursive: true }));
      const program = join(folder, 'process.mjs');
      writeFileSync(
        program,
        `process.on('message', ({ type }) => {
          if (type === 'stop') process.exit();
          if (type === 'start') process.send({ type: 'ready', port: 1 });
          if (type !== 'open') return;
          // Several at once, as they are when the server was busy.
          const figures = ${JSON.stringify({ type: 'figures', ...well, ...change })};
          for (let i = 0; i < 20; i += 1) process.send(figures);
        });`,
      );
      const { log } = openLog({ level: 'silent' });
      const errors: object[] = [];
      const noting = { ...log, info() {}, warn() {}, error: (fields: object) => errors.push(fields) } as never;
      const provider = new SfuProvider({ clock: systemClock, log: noting, program: pathToFileURL(program) });
      closing.push(() => provider.close());
      const lost = new Promise<string>((resolve) => {
        void provider.open('room', { tell() {}, media() {}, lost: resolve });
      });
      expect(await lost).toMatch(/SIGKILL/);
      expect(errors).toEqual([{ pid: expect.any(Number), why }, { how: expect.any(String) }]);
      await provider.ready();
    });
  });
});
