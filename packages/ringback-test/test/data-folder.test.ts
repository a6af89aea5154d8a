import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Emulator } from '../../server/src/emulator/emulator.ts';
import { openLog } from '../../server/src/observe/log.ts';
import { readScript } from '../../server/src/script/read-script.ts';

const home = mkdtempSync(join(tmpdir(), 'ringback-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Opens an emulator in a directory and closes it. */
async function openIn(data: string): Promise<void> {
  const script = readScript('clock: paused', 'test.yaml');
  const log = openLog({ level: 'silent', fd: 2 });
  const emulator = await Emulator.open({ script, port: 0, log, onFatal: () => {}, data });
  await emulator.close();
}

describe('the directory of an emulator', () => {
  it('may be new or empty, stays, and may be used again', async () => {
    const empty = join(home, 'empty');
    mkdirSync(empty);
    for (const data of [join(home, 'a', 'new'), empty]) {
      await openIn(data);
      await openIn(data);
      expect(readdirSync(data)).toContain('ringback-emulator');
    }
  });

  it('is not one that something else has made, which stays as it was', async () => {
    const real = join(home, 'real');
    mkdirSync(real);
    writeFileSync(join(real, 'ringback.db'), 'precious');
    await expect(openIn(real)).rejects.toThrow(`${real} is not empty, and no emulator made it`);
    expect(readdirSync(real)).toEqual(['ringback.db']);
    const file = join(home, 'file');
    writeFileSync(file, '');
    await expect(openIn(file)).rejects.toThrow(`The directory ${file} cannot be used: `);
    expect(existsSync(file)).toBe(true);
  });
});
