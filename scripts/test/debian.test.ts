import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { installLine, providePrograms } from '../lib/debian.mjs';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-debian-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A machine on which `installable` can be had; records what was run, and whether daemons were held back meanwhile. */
function machine(options: {
  has?: string[];
  installable?: Record<string, string>;
  isRoot?: boolean;
  sudo?: boolean;
  env?: Record<string, string>;
  staleLists?: boolean;
}) {
  const present = new Set(['apt-get', ...(options.has ?? [])]);
  const ran: string[] = [];
  const lines: string[] = [];
  const policyFile = join(folder, 'policy-rc.d');
  const heldBack: boolean[] = [];
  let updated = options.staleLists !== true;
  return {
    ran,
    heldBack,
    policyFile,
    env: options.env ?? {},
    isRoot: options.isRoot ?? true,
    has: (program: string) => present.has(program),
    run: (program: string, args: string[]) => {
      const line = [program, ...args].join(' ');
      ran.push(line);
      if (program === 'sudo' && options.sudo !== true) return false;
      if (line.includes('apt-get -q -y update')) updated = true;
      if (line.includes('apt-get -q -y install')) {
        heldBack.push(existsSync(policyFile));
        if (!updated) return false;
        for (const [name, wanted] of Object.entries(options.installable ?? {}))
          if (line.includes(wanted)) present.add(name);
      }
      return true;
    },
    log: (line: string) => lines.push(line),
    lines,
  };
}

const needs = { chromium: 'chromium', 'redis-server': 'redis-server' };

describe('providePrograms', () => {
  it('what is there is not installed again, and nothing is said', () => {
    const here = machine({ has: ['chromium', 'redis-server'] });
    expect(providePrograms('tests of browser', needs, here)).toEqual([]);
    expect(here.ran).toEqual([]);
    expect(here.lines).toEqual([]);
  });

  it('as root installs what is missing, says first what and why, and holds daemons back meanwhile only', () => {
    const here = machine({ has: ['chromium'], installable: { 'redis-server': 'redis-server' } });
    expect(providePrograms('tests of cluster', needs, here)).toEqual([]);
    expect(here.lines.join()).toMatch(/Installing redis-server .* tests of cluster/);
    expect(here.heldBack).toEqual([true]);
    expect(existsSync(here.policyFile)).toBe(false);
  });

  it('asks for the package lists when they are missing', () => {
    const here = machine({ staleLists: true, installable: { chromium: 'chromium', 'redis-server': 'redis-server' } });
    expect(providePrograms('tests of browser', needs, here)).toEqual([]);
    expect(
      here.ran.filter((line) => line.includes('apt-get')).map((line) => line.split('-y ')[1]?.split(' ')[0]),
    ).toEqual(['install', 'update', 'install']);
  });

  it('with sudo that asks no password goes through it', () => {
    const here = machine({
      isRoot: false,
      sudo: true,
      installable: { chromium: 'chromium', 'redis-server': 'redis-server' },
    });
    expect(providePrograms('tests of browser', needs, here)).toEqual([]);
    expect(here.ran.every((line) => line.startsWith('sudo -n '))).toBe(true);
  });

  it('without rights installs nothing and names what is missing', () => {
    const here = machine({ isRoot: false });
    expect(providePrograms('tests of browser', needs, here)).toEqual(['chromium', 'redis-server']);
    expect(here.lines.join()).toMatch(/neither root nor sudo/);
  });

  it('RINGBACK_TEST_INSTALL=0 forbids it even to root', () => {
    const here = machine({ env: { RINGBACK_TEST_INSTALL: '0' } });
    expect(providePrograms('tests of browser', needs, here)).toEqual(['chromium', 'redis-server']);
    expect(here.ran).toEqual([]);
  });

  it('a package that cannot be had is named, and daemons may start again', () => {
    const here = machine({ installable: { chromium: 'chromium' } });
    expect(providePrograms('tests of cluster', needs, here)).toEqual(['redis-server']);
    expect(existsSync(here.policyFile)).toBe(false);
  });

  it('the line to install by hand names the packages', () => {
    expect(installLine(['a', 'b'])).toBe('sudo apt-get install --no-install-recommends a b');
  });
});
