import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ringback, serve } from '../support/cli.ts';

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

  it('makes a link that leads somewhere while the server listens on all addresses', async () => {
    const doors = ['--https', '0.0.0.0:0', '--http', 'off', '--ops', 'off'];
    const server = await serve(['--dev', '--data', data, ...doors], /Ctrl-C stops/);
    try {
      const { out } = await run('link', 'carol');
      const [, base = ''] = /\n {2}(https:\S+)\/console\/#link=/.exec(out) ?? [];
      expect(base).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
      expect(out).toMatch(/\n.* put the name of the server for 127\.0\.0\.1; push\.publicUrl sets it for good\.\n$/);
      const json = await run('link', 'carol', '--json');
      expect(JSON.parse(json.out).url).toContain(`${base}/console/#link=`);
      const env = { RINGBACK_PUSH_PUBLIC_URL: 'https://calls.example.com/' };
      const named = await ringback(['console', 'link', 'carol', '--data', data], { env });
      expect(named.out).toMatch(/\n {2}https:\/\/calls\.example\.com\/console\/#link=[\w-]{43}\n$/);
    } finally {
      server.child.kill('SIGTERM');
      await server.ended;
    }
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
