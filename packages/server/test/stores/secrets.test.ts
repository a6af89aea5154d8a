import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { nodeId, sdkAppId } from 'ringback-protocol';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { makeWebhookSecret } from '../../src/auth/webhook-secret.ts';
import type { Endpoint } from '../../src/ports/endpoints.ts';
import type { PushConfig } from '../../src/ports/push.ts';
import { openStore } from '../../src/stores/postgres.ts';
import { sealedTables } from '../../src/stores/sealed-tables.ts';
import { makeMasterKey, Secrets } from '../../src/stores/secrets.ts';
import { copyToPostgres } from '../../src/stores/sqlite-to-postgres.ts';
import { saveProvider } from '../support/save-provider.ts';
import { testApp } from '../support/test-app.ts';
import { eachStore, type StoreScene } from './support/each-store.ts';
import { PgliteDatabase } from './support/pglite.ts';
import { SqliteFile } from './support/sqlite-file.ts';

const [keyA, keyB] = [makeMasterKey(), makeMasterKey()];
const underA = new Secrets({ masterKey: keyA });
const underB = new Secrets({ masterKey: keyB });

const whsec = makeWebhookSecret();
const app = testApp({ keys: [{ id: 'k1', secret: 'first-key-of-the-application', createdAt: 1 }] });
const endpoint: Endpoint = {
  app: app.sdkAppId,
  id: 'orders',
  url: 'https://orders.example.com/?token=hidden-in-the-url',
  commands: [],
  secrets: [whsec],
  token: 'token-of-the-endpoint',
  state: 'active',
  format: 'v4',
};
const hidden = ['first-key-of-the-application', whsec, 'token-of-the-endpoint', 'hidden-in-the-url'];

describe('what is encrypted', () => {
  it('is read with its key at its place, and is another text each time', () => {
    const [one, two] = [underA.seal('apps/1', '{"ä":1}'), underA.seal('apps/1', '{"ä":1}')];
    expect(one).not.toBe(two);
    expect(underA.open('apps/1', one)).toBe('{"ä":1}');
    expect(new Secrets({ masterKey: keyB, otherKey: keyA }).open('apps/1', two)).toBe('{"ä":1}');
    expect(underA.kept(one)).toBe('current');
    expect(underB.kept(one)).toBe('unknown');
    expect(new Secrets().seal('apps/1', '{}')).toBe('{}');
    expect(underA.open('apps/1', '{}')).toBe('{}');
  });

  it('is refused at another place, and after any change of a character', () => {
    const text = underA.seal('endpoints/1/a', '{"url":"x"}');
    expect(() => underA.open('endpoints/1/b', text)).toThrow(/changed or moved/);
    const from = text.lastIndexOf(':') + 1;
    for (let at = from; at < text.length - 2; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A';
      expect(() => underA.open('endpoints/1/a', text.slice(0, at) + other + text.slice(at + 1))).toThrow();
    }
    for (const cut of [text.slice(0, -4), text.slice(0, from), text.slice(0, from + 8)]) {
      expect(() => underA.open('endpoints/1/a', cut)).toThrow(/changed or moved/);
    }
  });

  it('says which key is missing, and shows none', () => {
    const text = underA.seal('apps/1', '{}');
    for (const secrets of [new Secrets(), underB, new Secrets({ otherKey: keyB })]) {
      let said = '';
      try {
        secrets.open('apps/1', text);
      } catch (error) {
        said = (error as Error).message;
      }
      expect(said).toContain(`the master key ${underA.keyId}`);
      expect(said).toContain('secrets.masterKeyFile');
      for (const key of [keyA, keyB]) expect(said).not.toContain(key);
    }
    expect(() => new Secrets({ masterKey: 'c2hvcnQ=' })).toThrow(/base64 of 32 bytes/);
  });
});

const texts = async (scene: StoreScene): Promise<string[]> => {
  const found: string[] = [];
  for (const { name, column } of sealedTables) {
    for (const row of await scene.rows(`SELECT ${column} AS kept FROM ${name}`)) found.push(String(row.kept));
  }
  return found;
};

eachStore('secrets at rest', (scene) => {
  const whole = (): void => {
    expect(scene.store.apps.get(app.sdkAppId)?.keys).toEqual(app.keys);
    expect(scene.store.endpoints.get(app.sdkAppId, 'orders')).toMatchObject({ secrets: [whsec], url: endpoint.url });
  };

  test('of push providers are encrypted too, and read again', async () => {
    const provider: PushConfig = {
      app: app.sdkAppId,
      name: 'own',
      setup: { kind: 'webhook', url: 'https://push.example.com/', secrets: [whsec] },
    };
    await saveProvider(scene.store.pushProviders, provider);
    expect((await texts(scene)).join()).toContain(whsec);
    // What was there before, and what is written from now on.
    await scene.reopen(underA);
    expect((await texts(scene)).join()).not.toContain(whsec);
    await saveProvider(scene.store.pushProviders, { ...provider, name: 'second' });
    expect((await texts(scene)).join()).not.toContain(whsec);
    expect(await scene.store.secrets.count()).toEqual({ current: 2, other: 0, plain: 0, unknown: 0 });
    await scene.reopen(underA);
    for (const name of ['own', 'second']) {
      expect(scene.store.pushProviders.get(app.sdkAppId, name)).toEqual({ ...provider, name });
    }
  });

  test('are kept as they are without a master key, and encrypted from the opening on that brings one', async () => {
    await scene.store.apps.save(app);
    await scene.store.endpoints.save(endpoint);
    expect((await texts(scene)).join()).toContain('first-key-of-the-application');
    expect(await scene.store.secrets.count()).toEqual({ current: 2, other: 0, plain: 0, unknown: 0 });

    await scene.reopen(underA);
    whole();
    expect(await scene.store.secrets.count()).toEqual({ current: 2, other: 0, plain: 0, unknown: 0 });
    for (const text of await texts(scene)) {
      expect(text).toMatch(/^sealed:1:/);
      for (const one of hidden) expect(text).not.toContain(one);
    }
    // What is written from now on, too.
    await scene.store.apps.save({ ...app, name: 'renamed' });
    await scene.store.endpoints.change(app.sdkAppId, 'orders', (kept) => ({ ...(kept as Endpoint), state: 'paused' }));
    for (const text of await texts(scene)) expect(text).toMatch(/^sealed:1:/);
    await scene.reopen(underA);
    whole();
    expect(scene.store.apps.get(app.sdkAppId)?.name).toBe('renamed');
  });

  test('are refused without their key and with another one, in a sentence, and nothing is changed', async () => {
    await scene.reopen(underA);
    await scene.store.apps.save(app);
    const before = await texts(scene);
    for (const secrets of [undefined, underB]) {
      await expect(scene.reopen(secrets)).rejects.toThrow(`master key ${underA.keyId}`);
    }
    expect(await texts(scene)).toEqual(before);
    await scene.reopen(underA);
    expect(scene.store.apps.get(app.sdkAppId)?.keys).toEqual(app.keys);
  });

  test('are read with the other key until they are written anew with the master key, while they change', async () => {
    await scene.reopen(underA);
    await scene.store.apps.save(app);
    await scene.store.endpoints.save(endpoint);
    await scene.reopen(new Secrets({ masterKey: keyB, otherKey: keyA }));
    whole();
    expect(await scene.store.secrets.count()).toEqual({ current: 0, other: 2, plain: 0, unknown: 0 });
    await scene.store.apps.save({ ...app, name: 'one' });
    expect(await scene.store.secrets.count()).toEqual({ current: 1, other: 1, plain: 0, unknown: 0 });
    const [rotated] = await Promise.all([
      scene.store.secrets.rotate(),
      scene.store.endpoints.change(app.sdkAppId, 'orders', (kept) => ({ ...(kept as Endpoint), state: 'paused' })),
    ]);
    expect([0, 1]).toContain(rotated);
    expect(await scene.store.secrets.count()).toEqual({ current: 2, other: 0, plain: 0, unknown: 0 });
    expect(await scene.store.secrets.rotate()).toBe(0);
    await scene.reopen(underB);
    whole();
    expect(scene.store.apps.get(app.sdkAppId)?.name).toBe('one');
    expect(scene.store.endpoints.get(app.sdkAppId, 'orders')?.state).toBe('paused');
  });

  test('are taken out of encryption by a rotation without a master key', async () => {
    await scene.reopen(underA);
    await scene.store.apps.save(app);
    await scene.reopen(new Secrets({ otherKey: keyA }));
    expect(await scene.store.secrets.rotate()).toBe(1);
    await scene.reopen();
    expect(scene.store.apps.get(app.sdkAppId)?.keys).toEqual(app.keys);
  });
});

describe('the files of the embedded database', () => {
  let file: SqliteFile;
  beforeEach(() => {
    file = new SqliteFile();
  });
  afterEach(() => file.dispose());

  it('are written anew at once, though a backup reads what there was before', async () => {
    const store = await file.open(new Secrets({ otherKey: keyA }));
    await file.close(store);
    const first = await file.open(underA);
    await first.apps.save(app);
    const second = await file.reopen(first, new Secrets({ masterKey: keyB, otherKey: keyA }));
    file.side.exec('BEGIN');
    file.rows('SELECT * FROM apps');
    await second.apps.save({ ...app, sdkAppId: sdkAppId(1_400_000_002) });
    const began = performance.now();
    expect(await second.secrets.rotate()).toBe(1);
    // Whoever reads is waited for by nobody; it was 5 s.
    expect(performance.now() - began).toBeLessThan(2000);
    file.side.exec('COMMIT');
  });

  it('hold no secret any more once a master key has come, not even one of before', async () => {
    const first = await file.open();
    await first.apps.save(app);
    for (let i = 0; i < 30; i += 1) {
      await first.apps.save({ ...app, keys: [{ id: 'k1', secret: `key-${i}-${'x'.repeat(i * 40)}`, createdAt: 1 }] });
    }
    await first.apps.save(app);
    await first.endpoints.save(endpoint);
    await file.close(first);
    const bytes = (): string =>
      readdirSync(dirname(file.path))
        .map((name) => readFileSync(join(dirname(file.path), name), 'latin1'))
        .join('\n');
    expect(bytes()).toContain('first-key-of-the-application');
    const second = await file.open(underA);
    await file.close(second);
    for (const one of [...hidden, 'key-29-']) expect(bytes()).not.toContain(one);
  });

  it('are moved into PostgreSQL as they are, and opened there with the same key and with no other', async () => {
    const store = await file.open(underA);
    await store.apps.save(app);
    await store.endpoints.save(endpoint);
    await file.close(store);
    const db = new PgliteDatabase();
    try {
      await copyToPostgres({ path: file.path, db, progress: () => {} });
      const options = { node: nodeId('n1'), clock: file.clock };
      await expect(openStore(db, options)).rejects.toThrow(`master key ${underA.keyId}`);
      const moved = await openStore(db, { ...options, secrets: underA });
      expect(moved.apps.get(app.sdkAppId)?.keys).toEqual(app.keys);
      expect(moved.endpoints.get(app.sdkAppId, 'orders')?.secrets).toEqual([whsec]);
      // Closes the database.
      await moved.close();
    } catch (error) {
      await db.close().catch(() => {});
      throw error;
    }
  }, 180_000);
});
