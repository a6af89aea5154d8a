import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { isolated } from '../lib/namespace.mjs';

const interfaces = 'console.log(JSON.stringify(Object.keys(require("node:os").networkInterfaces())))';
const refused = isolated('true', []) === undefined;

describe.skipIf(refused)('a network namespace', () => {
  it('has nothing but loopback, and hands the exit code on', () => {
    const run = isolated(process.execPath, ['-e', `${interfaces};process.exit(7)`]);
    const { stdout, status } = spawnSync(run?.program ?? '', run?.args ?? [], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual(['lo']);
    expect(status).toBe(7);
  });

  it('has a bridge with the address of loopback for programs that pass over loopback', () => {
    const run = isolated(process.execPath, ['-e', interfaces], { bridged: true });
    const { stdout } = spawnSync(run?.program ?? '', run?.args ?? [], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual(['lo', 'rb0']);
  });
});
