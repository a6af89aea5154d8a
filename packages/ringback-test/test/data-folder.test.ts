import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Emulator } from '../../server/src/emulator/emulator.ts';
import { openLog } from '../../server/src/observe/log.ts';
import { readScript } from '../../server/src/script/read-script.ts';

const home = mkdtempSync(join(tmpdir(), 'ringback-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Opens an emulator in a directory, lets `work` do what it will, and closes it. */
async function openIn<Result>(
  data: string,
  text = 'clock: paused',
  work?: (emulator: Emulator) => Promise<Result>,
): Promise<Result | undefined> {
  const script = readScript(text, 'test.yaml');
  const log = openLog({ level: 'silent', fd: 2 });
  const broken: Error[] = [];
  const emulator = await Emulator.open({ script, port: 0, log, onFatal: (error) => broken.push(error), data });
  try {
    return await work?.(emulator);
  } finally {
    await emulator.close();
    expect(broken).toEqual([]);
  }
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

  it.each([
    ['begins now', ''],
    ['begins at a time of its own', 'start: 2026-03-02T09:00:00Z'],
  ])('holds the calls of a script’s history once, however often the script begins: it %s', async (name, start) => {
    const data = join(home, name);
    const beginWith = (history: string) =>
      openIn(data, `clock: paused\n${start}\nhistory: ${history}`, async (emulator) => {
        await emulator.begin();
        return emulator.records();
      });
    const first = await beginWith('{ days: 2, callsPerDay: 5 }');
    expect(first).toHaveLength(10);
    expect(await beginWith('{ days: 2, callsPerDay: 5 }')).toEqual(first);
    // A history that has grown brings what is new in it.
    const grown = await beginWith('{ days: 3, callsPerDay: 5 }');
    expect(new Set(grown?.map(({ callId }) => callId)).size).toBe(15);
    expect(grown).toHaveLength(15);
    expect(grown).toEqual(expect.arrayContaining([...(first ?? [])]));
  });
});
