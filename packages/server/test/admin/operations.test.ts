import { deviceId, requestId, sdkAppId, userId } from 'ringback-protocol';
import tlsSig from 'tls-sig-api-v2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { operations } from '../../src/admin/index.ts';
import { decodeUserSig } from '../../src/auth/usersig.ts';
import type { Cause } from '../../src/calls/requests.ts';
import { type AdminScene, adminScene, refused } from '../support/admin-scene.ts';

const key = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef';
const otherKey = 'fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210';

// biome-ignore lint/suspicious/noExplicitAny: answers are judged by the tests, member by member.
type Answer = any;

describe('the operations of an operator, over the control socket', () => {
  let scene: AdminScene;
  let ask: (name: string, input?: unknown) => Promise<Answer>;

  beforeEach(async () => {
    scene = await adminScene();
    ask = (name, input = {}) => scene.ask(name, input);
  });

  afterEach(() => scene.close());

  describe('on applications', () => {
    it('create takes the next free id, makes a key of 64 hexadecimal digits and shows it', async () => {
      const first = await ask('app.create', { name: 'One' });
      expect(first).toMatchObject({ id: 1_400_000_001, name: 'One', disabled: false, admins: ['administrator'] });
      expect(first.keys).toHaveLength(1);
      expect(first.keys[0].secret).toMatch(/^[0-9a-f]{64}$/);
      await ask('app.create', { id: 1_400_000_002, key });
      const third = await ask('app.create');
      expect(third.id).toBe(1_400_000_003);
      expect(third.keys[0].secret).not.toBe(first.keys[0].secret);
      expect(third.settings).toEqual(first.settings);
    });

    it('a new application has its administrator and is known to the server at once', async () => {
      const { id } = await ask('app.create', { id: 1_400_000_077, key });
      const app = scene.store.apps.get(id);
      expect(app?.keys).toEqual([{ id: 'k1', secret: key, createdAt: scene.clock.now() }]);
      const found = await scene.store.accounts.find(app?.sdkAppId ?? (0 as never), [userId('administrator')]);
      expect([...found.keys()]).toEqual(['administrator']);
    });

    it('an id that is taken is refused, and its application stays as it was', async () => {
      await ask('app.create', { id: 7, key, name: 'first' });
      expect(await refused(ask('app.create', { id: 7, key: otherKey }))).toMatch(/^bad_params: Application 7 exists/);
      expect(scene.store.apps.get(7)).toMatchObject({ name: 'first', keys: [{ secret: key }] });
    });

    it('two that are created at the same moment get two ids', async () => {
      const made = await Promise.all([ask('app.create'), ask('app.create'), ask('app.create')]);
      expect(made.map(({ id }) => id).sort()).toEqual([1_400_000_001, 1_400_000_002, 1_400_000_003]);
    });

    it('list and show mask the keys; show reveals them on demand only', async () => {
      await ask('app.create', { id: 7, key });
      for (const answer of [await ask('app.list'), await ask('app.show', { id: 7 })]) {
        expect(JSON.stringify(answer)).not.toContain(key.slice(0, 32));
        expect(JSON.stringify(answer)).toContain('…cdef');
      }
      expect((await ask('app.show', { id: 7, reveal: true })).keys[0].secret).toBe(key);
    });

    it('a second key is valid beside the first, until the first is removed', async () => {
      await ask('app.create', { id: 7, key });
      expect(await ask('app.addKey', { id: 7, key: otherKey })).toMatchObject({ id: 'k2', secret: otherKey });
      expect(scene.store.apps.get(7)?.keys.map((one) => one.secret)).toEqual([key, otherKey]);
      const left = await ask('app.removeKey', { id: 7, keyId: 'k1' });
      expect(left.keys).toEqual([{ id: 'k2', createdAt: scene.clock.now(), masked: '…3210' }]);
      expect((await ask('app.addKey', { id: 7 })).id).toBe('k3');
    });

    it('keys that are added at the same moment are all kept', async () => {
      await ask('app.create', { id: 7, key });
      await Promise.all(Array.from({ length: 5 }, () => ask('app.addKey', { id: 7 })));
      expect(scene.store.apps.get(7)?.keys.map((one) => one.id)).toEqual(['k1', 'k2', 'k3', 'k4', 'k5', 'k6']);
    });

    it('the last key, an unknown key, a key twice and an eleventh key are refused', async () => {
      await ask('app.create', { id: 7, key });
      expect(await refused(ask('app.removeKey', { id: 7, keyId: 'k1' }))).toContain('the only key');
      expect(await refused(ask('app.removeKey', { id: 7, keyId: 'k9' }))).toContain('no key k9. It has k1');
      expect(await refused(ask('app.addKey', { id: 7, key }))).toContain('already: k1');
      for (let n = 2; n <= 10; n += 1) await ask('app.addKey', { id: 7 });
      expect(await refused(ask('app.addKey', { id: 7 }))).toContain('10 keys');
      expect(scene.store.apps.get(7)?.keys).toHaveLength(10);
    });

    it('has up to ten administrators, who may call at once and no more once they are removed', async () => {
      await ask('app.create', { id: 8 });
      for (let i = 1; i <= 9; i += 1) await ask('app.addAdmin', { id: 8, user: `admin${i}` });
      expect(await ask('app.addAdmin', { id: 8, user: 'admin1' })).toHaveProperty('admins.length', 10);
      await expect(ask('app.addAdmin', { id: 8, user: 'one-more' })).rejects.toThrow('the most there can be');
      expect(scene.store.apps.get(8)?.admins).toHaveLength(10);
      expect((await scene.store.accounts.find(sdkAppId(8), [userId('admin3')])).size).toBe(1);
      for (const user of ['administrator', ...Array.from({ length: 8 }, (_, i) => `admin${i + 1}`)]) {
        await ask('app.removeAdmin', { id: 8, user });
      }
      expect(scene.store.apps.get(8)?.admins).toEqual(['admin9']);
      await expect(ask('app.removeAdmin', { id: 8, user: 'admin9' })).rejects.toThrow('only administrator');
      await expect(ask('app.removeAdmin', { id: 8, user: 'nobody' })).rejects.toThrow('no administrator');
      await expect(ask('app.addAdmin', { id: 8, user: 'ü' })).rejects.toThrow('printable ASCII');
    });

    it('that has as many users as it can have gets none by import, nor by a new administrator', async () => {
      const full = await adminScene(undefined, 10);
      try {
        await full.ask('app.create', { id: 7, key });
        const users = Array.from({ length: 9 }, (_, n) => ({ userId: `user-${n}` }));
        expect(await full.ask('users.import', { app: 7, users })).toEqual({ made: 9, changed: 0, refused: [] });
        const sentence = 'accounts_too_many: Application 7 has as many users as limits.accounts allows';
        const more = [...users, { userId: 'late' }];
        expect(await refused(full.ask('users.import', { app: 7, users: more }))).toContain(sentence);
        expect(await refused(full.ask('app.addAdmin', { id: 7, user: 'late' }))).toContain(sentence);
        expect(await full.ask('app.addAdmin', { id: 7, user: 'user-1' })).toMatchObject({ admins: { length: 2 } });
        expect(await full.ask('users.import', { app: 7, users })).toMatchObject({ changed: 9 });
      } finally {
        await full.close();
      }
    });

    it('lists the origins whose pages may sign devices in', async () => {
      await ask('app.create', { id: 9 });
      expect(await ask('app.allowOrigin', { id: 9, origin: 'https://App.example.com/' })).toMatchObject({
        allowOrigins: ['https://app.example.com'],
      });
      await ask('app.allowOrigin', { id: 9, origin: 'https://app.example.com' });
      await ask('app.allowOrigin', { id: 9, origin: 'https://*.example.org' });
      expect(scene.store.apps.get(9)?.allowOrigins).toEqual(['https://app.example.com', 'https://*.example.org']);
      await expect(ask('app.allowOrigin', { id: 9, origin: 'app.example.com' })).rejects.toThrow('without a path');
      await expect(ask('app.removeOrigin', { id: 9, origin: 'https://other.example' })).rejects.toThrow('It lists');
      await ask('app.removeOrigin', { id: 9, origin: 'https://app.example.com' });
      expect(scene.store.apps.get(9)?.allowOrigins).toEqual(['https://*.example.org']);
    });

    it('disable and enable are in force when they are answered, and may be repeated', async () => {
      await ask('app.create', { id: 7, key });
      for (const [name, disabled] of [
        ['app.disable', true],
        ['app.disable', true],
        ['app.enable', false],
        ['app.enable', false],
      ] as const) {
        expect(await ask(name, { id: 7 })).toMatchObject({ disabled });
        expect(scene.store.apps.get(7)?.disabled).toBe(disabled);
      }
    });

    it('an unknown application is refused with the ones there are', async () => {
      expect(await refused(ask('app.show', { id: 8 }))).toMatch(/^app_unknown: .*none at all yet/);
      await ask('app.create', { id: 7, key });
      for (const name of ['app.show', 'app.addKey', 'app.disable', 'app.enable']) {
        expect(await refused(ask(name, { id: 8 }))).toBe('app_unknown: There is no application 8. There is 7.');
      }
      expect(await refused(ask('usersig.make', { app: 8, user: 'a', expire: 1 }))).toContain('no application 8');
    });
  });

  describe('on UserSigs', () => {
    it('make signs with the newest key, as the published package does', async () => {
      await ask('app.create', { id: 7, key });
      await ask('app.addKey', { id: 7, key: otherKey });
      const { userSig, keyId } = await ask('usersig.make', { app: 7, user: 'alice', expire: 60 });
      expect(keyId).toBe('k2');
      const decoded = decodeUserSig(userSig);
      if (!decoded.ok) throw new Error(decoded.detail);
      expect(decoded.fields).toMatchObject({
        identifier: 'alice',
        sdkAppId: 7,
        expire: 60,
        time: Math.floor(scene.clock.now() / 1000),
      });
      expect(await ask('usersig.explain', { sig: userSig, app: 7, user: 'alice' })).toContainEqual({
        level: 'good',
        code: 'key_right',
        text: 'The signature is right, under key k2 of application 7.',
        data: { key: 'k2', app: 7 },
      });
    });

    it('explain tells of a wrong key, another application, and an account that was kicked', async () => {
      const app = await ask('app.create', { id: 7, key });
      const texts = async (input: object): Promise<string> =>
        (await ask('usersig.explain', input)).map((one: { text: string }) => one.text).join('\n');
      const foreign = new tlsSig.Api(7, otherKey).genUserSig('alice', 86_400);
      expect(await texts({ sig: foreign })).toContain('No key of any application here made this signature (70009)');
      const { userSig } = await ask('usersig.make', { app: 7, user: 'alice', expire: 60 });
      expect(await texts({ sig: userSig, app: 8 })).toContain('(70014)');
      expect(await texts({ sig: userSig })).not.toContain('70052');
      await scene.store.accounts.revoke(app.id, userId('alice'), Math.floor(scene.clock.now() / 1000));
      expect(await texts({ sig: userSig })).toContain('(70052)');
    });
  });

  describe('on calls', () => {
    const cause: Cause = {
      cause: 'device',
      actor: userId('alice'),
      device: deviceId('phone'),
      requestId: requestId('r1'),
      origin: { clientIp: '127.0.0.1', platform: 'Web' },
    };

    /** Alice calls bob in application 7. */
    async function ring() {
      await ask('app.create', { id: 7, key });
      await ask('app.create', { id: 8, key });
      const app = scene.store.apps.get(7);
      if (app === undefined) throw new Error('application 7 is gone');
      for (const name of ['alice', 'bob']) await scene.store.accounts.ensure(app.sdkAppId, userId(name));
      const { callId } = await scene.calls.start(
        app,
        {
          caller: userId('alice'),
          robot: false,
          device: deviceId('phone'),
          callees: [userId('bob')],
          mediaType: 'Video',
          chatGroupId: '',
          roomId: '',
          roomIdType: 0,
          userData: '',
          timeout: 30_000,
        },
        cause,
      );
      return { app, callId };
    }

    it('list shows who rings, of all applications or of one', async () => {
      expect(await ask('calls.list')).toEqual({ calls: [], total: 0 });
      const { callId } = await ring();
      const call = {
        app: 7,
        callId,
        callType: 'SingleCall',
        mediaType: 'Video',
        carrier: '',
        caller: 'alice',
        startedAt: scene.clock.now(),
        acceptedAt: 0,
        roomId: callId,
        roomIdType: 2,
        chatGroupId: '',
        members: [
          { userId: 'alice', status: 'Calling', device: 'phone', deadline: 0, robot: false },
          { userId: 'bob', status: 'Waiting', device: '', deadline: scene.clock.now() + 30_000, robot: false },
        ],
      };
      expect(await ask('calls.list')).toEqual({ calls: [call], total: 1 });
      expect(await ask('calls.list', { app: 7 })).toEqual({ calls: [call], total: 1 });
      expect(await ask('calls.list', { app: 8 })).toEqual({ calls: [], total: 0 });
      expect(await refused(ask('calls.list', { app: 9 }))).toContain('no application 9');
      expect(await ask('status')).toMatchObject({ apps: 2, liveCalls: 1 });
    });

    it('end ends the call for all, and the history says that an operator did', async () => {
      const { app, callId } = await ring();
      scene.notices.length = 0;
      expect(await ask('calls.end', { callId })).toMatchObject({ callId, app: 7 });
      expect(scene.notices.sort()).toEqual(['alice callEnded', 'bob callEnded']);
      expect(await ask('calls.list')).toEqual({ calls: [], total: 0 });
      const history = await scene.store.calls.history(app.sdkAppId, callId, 0);
      expect(history.map(({ type, cause: by, actor }) => [type, by, actor])).toEqual([
        ['start', 'device', 'alice'],
        ['end', 'operator', ''],
      ]);
      expect(await refused(ask('calls.end', { callId }))).toContain('no_such_call: There is no live call');
    });

    it.each([
      ['end', 'calls.end', (callId: string) => ({ callId })],
      ['a kick', 'users.kick', () => ({ app: 7, user: 'alice' })],
    ] as const)('%s is told to webhooks as of the operator, not of the device that rang', async (_, name, input) => {
      const { callId } = await ring();
      const applied = vi.spyOn(scene.calls, 'apply');
      await scene.operator(name, input(callId), { who: 'anna', role: 'operator', ip: '203.0.113.9' });
      const causes = applied.mock.calls.map(([, , , given]) => given);
      expect(causes).toMatchObject([{ origin: { clientIp: '203.0.113.9', platform: 'RESTAPI' } }]);
    });
  });

  it('status says which server runs and where', async () => {
    const status = await ask('status');
    expect(status).toEqual({
      server: {
        dev: false,
        startedAt: 5,
        addresses: { https: 'https://127.0.0.1:1' },
        certificate: 'the certificate in use',
        pid: process.pid,
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      },
      apps: 0,
      liveCalls: 0,
      now: scene.clock.now(),
    });
  });
});

describe('the list of operations', () => {
  it('has words for every field, so that an error never speaks of a schema', () => {
    const fields = operations.flatMap(({ name, input }) =>
      Object.entries(input.properties as Record<string, { description?: string }>).map(
        ([field, { description }]) => [`${name} ${field}`, description] as const,
      ),
    );
    expect(fields.length).toBeGreaterThan(10);
    expect(fields.filter(([, description]) => description === undefined)).toEqual([]);
  });
});

describe('an operation on input that does not fit', () => {
  let scene: AdminScene;

  beforeAll(async () => {
    scene = await adminScene();
  });

  afterAll(() => scene.close());

  it.each([
    ['no id', 'app.show', {}, 'id is missing.'],
    ['an id of text', 'app.show', { id: '7' }, 'id must be a whole number from 1 to 4294967295.'],
    ['an id of 2^32', 'app.create', { id: 2 ** 32 }, 'id must be a whole number from 1 to 4294967295.'],
    ['an id of 0', 'app.create', { id: 0 }, 'id must be'],
    ['a short key', 'app.create', { key: 'secret' }, 'key must be 32 to 128 printable ASCII characters'],
    ['a key with a line end', 'app.create', { key: `${key}\n` }, 'key must be'],
    ['a name with a line end', 'app.create', { name: 'a\nb' }, 'name must be at most 64 characters on one line.'],
    ['a key id of a number', 'app.removeKey', { id: 7, keyId: 1 }, 'keyId must be the id of a key, such as k1.'],
    ['a call id that is empty', 'calls.end', { callId: '' }, 'callId must be the id of a call, 1 to 64 characters'],
    [
      'a signature that is too long',
      'usersig.explain',
      { sig: 'a'.repeat(20_001) },
      'sig must be a UserSig as text, at',
    ],
    ['a signature of a number', 'usersig.explain', { sig: 1 }, 'sig must be a UserSig as text'],
    ['a user of a number', 'usersig.explain', { sig: 'a', user: 1 }, 'user must be the identifier of the request'],
    ['a wish of text', 'app.show', { id: 7, reveal: 'yes' }, 'reveal must be true or false.'],
    ['a member too many', 'app.list', { all: true }, 'app.list does not take all.'],
    ['a list', 'app.list', [], 'app.list takes a JSON object.'],
    ['an operation that is none', 'app.drop', {}, 'There is no operation app.drop.'],
    ['one of every object', 'toString', {}, 'There is no operation toString.'],
  ])('%s is refused with a sentence', async (_, name, input, sentence) => {
    const answer = await refused(scene.ask(name, input));
    expect(answer).toContain(`bad_params: ${sentence}`);
    expect(answer).not.toContain(key);
  });
});
