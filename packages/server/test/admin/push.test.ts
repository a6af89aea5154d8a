import { generateKeyPairSync } from 'node:crypto';
import { callId, deviceId, sdkAppId, userId } from 'ringback-protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import webpush from 'web-push';
import { type AdminScene, adminScene, refused } from '../support/admin-scene.ts';
import { parsed } from '../support/cli.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are judged member by member.
type Answer = any;

let scene: AdminScene;
let app: number;

beforeAll(async () => {
  scene = await adminScene();
  app = ((await scene.ask('app.create', {})) as Answer).id;
});
afterAll(() => scene.close());

const ask = (name: string, input: object = {}): Promise<Answer> => scene.ask(name, { app, ...input }) as never;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
const otherCurve = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({
  type: 'pkcs8',
  format: 'pem',
});
const [pair, otherPair] = [webpush.generateVAPIDKeys(), webpush.generateVAPIDKeys()];
const serviceAccount = JSON.stringify({
  project_id: 'project-1',
  client_email: 'a@b.example',
  private_key: rsa,
  token_uri: 'https://oauth2.googleapis.com/token',
});
const apns = { kind: 'apns', team: 'TEAM123456', keyId: 'KEY1234567', key: ec, topic: 'com.example.app' };

describe('push providers', () => {
  it('are set up with what their kind needs; secrets are shown when they are made, and never again', async () => {
    const own = await ask('push.set', { name: 'own', kind: 'webhook', url: 'https://push.example.com/a' });
    expect(own).toMatchObject({ kind: 'webhook', setup: { url: 'https://push.example.com/a' } });
    expect(own.secrets).toEqual([expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/)]);
    const web = await ask('push.set', { name: 'web', kind: 'web-push', subject: 'mailto:ops@example.com' });
    expect(web.setup).toEqual({ subject: 'mailto:ops@example.com', publicKey: expect.stringMatching(/^[\w-]{87}$/) });
    await ask('push.set', { name: 'android', kind: 'fcm', serviceAccount });
    await ask('push.set', { name: 'ios', ...apns, sandbox: true });
    const text = JSON.stringify(await ask('push.list'));
    expect(JSON.parse(text).map(({ name }: Answer) => name)).toEqual(['android', 'ios', 'own', 'web']);
    expect(text).toContain('https://api.sandbox.push.apple.com');
    for (const secret of ['PRIVATE KEY', own.secrets[0]]) expect(text).not.toContain(secret);
    const audit = JSON.stringify(await scene.store.console.auditLog({ limit: 100 }));
    for (const secret of ['PRIVATE KEY', own.secrets[0]]) expect(audit).not.toContain(secret);
  });

  it('take a pair of keys that exists', async () => {
    const set = { name: 'pair', kind: 'web-push', subject: 'mailto:a@b.c', ...pair };
    expect((await ask('push.set', set)).setup.publicKey).toBe(pair.publicKey);
    await ask('push.remove', { name: 'pair' });
  });

  it('go to another address for tests, and back to their own where an empty one is given', async () => {
    const set = (endpoint: string) => ask('push.set', { name: 'ios', ...apns, endpoint });
    expect((await set('https://apns.example.com')).setup.endpoint).toBe('https://apns.example.com');
    expect((await set('')).setup.endpoint).toBe('https://api.push.apple.com');
  });

  it('keep what is not given, and two secrets of a webhook while one takes over', async () => {
    const [{ publicKey }] = (await ask('push.list'))
      .filter(({ name }: Answer) => name === 'web')
      .map((one: Answer) => one.setup);
    const web = await ask('push.set', { name: 'web', kind: 'web-push', subject: 'https://example.com/contact' });
    expect(web.setup).toEqual({ subject: 'https://example.com/contact', publicKey });
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const own = await ask('push.set', { name: 'own', kind: 'webhook', secret });
    expect(own).toMatchObject({ setup: { url: 'https://push.example.com/a' } });
    expect(own.secrets).toHaveLength(2);
    expect(own.secrets[0]).toBe(secret);
    // The one before was shown when it was made.
    expect(own.secrets[1]).toMatch(/^whsec_….{5}$/);
    expect((await ask('push.set', { name: 'own', kind: 'webhook', secret })).secrets).toEqual([secret]);
  });

  it.each([
    ['another kind under the same name', { name: 'own', kind: 'fcm', serviceAccount }, /own is of the kind webhook/],
    [
      'a field of another kind',
      { name: 'x', kind: 'webhook', url: 'https://a.example', team: 'T' },
      /does not take team/,
    ],
    ['no URL', { name: 'x', kind: 'webhook' }, /needs url/],
    ['a URL inside the own network', { name: 'x', kind: 'webhook', url: 'http://10.1.2.3/' }, /private network/],
    ['a key file that is none', { name: 'x', kind: 'fcm', serviceAccount: '{}' }, /needs serviceAccount/],
    ['a key of another kind', { name: 'x', ...apns, key: rsa }, /needs key/],
    ['a key of another curve', { name: 'x', ...apns, key: otherCurve }, /needs key/],
    [
      'keys that do not belong together',
      { name: 'x', kind: 'web-push', subject: 'mailto:a@b.c', ...pair, privateKey: otherPair.privateKey },
      /needs privateKey/,
    ],
    [
      'a private key that is none',
      {
        name: 'x',
        kind: 'web-push',
        subject: 'mailto:a@b.c',
        ...pair,
        privateKey: Buffer.alloc(32).toString('base64url'),
      },
      /needs privateKey/,
    ],
    [
      'an endpoint with a query',
      { name: 'x', kind: 'fcm', serviceAccount, endpoint: 'https://a.example/?a=b' },
      /must not hold/,
    ],
    ['an endpoint with a fragment', { name: 'x', ...apns, endpoint: 'https://a.example#a' }, /must not hold/],
    ['a team that cannot be one', { name: 'x', ...apns, team: 'team' }, /needs team/],
    [
      'half a pair of keys',
      { name: 'x', kind: 'web-push', subject: 'mailto:a@b.c', publicKey: 'x' },
      /needs privateKey/,
    ],
    [
      'an address to complain to that is no URL',
      { name: 'x', kind: 'web-push', subject: 'https://exa%mple' },
      /needs subject/,
    ],
    ['no address to complain to', { name: 'x', kind: 'web-push' }, /needs subject/],
  ])('are refused with %s', async (_, input, text) => {
    expect(await refused(ask('push.set', input))).toMatch(text);
    expect((await ask('push.list')).map(({ name }: Answer) => name)).not.toContain('x');
  });

  it('change the one that has the name, unless it is to be a new one', async () => {
    const [before] = (await ask('push.list')).filter(({ name }: Answer) => name === 'own');
    const set = { name: 'own', kind: 'webhook', url: 'https://push.example.com/other' };
    for (const other of [set, { name: 'own', kind: 'fcm', serviceAccount }])
      expect(await refused(ask('push.set', { ...other, new: true }))).toMatch(/has a push provider own already/);
    expect(await ask('push.list')).toContainEqual(before);
    expect((await ask('push.set', set)).setup.url).toBe(set.url);
    expect((await ask('push.set', { ...set, name: 'own-2', new: true })).name).toBe('own-2');
    await ask('push.remove', { name: 'own-2' });
  });

  it('are removed by name', async () => {
    await ask('push.remove', { name: 'android' });
    expect(await refused(ask('push.remove', { name: 'android' }))).toMatch(/It has ios, own, web/);
  });
});

describe('tokens and the log', () => {
  const bob = userId('bob');
  const id = callId('0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31');

  it('of a user are listed by their ends, and dropped', async () => {
    const token = {
      app: sdkAppId(app),
      userId: bob,
      device: deviceId('phone'),
      provider: 'own',
      channel: 'alert',
    } as const;
    await scene.store.pushTokens.save({ ...token, token: 'a-long-token-123456', platform: 'Android', updatedAt: 5 });
    const [listed] = await ask('push.tokens', { user: 'bob' });
    expect(listed).toMatchObject({ user: 'bob', device: 'phone', tokenEnd: '123456', updatedAt: 5 });
    expect(JSON.stringify(listed)).not.toContain('a-long-token');
    expect(await ask('push.forget', { user: 'bob' })).toEqual({ dropped: 1 });
    expect(await refused(ask('push.test', { user: 'bob' }))).toMatch(/while the server runs|no device/);
  });

  it('tell of each ring, the newest first, of one user where it is asked for', async () => {
    const place = { app: sdkAppId(app), startedAt: 1000, callId: id };
    scene.store.pushLog.add(place, 1001, { what: 'skipped', userId: bob, why: 'noToken' });
    scene.store.pushLog.add(place, 1002, { what: 'skipped', userId: userId('carol'), why: 'off' });
    await expect.poll(async () => (await ask('push.log')).entries).toHaveLength(2);
    expect((await ask('push.log', { user: 'bob' })).entries).toEqual([
      { callId: id, startedAt: 1000, at: 1001, what: 'skipped', userId: 'bob', why: 'noToken' },
    ]);
    expect(await refused(ask('push.log', { callId: id }))).toMatch(/There is no call/);
  });

  it('of one user in a call are not crowded out by those of others', async () => {
    const { app: made, callId: of, startedAt } = await ring();
    const place = { app: made.sdkAppId, startedAt, callId: of };
    for (let n = 0; n < 5; n += 1) {
      scene.store.pushLog.add(place, startedAt + n, { what: 'skipped', userId: userId('carol'), why: 'off' });
    }
    scene.store.pushLog.add(place, startedAt + 9, { what: 'skipped', userId: bob, why: 'off' });
    await expect.poll(async () => (await ask('push.log', { callId: of })).entries).toHaveLength(6);
    const { entries } = await ask('push.log', { callId: of, user: 'bob', limit: 1 });
    expect(entries).toMatchObject([{ at: startedAt + 9, userId: 'bob' }]);
    expect((await ask('push.log', { callId: of, user: 'carol', limit: 2 })).entries).toHaveLength(2);
  });

  it('say how far back they looked where that was not to the beginning', async () => {
    const newest = Date.parse('2026-03-02T09:00:00Z');
    vi.spyOn(scene.store.pushLog, 'recent').mockImplementation(async (_, before, limit) =>
      Array.from({ length: limit }, (__, n) => {
        const at = Math.min(before - 1, newest) - n;
        return { callId: id, startedAt: at, at, event: { what: 'skipped', userId: userId('carol'), why: 'off' } };
      }),
    );
    try {
      const { entries, lookedTo } = await ask('push.log', { user: 'bob' });
      expect([entries, newest - lookedTo > 90_000, newest - lookedTo < 100_000]).toEqual([[], true, true]);
      const { code, out, err } = await parsed([
        'push',
        'log',
        '--user',
        'bob',
        '--app',
        String(app),
        '--data',
        scene.data,
      ]);
      const end = new Date(lookedTo).toISOString();
      expect({ code, out, err }).toEqual({
        code: 0,
        out: '',
        err: `Only calls that began at ${end} or later were looked through; go on with --before ${end}\n`,
      });
    } finally {
      vi.restoreAllMocks();
    }
  });
});

/** A call that rings bob. */
async function ring() {
  const made = scene.store.apps.get(app);
  if (made === undefined) throw new Error('There is no application.');
  for (const name of ['anna', 'bob']) await scene.store.accounts.ensure(made.sdkAppId, userId(name));
  const request = {
    caller: userId('anna'),
    robot: true,
    device: '',
    callees: [userId('bob')],
    mediaType: 'Audio',
    chatGroupId: '',
    roomId: '',
    roomIdType: 0,
    userData: '',
    timeout: 30_000,
  } as const;
  const { callId: of } = await scene.calls.start(made, request, {
    cause: 'rest',
    actor: userId('administrator'),
    device: '',
    requestId: '',
    origin: { clientIp: '127.0.0.1', platform: 'RESTAPI' },
  });
  const { startedAt } = await scene.calls.get(made, of);
  return { app: made, callId: of, startedAt };
}
