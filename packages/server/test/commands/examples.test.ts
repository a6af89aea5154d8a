import { deviceId, errors } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import type { Cause } from '../../src/calls/requests.ts';
import { exampleCallback } from '../../src/commands/call_config/callback-fields.ts';
import { type ExampleScene, exampleCallId, exampleStart } from '../../src/commands/examples.ts';
import { commands } from '../../src/commands/index.ts';
import { exampleLegacyCallback } from '../../src/commands/v1/callback/callback-fields.ts';
import { Scene, user } from '../gateway/support.ts';
import { saveProvider } from '../support/save-provider.ts';

const phone = deviceId('phone');

const causedBy = (name: string): Cause => ({
  cause: 'device',
  actor: user(name),
  device: phone,
  requestId: '',
  origin: { clientIp: '127.0.0.1', platform: 'Web' },
});

/** Makes what an example presupposes; answers the id of its call. */
async function prepare(scene: Scene, what: ExampleScene): Promise<string> {
  const { app, calls, clock } = scene;
  await scene.accounts('alice', 'bob', 'carol');
  if (what === 'idle') return exampleCallId;
  if (what === 'group') {
    await scene.store.accounts.save(app.sdkAppId, user('alice'), { nick: 'Alice' });
    await scene.send('group_open_http_svc/create_group', {
      Type: 'Public',
      Name: 'Team',
      GroupId: 'team',
      Owner_Account: 'alice',
      MemberList: [{ Member_Account: 'bob' }],
    });
    return exampleCallId;
  }
  if (what === 'legacyCallback') {
    await scene.send('v1/callback/set', exampleLegacyCallback);
    return exampleCallId;
  }
  if (what === 'pushed') {
    const setup = { kind: 'webhook', url: 'https://push.example.com', secrets: [] } as const;
    await saveProvider(scene.store.pushProviders, { app: app.sdkAppId, name: 'own', setup });
    return exampleCallId;
  }
  if (what === 'callback') {
    await scene.send('call_config/set_callback', exampleCallback);
    return exampleCallId;
  }
  clock.advance(exampleStart * 1000 - clock.now());
  const { callId } = await calls.start(
    app,
    {
      caller: user('alice'),
      robot: false,
      device: phone,
      callees: [user('bob')],
      mediaType: 'Video',
      chatGroupId: '',
      roomId: '',
      roomIdType: 0,
      userData: '',
      timeout: 30_000,
    },
    causedBy('alice'),
  );
  if (what === 'ringing') return callId;
  clock.advance(5000);
  await calls.apply(app, callId, { type: 'accept', userId: user('bob'), device: phone }, causedBy('bob'));
  for (const name of ['alice', 'bob']) calls.leases.release(app.sdkAppId, user(name), phone);
  clock.advance(60_000);
  await calls.apply(app, callId, { type: 'hangUp', userId: user('bob'), device: phone }, causedBy('bob'));
  return callId;
}

/** Ids of calls and groups by the order in which they come, so that an example may name one that the server makes. */
function withoutIds(value: unknown): unknown {
  const names = new Map<string, string>();
  const made = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|@TGS#[0-9a][A-Z0-9]{8}/g;
  const text = JSON.stringify(value).replace(made, (id) => {
    if (!names.has(id)) names.set(id, `id ${names.size + 1}`);
    return names.get(id) ?? '';
  });
  return JSON.parse(text);
}

describe('the list of commands', () => {
  it('names no command twice, and each with an example and with errors of the table', () => {
    expect(new Set(commands.map(({ path }) => path)).size).toBe(commands.length);
    for (const command of commands) {
      expect(command.examples.length).toBeGreaterThan(0);
      for (const name of command.errors) expect(errors).toHaveProperty(name);
    }
  });
});

describe.each(commands.map((command) => [command.path, command] as const))('the examples of %s', (_, command) => {
  it.each(command.examples.map((example) => [example.title, example] as const))('hold: %s', async (_title, example) => {
    const scene = await Scene.open();
    try {
      const callId = await prepare(scene, example.scene);
      const request = JSON.parse(JSON.stringify(example.request).replaceAll(exampleCallId, callId));
      const answer = await scene.send(command.path, request);
      if (command.version === 'v1') {
        const { data, ...rest } = answer as unknown as Record<string, unknown>;
        expect(rest).toEqual({
          errorCode: 0,
          errorMessage: 'Success',
          requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
        });
        expect(withoutIds(data)).toEqual(withoutIds(example.response));
        return;
      }
      expect(answer).toMatchObject({ ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '' });
      if (command.holder === undefined) {
        const { ActionStatus, ErrorCode, ErrorInfo, RequestId, ...rest } = answer;
        const display = command.service === 'profile' ? { ErrorDisplay: '' } : {};
        expect(withoutIds(rest)).toEqual(withoutIds({ ...(example.response as object | null), ...display }));
        return;
      }
      if (example.response === null) expect(Object.keys(answer)).not.toContain('Response');
      else expect(withoutIds(answer.Response)).toEqual(withoutIds(example.response));
    } finally {
      await scene.close();
    }
  });
});
