import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { userId } from 'ringback-protocol';
import { expect, it, onTestFinished } from 'vitest';
import { SfuProvider } from '../../../src/media/sfu/sfu.ts';
import { openLog } from '../../../src/observe/log.ts';
import { systemClock } from '../../../src/observe/system-clock.ts';
import type { ProviderMessage } from '../../../src/ports/media.ts';

it('what the process says of a connection of before is not told to one who has entered anew', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-entries-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const program = join(folder, 'process.mjs');
  // Says something of each entry, but only after a while.
  writeFileSync(
    program,
    `let entries = 0;
    process.on('message', ({ type, room, userId, entry }) => {
      if (type === 'stop') process.exit();
      if (type === 'start') process.send({ type: 'ready', port: 1 });
      if (type !== 'enter') return;
      entries += 1;
      const about = { room, userId, entry };
      const sdp = 'of entry ' + entries;
      setTimeout(() => {
        process.send({ type: 'tell', ...about, data: { type: 'answer', sdp } });
        process.send({ type: 'media', ...about, state: sdp });
      }, 100);
    });`,
  );
  const { log } = openLog({ level: 'silent' });
  const provider = new SfuProvider({ clock: systemClock, log, program: pathToFileURL(program) });
  onTestFinished(() => provider.close());
  const told: ProviderMessage[] = [];
  const states: string[] = [];
  const room = await provider.open('room', {
    tell: (_, message) => told.push(message),
    media: (_, state) => states.push(state),
    lost() {},
  });
  const alice = userId('alice');
  room.enter(alice);
  room.leave(alice);
  room.enter(alice);
  await expect.poll(() => states).toContain('of entry 2');
  expect(states).toEqual(['of entry 2']);
  expect(told).toEqual([{ type: 'answer', sdp: 'of entry 2' }]);
});
