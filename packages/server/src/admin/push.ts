import { bounds, type PushKind, userId } from 'ringback-protocol';
import { Type } from 'typebox';
import { type DeviceToken, type PushConfig, secretFields } from '../ports/push.ts';
import { deviceTokenAnswer, pushOutcomeAnswer, pushProviderAnswer } from './answers/push.ts';
import { appOf } from './app-view.ts';
import { endpointIdField, sdkAppIdField, userIdField } from './fields.ts';
import { type OperationContext, operation } from './operation.ts';
import { setupFields, setupOf } from './push-setup.ts';
import { refuse } from './refusals.ts';

const closed = { additionalProperties: false } as const;
const named = Type.Object({ app: sdkAppIdField, name: endpointIdField }, closed);
const newField = Type.Optional(
  Type.Boolean({ description: 'true: the provider is to be a new one, and a name that is taken is refused' }),
);
const ofUser = { app: sdkAppIdField, user: userIdField } as const;

/** A push provider as operators see it. */
export interface PushProviderView {
  readonly app: number;
  readonly name: string;
  readonly kind: PushKind;
  /** What is not secret of its set-up. */
  readonly setup: Readonly<Record<string, string>>;
  /** Of a webhook, the newest first, which is shown in full when it is made or given; else their last characters. */
  readonly secrets: readonly string[];
}

function viewOf({ app, name, setup }: PushConfig, reveal = false): PushProviderView {
  const hidden: ReadonlySet<string> = new Set(secretFields);
  const shown = Object.entries(setup).filter(([field]) => field !== 'kind' && !hidden.has(field));
  const secrets = setup.kind === 'webhook' ? setup.secrets : [];
  return {
    app,
    name,
    kind: setup.kind,
    setup: Object.fromEntries(shown) as Record<string, string>,
    secrets: secrets.map((secret, n) => (reveal && n === 0 ? secret : `whsec_…${secret.slice(-5)}`)),
  };
}

function providerOf({ apps, pushProviders }: OperationContext, app: number, name: string): PushConfig {
  const { sdkAppId } = appOf(apps, app);
  const found = pushProviders.get(sdkAppId, name);
  if (found !== undefined) return found;
  const known = pushProviders.of(sdkAppId).map((one) => one.name);
  throw known.length === 0
    ? refuse('push_none', { app, provider: name }, 'name')
    : refuse('push_unknown', { app, provider: name, known: known.join(', ') }, 'name');
}

export const listPushProviders = operation({
  name: 'push.list',
  doc: 'Lists the push providers of an application, without their secrets.',
  role: 'viewer',
  http: ['GET', '/apps/:app/push-providers'],
  input: Type.Object({ app: sdkAppIdField }, closed),
  answer: Type.Array(pushProviderAnswer),
  handle: ({ apps, pushProviders }, { app }): readonly PushProviderView[] =>
    pushProviders.of(appOf(apps, app).sdkAppId).map((config) => viewOf(config)),
});

export const setPushProvider = operation({
  name: 'push.set',
  doc: 'Sets a push provider up, or changes what is given of the one that has this name, unless `new` forbids that; a secret that is made is shown this once.',
  role: 'owner',
  http: ['PUT', '/apps/:app/push-providers/:name'],
  input: Type.Object({ app: sdkAppIdField, name: endpointIdField, new: newField, ...setupFields }, closed),
  answer: pushProviderAnswer,
  async handle({ apps, pushProviders, urlFlaw }, { app, name, new: isNew, ...given }): Promise<PushProviderView> {
    const { sdkAppId } = appOf(apps, app);
    let isFirst = false;
    const config = await pushProviders.change(sdkAppId, name, (before, all) => {
      isFirst = before === undefined;
      if (before !== undefined && isNew === true) throw refuse('push_exists', { app, provider: name }, 'name');
      if (before !== undefined && before.setup.kind !== given.kind) {
        throw refuse('push_kind', { provider: name, kind: before.setup.kind }, 'kind');
      }
      if (isFirst && all.length >= bounds.pushProvidersPerApp) {
        throw refuse('push_too_many', { app, most: bounds.pushProvidersPerApp });
      }
      return { app: sdkAppId, name, setup: setupOf(given, before?.setup, urlFlaw) };
    });
    return viewOf(config, isFirst || given.secret !== undefined);
  },
});

export const removePushProvider = operation({
  name: 'push.remove',
  doc: 'Removes a push provider; the tokens that devices have with it stay, and ring nothing.',
  role: 'owner',
  http: ['DELETE', '/apps/:app/push-providers/:name'],
  input: named,
  answer: pushProviderAnswer,
  async handle(context, { app, name }): Promise<PushProviderView> {
    const config = providerOf(context, app, name);
    await context.pushProviders.remove(config.app, name);
    return viewOf(config);
  },
});

/** A device token as operators see it: whoever has all of it could ring the device. */
const tokenView = ({ userId: user, device, provider, channel, platform, token, updatedAt }: DeviceToken) => ({
  user,
  device,
  provider,
  channel,
  platform,
  tokenEnd: token.slice(-6),
  updatedAt,
});

export const listPushTokens = operation({
  name: 'push.tokens',
  doc: 'Lists the devices of a user that pushes can ring.',
  role: 'viewer',
  http: ['GET', '/apps/:app/users/:user/push-tokens'],
  input: Type.Object(ofUser, closed),
  answer: Type.Array(deviceTokenAnswer),
  handle: async ({ apps, pushTokens }, { app, user }) =>
    (await pushTokens.of(appOf(apps, app).sdkAppId, userId(user))).map(tokenView),
});

export const forgetPushTokens = operation({
  name: 'push.forget',
  doc: 'Drops the device tokens of a user; the apps register again when they run.',
  role: 'operator',
  http: ['DELETE', '/apps/:app/users/:user/push-tokens'],
  input: Type.Object(ofUser, closed),
  answer: Type.Object({ dropped: Type.Integer() }),
  handle: async ({ apps, pushTokens }, { app, user }) => ({
    dropped: await pushTokens.remove(appOf(apps, app).sdkAppId, userId(user)),
  }),
});

export const testPush = operation({
  name: 'push.test',
  doc: 'Sends a test push to each device of a user, once, and says what its push service answers.',
  role: 'operator',
  http: ['POST', '/apps/:app/users/:user/push-tokens/test'],
  beside: true,
  input: Type.Object(ofUser, closed),
  answer: Type.Array(Type.Intersect([deviceTokenAnswer, pushOutcomeAnswer])),
  async handle({ apps, pushTokens, pushes }, { app, user }) {
    const { sdkAppId } = appOf(apps, app);
    if (pushes === undefined) throw refuse('server_needed');
    const tokens = await pushTokens.of(sdkAppId, userId(user));
    if (tokens.length === 0) throw refuse('push_no_token', { user }, 'user');
    return Promise.all(
      tokens.map(async (token) => {
        const { outcome, status, text, fault } = await pushes.test(token);
        return { ...tokenView(token), outcome, status, text, ...(fault !== undefined && { fault }) };
      }),
    );
  },
});
