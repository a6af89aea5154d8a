import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { advisoryProblems, licenceFits, packageProblems } from '../lib/audit.mjs';

const root = join(import.meta.dirname, '../..');
const none = { licences: ['MIT', 'ISC'], otherLicences: [], installScripts: [], advisories: [] };
const good = { version: '1.2.3', integrity: 'sha512-abc', license: 'MIT' };
const lockOf = (change: object) => ({ packages: { '': {}, 'node_modules/a': { ...good, ...change } } });

describe('the audit of dependencies', () => {
  it('finds nothing wrong with this checkout', () => {
    const ran = spawnSync(process.execPath, [join(root, 'scripts/audit.mjs'), '--offline'], { encoding: 'utf8' });
    expect([ran.status, ran.stderr]).toEqual([0, '']);
    expect(ran.stdout).toMatch(/^\d{3,} packages: nothing wrong; the registry was not asked/);
  });

  it.each<[string, object, RegExp]>([
    ['another licence', { license: 'GPL-3.0' }, /a 1\.2\.3 is under GPL-3\.0/],
    ['a licence with another one', { license: 'MIT AND GPL-3.0' }, /is under MIT AND GPL-3\.0/],
    ['no licence', { license: undefined }, /no licence/],
    ['a program at the installation', { hasInstallScript: true }, /runs a program/],
    ['no checksum', { integrity: undefined }, /no SHA-512/],
    ['a weak checksum', { integrity: 'sha1-abc' }, /no SHA-512/],
    ['another source than a registry', { version: 'git+ssh://git@example.com/a.git' }, /does not come from a registry/],
    ['an address', { resolved: 'https://mirror.example.com/a.tgz' }, /names an address/],
  ])('refuses a package with %s', (_, change, said) => {
    expect(packageProblems(lockOf({}), [], none)).toEqual([]);
    expect(packageProblems(lockOf(change), [], none).join('\n')).toMatch(said);
  });

  it('refuses versions that are not exact, and exceptions that are needed no more', () => {
    const manifest = { dependencies: { a: '^1.2.3', b: '1.0.0' }, devDependencies: { c: 'latest' } };
    expect(packageProblems({ packages: {} }, [{ path: 'package.json', manifest }], none)).toEqual([
      'package.json: a is not pinned, but "^1.2.3".',
      'package.json: c is not pinned, but "latest".',
    ]);
    const old = { ...none, otherLicences: [{ name: 'a', licence: 'MPL-2.0', reason: 'x' }] };
    expect(packageProblems(lockOf({}), [], old)).toEqual([expect.stringContaining('is needed no more')]);
    expect(packageProblems(lockOf({ license: 'MPL-2.0' }), [], old)).toEqual([]);
  });

  it('takes a choice of licences of which one is allowed', () => {
    expect(licenceFits('(MIT OR GPL-3.0)', ['MIT'])).toBe(true);
    expect(licenceFits('MIT AND ISC', ['MIT', 'ISC'])).toBe(true);
    expect(licenceFits('MIT AND ISC', ['MIT'])).toBe(false);
    expect(licenceFits('', ['MIT'])).toBe(false);
  });

  it('refuses what is known against a package, unless it is allowed and the time is not over', () => {
    const url = 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc';
    const via = [{ source: 1, title: 'Reads what it may not', severity: 'high', url }, 'another-package'];
    const report = { vulnerabilities: { a: { via } } };
    expect(advisoryProblems(report, [], '2026-01-01')).toEqual([
      'a: Reads what it may not (high, GHSA-aaaa-bbbb-cccc).',
    ]);
    const allowed = { id: 'GHSA-aaaa-bbbb-cccc', package: 'a', reason: 'x', until: '2026-06-30' };
    expect(advisoryProblems(report, [allowed], '2026-06-30')).toEqual([]);
    expect(advisoryProblems(report, [allowed], '2026-07-01')).toEqual([expect.stringContaining('ended on 2026-06-30')]);
    expect(advisoryProblems({}, [allowed], '2026-01-01')).toEqual([expect.stringContaining('needed no more')]);
  });

  it('says so when the registry cannot be asked, and fails for that only when it must', async () => {
    const server = createServer((_, response) => response.writeHead(405).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Nobody listens there any more.
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const env = { ...process.env, npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_fetch_retries: '0' };
    const run = (...args: readonly string[]) =>
      spawnSync(process.execPath, [join(root, 'scripts/audit.mjs'), ...args], { encoding: 'utf8', env });
    const lax = run();
    expect([lax.status, lax.stdout]).toEqual([0, expect.stringContaining('the registry could not be asked')]);
    const strict = run('--strict');
    expect([strict.status, strict.stderr]).toEqual([1, expect.stringContaining('could not be asked')]);
    expect(strict.stderr + lax.stdout).not.toContain('127.0.0.1');
  }, 120_000);
});
