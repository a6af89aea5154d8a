import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsed, serve } from '../support/cli.ts';

describe('an application that has no settings of its own', () => {
  let data: string;
  const id = '1400000001';
  const set = (yaml: string) => writeFileSync(join(data, 'ringback.yaml'), yaml);

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'ringback-app-settings-'));
    expect((await parsed(['app', 'create', '--id', id, '--data', data])).code).toBe(0);
  });

  afterAll(() => rmSync(data, { recursive: true, force: true }));

  it('follows each of the settings that the operator changes after it was made', async () => {
    set(
      'calls: { maxMembers: 4, multiDevice: single, glare: busy }\naccounts: { unknownCallee: ring }\nlimits: { maxInFlight: 7 }\ngroups: { required: true, maxMembers: 50, maxJoined: 5 }\n',
    );
    const { out } = await parsed(['app', 'show', id, '--json', '--data', data]);
    expect(JSON.parse(out).settings).toEqual({
      maxMembers: 4,
      multiDevice: 'single',
      glare: 'busy',
      unknownCallee: 'ring',
      groupsRequired: true,
      groupMembers: 50,
      groupsJoined: 5,
      rates: {},
      maxInFlight: 7,
    });
  });

  it.each(['myapp', '0', '4294967296'])('cannot be set under the id %s, and is told why', async (word) => {
    expect(await parsed(['app', 'set', word, 'name', 'X', '--data', data])).toEqual({
      code: 2,
      out: '',
      err: `error: "${word}" is not an application id: a whole number from 1 to 4294967295.\n`,
    });
  });

  it('is served by them', async () => {
    set('accounts: { unknownCallee: ring }\n');
    const ports = ['--http', '127.0.0.1:0', '--https', 'off', '--ops', 'off'];
    const server = await serve(['--dev', '--data', data, ...ports, '--calls-max-members', '3'], /Ctrl-C stops/);
    const call = async (...callees: string[]) => {
      const info = { Timeout: 60_000, CallInfo: { MediaType: 'Audio' } };
      const body = { Robot_Account: 'robot', CalleeList_Account: callees, ...info };
      const command = 'call_engine_http_srv/start_call_by_robot';
      return JSON.parse((await parsed(['call', command, JSON.stringify(body), '--data', data])).out);
    };
    expect((await call('a', 'b', 'c')).ErrorInfo).toBe('CalleeList_Account length must be between 1 and 2');
    expect((await call('a', 'b')).ErrorCode).toBe(0);
    server.child.kill('SIGTERM');
    await server.ended;
  });
});
