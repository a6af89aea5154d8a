import { randomBytes } from 'node:crypto';
import { sdkAppId, userId } from 'ringback-protocol';
import { Type } from 'typebox';
import type { AppKey, Apps, KeptApp } from '../ports/apps.ts';
import { appAnswer, keyAnswer } from './answers/app.ts';
import { type AppView, appOf, appView, changeApp, type KeyView, keyView } from './app-view.ts';
import { keyIdField, nameField, sdkAppIdField, secretField } from './fields.ts';
import { commandLine, operation } from './operation.ts';
import { refuse } from './refusals.ts';

/** Applications count from here when the operator names no id. */
const firstId = 1_400_000_001;

/** The account that may call the REST API in every new application. */
const administrator = 'administrator';

/** Keys that an application can have at once; each costs one HMAC when a signature is wrong. */
const maxKeys = 10;

const closed = { additionalProperties: false } as const;
const one = Type.Object({ id: sdkAppIdField }, closed);

const makeSecret = (): string => randomBytes(32).toString('hex');

function freeId(apps: Apps): number {
  let id = firstId;
  while (apps.get(id) !== undefined) id += 1;
  return id;
}

/** `k1`, `k2`, …: one above the highest there is. */
function nextKeyId(keys: readonly AppKey[]): string {
  const numbers = keys.map(({ id }) => Number(/^k(\d+)$/.exec(id)?.[1] ?? 0));
  return `k${Math.max(0, ...numbers) + 1}`;
}

export const createApp = operation({
  name: 'app.create',
  doc: 'Makes an application and shows its key.',
  role: 'owner',
  http: ['POST', '/apps'],
  input: Type.Object(
    { id: Type.Optional(sdkAppIdField), key: Type.Optional(secretField), name: Type.Optional(nameField) },
    closed,
  ),
  answer: appAnswer,
  async handle({ apps, accounts, clock }, { id = freeId(apps), key = makeSecret(), name = '' }) {
    const app: KeptApp = {
      sdkAppId: sdkAppId(id),
      name,
      keys: [{ id: 'k1', secret: key, createdAt: clock.now() }],
      disabled: false,
      packageExpiresAt: 0,
      allowIps: [],
      allowOrigins: [],
      disabledCommands: [],
      admins: [administrator],
      overrides: {},
    };
    await apps.change(app.sdkAppId, (known) => {
      if (known !== undefined) throw refuse('app_exists', { app: id }, 'id');
      return app;
    });
    await accounts.ensure(app.sdkAppId, userId(administrator));
    return appView(appOf(apps, id), true);
  },
});

export const listApps = operation({
  name: 'app.list',
  doc: 'Lists the applications.',
  role: 'viewer',
  http: ['GET', '/apps'],
  input: Type.Object({}, closed),
  answer: Type.Array(appAnswer),
  handle: ({ apps }): readonly AppView[] => apps.list().map((app) => appView(app, false)),
});

export const showApp = operation({
  name: 'app.show',
  doc: 'Shows an application; its keys in full on demand.',
  role: ({ reveal }) => (reveal === true ? 'owner' : 'viewer'),
  http: ['GET', '/apps/:id'],
  input: Type.Object(
    { id: sdkAppIdField, reveal: Type.Optional(Type.Boolean({ description: 'true or false' })) },
    closed,
  ),
  answer: appAnswer,
  handle({ apps }, { id, reveal = false }, actor): AppView {
    // Whoever is on the machine can read the database as well.
    if (reveal && actor !== commandLine) throw refuse('reveal_local');
    return appView(appOf(apps, id), reveal);
  },
});

export const addKey = operation({
  name: 'app.addKey',
  doc: 'Adds a key, valid beside the others, and shows it.',
  role: 'owner',
  http: ['POST', '/apps/:id/keys'],
  input: Type.Object({ id: sdkAppIdField, key: Type.Optional(secretField) }, closed),
  answer: keyAnswer,
  async handle({ apps, clock }, { id, key = makeSecret() }): Promise<KeyView> {
    const { keys } = await changeApp(apps, id, (app) => {
      const same = app.keys.find(({ secret }) => secret === key);
      if (same !== undefined) throw refuse('key_exists', { app: id, key: same.id }, 'key');
      if (app.keys.length >= maxKeys) throw refuse('keys_too_many', { app: id, most: maxKeys });
      return {
        ...app,
        keys: [...app.keys, { id: nextKeyId(app.keys), secret: key, createdAt: clock.now() }],
      };
    });
    return keyView(keys.at(-1) as AppKey, true);
  },
});

export const removeKey = operation({
  name: 'app.removeKey',
  doc: 'Removes a key; signatures made with it are refused at once. The last one stays.',
  role: 'owner',
  http: ['DELETE', '/apps/:id/keys/:keyId'],
  input: Type.Object({ id: sdkAppIdField, keyId: keyIdField }, closed),
  answer: appAnswer,
  async handle({ apps }, { id, keyId }): Promise<AppView> {
    const changed = await changeApp(apps, id, (app) => {
      const keys = app.keys.filter((key) => key.id !== keyId);
      if (keys.length === app.keys.length) {
        const known = app.keys.map((key) => key.id).join(', ');
        throw refuse('key_unknown', { app: id, key: keyId, known }, 'keyId');
      }
      if (keys.length === 0) throw refuse('key_last', { app: id, key: keyId }, 'keyId');
      return { ...app, keys };
    });
    return appView(changed, false);
  },
});

/** Both are idempotent: what is so already is no error. */
const setDisabled = async (apps: Apps, id: number, disabled: boolean): Promise<AppView> =>
  appView(await changeApp(apps, id, (app) => ({ ...app, disabled })), false);

export const disableApp = operation({
  name: 'app.disable',
  doc: 'Disables an application: its requests are refused with 60016.',
  role: 'owner',
  http: ['POST', '/apps/:id/disable'],
  input: one,
  answer: appAnswer,
  handle: ({ apps }, { id }) => setDisabled(apps, id, true),
});

export const enableApp = operation({
  name: 'app.enable',
  doc: 'Enables a disabled application.',
  role: 'owner',
  http: ['POST', '/apps/:id/enable'],
  input: one,
  answer: appAnswer,
  handle: ({ apps }, { id }) => setDisabled(apps, id, false),
});
