import { createPrivateKey } from 'node:crypto';
import { type PushKind, pushKinds } from 'ringback-protocol';
import { type Static, Type } from 'typebox';
import webpush from 'web-push';
import { isWebhookSecret, makeWebhookSecret } from '../auth/webhook-secret.ts';
import type { PushSetup } from '../ports/push.ts';
import { refuse } from './refusals.ts';

const text = (description: string, maxLength = 200) => Type.Optional(Type.String({ maxLength, description }));

/** What a provider can be set up with; each kind takes some of it. */
export const setupFields = {
  kind: Type.Enum([...pushKinds], { description: `one of ${pushKinds.join(', ')}` }),
  url: text('of webhook: where pushes are sent, a URL', 2048),
  secret: text('of webhook: whsec_ and the base64 of 24 to 64 bytes; made when absent, the one before signs beside it'),
  subject: text('of web-push: a mailto: or https: address that push services can complain to'),
  publicKey: text('of web-push: the VAPID key, base64url; made when absent'),
  privateKey: text('of web-push: the private part of it, base64url'),
  serviceAccount: text('of fcm: the key file of a service account, as it was downloaded (JSON)', 8192),
  team: text('of apns: the team id, 10 characters'),
  keyId: text('of apns: the id of the key, 10 characters'),
  key: text('of apns: the key, the text of the .p8 file', 4096),
  topic: text('of apns: the bundle id of the app'),
  sandbox: Type.Optional(Type.Boolean({ description: 'of apns: for builds of developers' })),
  endpoint: text('of fcm and apns: another address of the service, for tests', 2048),
} as const;

const input = Type.Object(setupFields);
type Given = Static<typeof input>;
type Field = Exclude<keyof Given, 'kind'>;

const takes: Readonly<Record<PushKind, readonly Field[]>> = {
  webhook: ['url', 'secret'],
  'web-push': ['subject', 'publicKey', 'privateKey'],
  fcm: ['serviceAccount', 'endpoint'],
  apns: ['team', 'keyId', 'key', 'topic', 'sandbox', 'endpoint'],
};

/**
 * A set-up out of what was given; what is not given stays as it was. Throws what is missing or wrong, by its name. `problem`
 * says why the server may not go to a URL, in words that follow its name.
 */
export function setupOf(
  given: Given,
  before: PushSetup | undefined,
  problem: (url: string) => string | undefined,
): PushSetup {
  const { kind } = given;
  const stray = (Object.keys(given) as (keyof Given)[]).find(
    (field) => field !== 'kind' && given[field] !== undefined && !takes[kind].includes(field),
  );
  if (stray !== undefined) throw refuse('push_not_for', { kind, field: stray }, stray);
  const need = (field: Field, form: string) => refuse('push_field', { kind, field, form }, field);
  const checked = (field: Field, url: string): string => {
    const wrong = problem(url);
    if (wrong !== undefined) throw refuse('url_problem', { problem: wrong }, field);
    return url.replace(/\/+$/, '');
  };
  if (kind === 'webhook') return webhookOf(given, before, checked, need);
  if (kind === 'web-push') return webPushOf(given, before, need);
  if (kind === 'fcm') return fcmOf(given, before, checked, need);
  return apnsOf(given, before, checked, need);
}

type Checked = (field: Field, url: string) => string;
type Need = (field: Field, form: string) => Error;

function webhookOf(given: Given, before: PushSetup | undefined, checked: Checked, need: Need): PushSetup {
  const known = before?.kind === 'webhook' ? before : undefined;
  const { url = known?.url, secret } = given;
  if (url === undefined) throw need('url', 'where your push service is');
  if (secret !== undefined && !isWebhookSecret(secret)) throw refuse('secret_form', {}, 'secret');
  const secrets =
    secret === undefined ? (known?.secrets ?? [makeWebhookSecret()]) : [secret, ...(known?.secrets ?? [])].slice(0, 2);
  // A slash at the end may mean something to the receiver.
  checked('url', url);
  return { kind: 'webhook', url, secrets };
}

function webPushOf(given: Given, before: PushSetup | undefined, need: Need): PushSetup {
  const known = before?.kind === 'web-push' ? before : undefined;
  const { subject = known?.subject, publicKey, privateKey } = given;
  if (subject === undefined || !isSubject(subject)) {
    throw need('subject', 'mailto:you@example.com, or an https address');
  }
  if ((publicKey === undefined) !== (privateKey === undefined)) {
    throw need(publicKey === undefined ? 'publicKey' : 'privateKey', 'both keys, or none of them');
  }
  if (publicKey === undefined || privateKey === undefined) {
    const keys = known ?? webpush.generateVAPIDKeys();
    return { kind: 'web-push', subject, publicKey: keys.publicKey, privateKey: keys.privateKey };
  }
  if (Buffer.from(publicKey, 'base64url').length !== 65) throw need('publicKey', '65 bytes in base64url');
  if (Buffer.from(privateKey, 'base64url').length !== 32) throw need('privateKey', '32 bytes in base64url');
  return { kind: 'web-push', subject, publicKey, privateKey };
}

function fcmOf(given: Given, before: PushSetup | undefined, checked: Checked, need: Need): PushSetup {
  const known = before?.kind === 'fcm' ? before : undefined;
  const { serviceAccount } = given;
  const form =
    'the JSON file that the Firebase console gives, with project_id, client_email, private_key and token_uri';
  const endpoint = checked('endpoint', given.endpoint ?? known?.endpoint ?? 'https://fcm.googleapis.com');
  if (serviceAccount === undefined) {
    if (known === undefined) throw need('serviceAccount', form);
    return { ...known, endpoint };
  }
  let account: Readonly<Record<string, unknown>>;
  try {
    account = JSON.parse(serviceAccount) as Readonly<Record<string, unknown>>;
  } catch {
    throw need('serviceAccount', form);
  }
  const { project_id: project, client_email: email, private_key: key, token_uri: tokenUrl } = account ?? {};
  const all = [project, email, key, tokenUrl].every((one) => typeof one === 'string' && one !== '');
  if (!all || keyTypeOf(key as string) !== 'rsa') throw need('serviceAccount', form);
  return {
    kind: 'fcm',
    project: project as string,
    email: email as string,
    key: key as string,
    tokenUrl: checked('serviceAccount', tokenUrl as string),
    endpoint,
  };
}

function apnsOf(given: Given, before: PushSetup | undefined, checked: Checked, need: Need): PushSetup {
  const known = before?.kind === 'apns' ? before : undefined;
  const { team = known?.team, keyId = known?.keyId, key = known?.key, topic = known?.topic, sandbox } = given;
  if (team === undefined || !/^[A-Z0-9]{10}$/.test(team)) throw need('team', '10 capital letters and digits');
  if (keyId === undefined || !/^[A-Z0-9]{10}$/.test(keyId)) throw need('keyId', '10 capital letters and digits');
  if (key === undefined || keyTypeOf(key) !== 'ec') throw need('key', 'the text of the .p8 file of Apple');
  if (topic === undefined || !/^[A-Za-z0-9.-]{1,155}$/.test(topic)) throw need('topic', 'the bundle id of the app');
  const standard = sandbox === true ? 'https://api.sandbox.push.apple.com' : 'https://api.push.apple.com';
  const kept = sandbox === undefined ? known?.endpoint : undefined;
  const endpoint = checked('endpoint', given.endpoint ?? kept ?? standard);
  return { kind: 'apns', team, keyId, key, topic, endpoint };
}

/** As whoever signs with VAPID wants it. */
function isSubject(subject: string): boolean {
  return /^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(subject) && URL.canParse(subject);
}

/** Empty for what is no private key. */
function keyTypeOf(key: string): string {
  try {
    return createPrivateKey(key).asymmetricKeyType ?? '';
  } catch {
    return '';
  }
}
