import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ringback } from '../support/cli.ts';

let data: string;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'ringback-cli-console-'));
  await ringback(['app', 'create', '--data', data]);
});
afterAll(() => rmSync(data, { recursive: true, force: true }));

const run = (...args: string[]) => ringback(['console', ...args, '--data', data]);

describe('ringback console', () => {
  it('lets the first one in as owner by a link, whose secret is in no log', async () => {
    expect((await run('operators')).out).toContain('Nobody yet.');
    const first = await run('link');
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/admin \(owner\)[^\n]*\n {2}https?:\/\/\S+.*\/console\/#link=[\w-]{43}\n/);
    const second = JSON.parse((await run('link', 'bob', '--role', 'operator', '--json')).out);
    expect(second).toMatchObject({ name: 'bob', role: 'operator', url: expect.stringContaining(second.link) });
    const audit = (await run('audit')).out;
    expect(audit).toContain('operators.link');
    expect(audit).not.toContain(second.link);
  });

  it('says what is wrong with a role and with a name', async () => {
    const role = await run('link', 'bob', '--role', 'king');
    expect([role.code, role.err]).toEqual([2, expect.stringContaining('A role is viewer, operator, owner.')]);
    for (const words of [
      ['remove', 'zoe'],
      ['role', 'zoe', 'viewer'],
    ]) {
      const refused = await run(...words);
      expect([refused.code, refused.err]).toEqual([
        1,
        expect.stringContaining('There is no operator zoe: there is none yet.'),
      ]);
    }
  });
});
