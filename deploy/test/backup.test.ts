import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Device } from '../../e2e/support/device.ts';
import { RestCaller } from '../../e2e/support/rest.ts';
import { Ringback } from '../../e2e/support/ringback.ts';
import { PostgresServer } from '../../packages/server/test/stores/support/postgres-server.ts';

const script = join(import.meta.dirname, '../backup/postgres.sh');
const run = promisify(execFile);

describe('the backup of a PostgreSQL', { timeout: 600_000 }, () => {
  let folder: string;
  let postgres: PostgresServer;
  let database: string;
  let ringback: Ringback;
  const devices: Device[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-backup-'));
    postgres = await PostgresServer.start();
    database = await postgres.database();
    ringback = await Ringback.on({ database });
  }, 300_000);
  afterAll(async () => {
    for (const one of devices) one.drop();
    await ringback?.dispose();
    await postgres?.dispose();
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  /** Runs the script; a password that the server does not ask for shows where it would be seen. */
  const backup = async (action: string, file: string, url: string) => {
    const path = join(folder, 'database-url');
    writeFileSync(path, url.replace('ringback@', 'ringback:ge%20heim%2f@'));
    return run(script, [action, file], { env: { PATH: process.env.PATH, RINGBACK_DATABASE_FILE: path } });
  };

  it('is made while calls go on, and a server that starts on what is restored has every call from before it', async () => {
    const rest = new RestCaller(ringback);
    for (const user of ['alice', 'bob']) {
      const one = new Device(user);
      devices.push(one);
      await one.signIn(ringback);
    }
    const [alice, bob] = devices as [Device, Device];
    const call = async (): Promise<string> => {
      const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
      await bob.ask('accept', { callId });
      await alice.ask('hangUp', { callId });
      // A device may send 100 frames a second.
      await sleep(50);
      return callId;
    };
    const before = [];
    for (let n = 0; n < 20; n += 1) before.push(await call());
    const file = join(folder, 'copy.dump');
    let copying = true;
    const made = backup('dump', file, database).finally(() => {
      copying = false;
    });
    made.catch(() => {});
    const during = [];
    while (copying) during.push(await call());
    expect((await made).stdout).toMatch(/copy\.dump, \d+ bytes, complete and readable\./);
    expect(during.length).toBeGreaterThan(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const after = await call();
    rest.close();
    for (const one of devices) one.drop();
    await ringback.stop();

    const fresh = await postgres.database();
    // Each call of before is there; those of meanwhile are there whole or not at all; the last one is not.
    const restored = await backup('restore', file, fresh);
    const records = Number(/with (\d+) records/.exec(restored.stdout)?.[1]);
    expect(records).toBeGreaterThanOrEqual(before.length);
    expect(records).toBeLessThanOrEqual(before.length + during.length);
    ringback.moveTo(fresh);
    await ringback.up();
    const again = new RestCaller(ringback);
    try {
      for (const callId of before) {
        const { Response } = await again.send('call_record_http_srv/get_record_by_callid', { CallId: callId });
        expect(Response?.CallRecord).toMatchObject({ CallId: callId, CallResult: 'NormalEnd' });
      }
      expect((await again.send('call_record_http_srv/get_record_by_callid', { CallId: after })).ErrorCode).not.toBe(0);
      for (const one of devices) {
        // The call that was live at the moment of the copy is live again.
        const { call: live } = await one.signIn(ringback);
        if (live !== undefined) await one.ask('hangUp', { callId: live.callId });
      }
      await call();
    } finally {
      again.close();
    }
    await expect(backup('restore', file, fresh)).rejects.toThrow(/not empty.*nothing was changed/s);
  });

  it('is not made of something else, and leaves no half of itself', async () => {
    const empty = await postgres.database();
    const file = join(folder, 'nothing.dump');
    await expect(backup('dump', file, empty)).rejects.toThrow(/none of Ringback/);
    await expect(backup('dump', file, 'postgres://ringback@127.0.0.1:1/x')).rejects.toThrow(/127\.0\.0\.1/);
    expect([existsSync(file), existsSync(`${file}.partial`)]).toEqual([false, false]);
    writeFileSync(file, 'mine');
    await expect(backup('dump', file, database)).rejects.toThrow(/exists/);
    await expect(backup('restore', file, empty)).rejects.toThrow();
    expect(readFileSync(file, 'utf8')).toBe('mine');
    await expect(run(script, ['dump', file], { env: { PATH: process.env.PATH } })).rejects.toThrow(/name the database/);
    // One that is set but empty beside a file: a server does not start with these, either.
    const path = join(folder, 'other-url');
    writeFileSync(path, database);
    const env = { PATH: process.env.PATH, RINGBACK_DATABASE: '', RINGBACK_DATABASE_FILE: path };
    const unmade = join(folder, 'unmade.dump');
    await expect(run(script, ['dump', unmade], { env })).rejects.toThrow(/name the database/);
  });

  it('never shows the password to others on the machine', () => {
    // What the programs of PostgreSQL are given is the URL without it.
    const shim = join(folder, 'bin');
    execFileSync('mkdir', [shim]);
    for (const name of ['pg_dump', 'pg_restore', 'psql']) {
      writeFileSync(
        join(shim, name),
        `#!/bin/sh\necho "${name} $* [$PGPASSWORD]" >> ${join(folder, 'seen')}\nexit 1\n`,
        { mode: 0o755 },
      );
    }
    const env = {
      PATH: `${shim}:${process.env.PATH}`,
      RINGBACK_DATABASE: 'postgresql://me:ge%20h%40eim@db.example.com:5433/calls?sslmode=require',
    };
    expect(() => execFileSync(script, ['dump', join(folder, 'x.dump')], { env, stdio: 'pipe' })).toThrow();
    const seen = readFileSync(join(folder, 'seen'), 'utf8');
    expect(seen).toContain('postgres://me@db.example.com:5433/calls?sslmode=require [ge h@eim]');
  });
});
