import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsed, serve } from '../support/cli.ts';

describe('ringback secrets', () => {
  let folder: string;
  let data: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-secrets-'));
    data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const here = (...args: readonly string[]) => parsed([...args, '--data', data]);
  const settings = (secrets: Record<string, string>) =>
    writeFileSync(join(data, 'ringback.yaml'), Object.keys(secrets).length === 0 ? '' : JSON.stringify({ secrets }));
  const findings = async () =>
    (
      JSON.parse((await here('doctor', '--json', '--dev')).out) as { what: string; level: string; text: string }[]
    ).filter(({ what }) => what === 'secrets');
  const keyFile = async (name: string): Promise<string> => {
    const file = join(folder, name);
    expect(await parsed(['secrets', 'make-key', file])).toMatchObject({ code: 0, err: '' });
    return file;
  };

  it('makes a key in a file for its owner only, and never over another', async () => {
    const file = await keyFile('a');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const key = readFileSync(file, 'utf8');
    expect(Buffer.from(key, 'base64')).toHaveLength(32);
    expect(await parsed(['secrets', 'make-key', file])).toMatchObject({
      code: 1,
      err: expect.stringContaining('exists'),
    });
    expect(readFileSync(file, 'utf8')).toBe(key);
    expect((await parsed(['secrets', 'make-key'])).out).toMatch(/^[A-Za-z0-9+/]{43}=\n$/);
  });

  it('brings a key, replaces it and takes it off again; the doctor sees each step, and what goes wrong', async () => {
    const [a, b] = [await keyFile('a'), await keyFile('b')];
    await here('app', 'create', '--id', '1400000007');
    const reveal = async () => (await here('app', 'show', '1400000007', '--reveal', '--json')).out;
    const shown = await reveal();
    expect(await findings()).toMatchObject([{ level: 'ok', text: expect.stringContaining('No master key') }]);

    settings({ masterKeyFile: a });
    expect(await findings()).toMatchObject([{ level: 'warn', text: expect.stringContaining('not encrypted') }]);
    expect(await reveal()).toBe(shown);
    expect(await findings()).toMatchObject([{ level: 'ok', text: expect.stringMatching(/All 1 are encrypted/) }]);

    for (const wrong of [{}, { masterKeyFile: b }]) {
      settings(wrong);
      expect(await findings()).toMatchObject([{ level: 'fail', text: expect.stringContaining('not given') }]);
      const refused = await here('app', 'list');
      expect(refused).toMatchObject({
        code: 1,
        err: expect.stringMatching(/encrypted with the master key [0-9a-f]{8}/),
      });
      expect(refused.err).not.toContain(readFileSync(a, 'utf8').trim());
    }
    settings({ masterKey: 'not a key' });
    expect(await here('app', 'list')).toMatchObject({ code: 2, err: expect.stringContaining('Base64 of 32 bytes') });

    settings({ masterKeyFile: b, otherKeyFile: a });
    expect(await here('secrets', 'status')).toMatchObject({ code: 1, out: expect.stringContaining('the other key') });
    expect(await findings()).toMatchObject([{ level: 'warn', text: expect.stringContaining('secrets.otherKey') }]);
    expect(await here('secrets', 'rotate')).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 were written anew'),
    });
    settings({ masterKeyFile: b });
    expect(await here('secrets', 'status')).toMatchObject({ code: 0 });
    expect(await reveal()).toBe(shown);

    settings({ otherKeyFile: b });
    await here('secrets', 'rotate');
    settings({});
    expect(await reveal()).toBe(shown);
  });

  it('rotates in a running server, which goes on; one without the key does not start', async () => {
    const [a, b] = [await keyFile('a'), await keyFile('b')];
    const flags = ['--dev', '--data', data, '--http', '127.0.0.1:0', '--https', 'off', '--ops', 'off'];
    settings({ masterKeyFile: a });
    const first = await serve(flags, /server started/);
    first.child.kill();
    await first.ended;

    settings({ masterKeyFile: b, otherKeyFile: a });
    const second = await serve(flags, /server started/);
    try {
      expect(JSON.parse((await here('secrets', 'rotate', '--json')).out)).toMatchObject({
        rotated: 1,
        current: 1,
        other: 0,
      });
      expect((await here('app', 'list')).out).toContain('1400000001');
      await here('app', 'create', '--id', '1400000008');
    } finally {
      second.child.kill();
      await second.ended;
    }

    settings({ masterKeyFile: a });
    await expect(serve(flags, /server started/)).rejects.toThrow(/ended with 1:[\s\S]*encrypted with the master key/);
    settings({ masterKeyFile: b });
    expect((await here('app', 'list')).out).toContain('1400000008');
  }, 120_000);
});
