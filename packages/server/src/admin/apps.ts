import { randomBytes } from 'node:crypto';
import { Refusal, sdkAppId, userId } from 'ringback-protocol';
import { Type } from 'typebox';
import type { AppKey, Apps, KeptApp } from '../ports/apps.ts';
import { type AppView, appOf, appView, type KeyView, keyView } from './app-view.ts';
import { keyIdField, nameField, sdkAppIdField, secretField } from './fields.ts';
import { operation } from './operation.ts';

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
  input: Type.Object(
    { id: Type.Optional(sdkAppIdField), key: Type.Optional(secretField), name: Type.Optional(nameField) },
    closed,
  ),
  async handle({ apps, accounts, clock }, { id = freeId(apps), key = makeSecret(), name = '' }) {
    const known = apps.get(id);
    if (known !== undefined) {
      throw new Refusal('bad_params', `Application ${id} exists already. Leave --id out to take a free one.`, 'id');
    }
    const app: KeptApp = {
      sdkAppId: sdkAppId(id),
      name,
      keys: [{ id: 'k1', secret: key, createdAt: clock.now() }],
      disabled: false,
      packageExpiresAt: 0,
      allowIps: [],
      disabledCommands: [],
      admins: [administrator],
      overrides: {},
    };
    await apps.save(app);
    await accounts.ensure(app.sdkAppId, userId(administrator));
    return appView(appOf(apps, id), true);
  },
});

export const listApps = operation({
  name: 'app.list',
  beside: true,
  doc: 'Lists the applications.',
  input: Type.Object({}, closed),
  handle: ({ apps }): readonly AppView[] => apps.list().map((app) => appView(app, false)),
});

export const showApp = operation({
  name: 'app.show',
  doc: 'Shows an application; its keys in full on demand.',
  input: Type.Object(
    { id: sdkAppIdField, reveal: Type.Optional(Type.Boolean({ description: 'true or false' })) },
    closed,
  ),
  handle: ({ apps }, { id, reveal = false }): AppView => appView(appOf(apps, id), reveal),
});

export const addKey = operation({
  name: 'app.addKey',
  doc: 'Adds a key, valid beside the others, and shows it.',
  input: Type.Object({ id: sdkAppIdField, key: Type.Optional(secretField) }, closed),
  async handle({ apps, clock }, { id, key = makeSecret() }): Promise<KeyView> {
    const app = appOf(apps, id);
    const same = app.keys.find(({ secret }) => secret === key);
    if (same !== undefined)
      throw new Refusal('bad_params', `Application ${id} has this key already: ${same.id}.`, 'key');
    if (app.keys.length >= maxKeys) {
      throw new Refusal(
        'bad_params',
        `Application ${id} has ${maxKeys} keys, the most there can be. Remove one first.`,
      );
    }
    const added = { id: nextKeyId(app.keys), secret: key, createdAt: clock.now() };
    await apps.save({ ...app, keys: [...app.keys, added] });
    return keyView(added, true);
  },
});

export const removeKey = operation({
  name: 'app.removeKey',
  doc: 'Removes a key; signatures made with it are refused at once. The last one stays.',
  input: Type.Object({ id: sdkAppIdField, keyId: keyIdField }, closed),
  async handle({ apps }, { id, keyId }): Promise<AppView> {
    const app = appOf(apps, id);
    const keys = app.keys.filter((key) => key.id !== keyId);
    if (keys.length === app.keys.length) {
      const known = app.keys.map((key) => key.id).join(', ');
      throw new Refusal('bad_params', `Application ${id} has no key ${keyId}. It has ${known}.`, 'keyId');
    }
    if (keys.length === 0) {
      throw new Refusal(
        'bad_params',
        `${keyId} is the only key of application ${id}. Add another first (\`ringback app add-key ${id}\`).`,
        'keyId',
      );
    }
    const changed = { ...app, keys };
    await apps.save(changed);
    return appView(changed, false);
  },
});

/** Both are idempotent: what is so already is no error. */
const setDisabled = async (apps: Apps, id: number, disabled: boolean): Promise<AppView> => {
  const app = { ...appOf(apps, id), disabled };
  await apps.save(app);
  return appView(app, false);
};

export const disableApp = operation({
  name: 'app.disable',
  doc: 'Disables an application: its requests are refused with 60016.',
  input: one,
  handle: ({ apps }, { id }) => setDisabled(apps, id, true),
});

export const enableApp = operation({
  name: 'app.enable',
  doc: 'Enables a disabled application.',
  input: one,
  handle: ({ apps }, { id }) => setDisabled(apps, id, false),
});
