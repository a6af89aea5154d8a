import { createECDH, createPrivateKey, type KeyObject } from 'node:crypto';
import { type PushKind, pushKinds, type UrlFlaw } from 'ringback-protocol';
import { type Static, Type } from 'typebox';
import { isWebhookSecret, makeWebhookSecret } from '../auth/webhook-secret.ts';
import type { PushSetup } from '../ports/push.ts';
import { refuse } from './refusals.ts';

const text = (description: string, maxLength = 200) => Type.Optional(Type.String({ maxLength, description }));

/** What a provider can be set up with; each kind takes some of it. */
export const setupFields = {
  kind: Type.Enum([...pushKinds], { description: `one of ${pushKinds.join(', ')}` }),
  url: text('of webhook: where pushes are sent, a URL', 2048),
  secret: text(
    'of webhook: whsec_ and the base64 of 24 to 64 bytes; made when absent; the one before signs beside it, until the same is given again',
  ),
  subject: text('of web-push: a mailto: or https: address that push services can complain to'),
  publicKey: text('of web-push: the VAPID key, base64url; made when absent'),
  privateKey: text('of web-push: the private part of it, base64url'),
  serviceAccount: text('of fcm: the key file of a service account, as it was downloaded (JSON)', 8192),
  team: text('of apns: the team id, 10 characters'),
  keyId: text('of apns: the id of the key, 10 characters'),
  key: text('of apns: the key, the text of the .p8 file', 4096),
  topic: text('of apns: the bundle id of the app'),
  sandbox: Type.Optional(Type.Boolean({ description: 'of apns: for builds of developers' })),
  endpoint: text('of fcm and apns: another address of the service, for tests; empty: its own', 2048),
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
 * A set-up out of what was given; what is not given stays as it was. Throws what is missing or wrong, by its name. `flaw`
 * says why the server may not go to a URL.
 */
export function setupOf(
  given: Given,
  before: PushSetup | undefined,
  flaw: (url: string) => UrlFlaw | undefined,
): PushSetup {
  const { kind } = given;
  const stray = (Object.keys(given) as (keyof Given)[]).find(
    (field) => field !== 'kind' && given[field] !== undefined && !takes[kind].includes(field),
  );
  if (stray !== undefined) throw refuse('push_not_for', { kind, field: stray }, stray);
  const checked = (field: Field, url: string): string => {
    const wrong = flaw(url);
    if (wrong !== undefined) throw refuse(wrong.code, wrong.data, field);
    return url.replace(/\/+$/, '');
  };
  // Paths are added to it.
  const base: Checked = (field, url) => {
    if (/[?#]/.test(url)) throw refuse('url_query', {}, field);
    return checked(field, url);
  };
  if (kind === 'webhook') return webhookOf(given, before, checked);
  if (kind === 'web-push') return webPushOf(given, before);
  if (kind === 'fcm') return fcmOf(given, before, { checked, base });
  return apnsOf(given, before, base);
}

type Checked = (field: Field, url: string) => string;

function webhookOf(given: Given, setUp: PushSetup | undefined, checked: Checked): PushSetup {
  const known = setUp?.kind === 'webhook' ? setUp : undefined;
  const { url = known?.url, secret } = given;
  if (url === undefined) throw refuse('push_url', {}, 'url');
  if (secret !== undefined && !isWebhookSecret(secret)) throw refuse('secret_form', {}, 'secret');
  const before = known?.secrets ?? [];
  const kept = before.length === 0 ? [makeWebhookSecret()] : before;
  // Said once more, it is the only one from now on.
  const secrets = secret === undefined ? kept : secret === before[0] ? [secret] : [secret, ...before].slice(0, 2);
  // A slash at the end may mean something to the receiver.
  checked('url', url);
  return { kind: 'webhook', url, secrets };
}

function webPushOf(given: Given, before: PushSetup | undefined): PushSetup {
  const known = before?.kind === 'web-push' ? before : undefined;
  const { subject = known?.subject, publicKey, privateKey } = given;
  if (subject === undefined || !isSubject(subject)) throw refuse('push_subject', {}, 'subject');
  if ((publicKey === undefined) !== (privateKey === undefined)) {
    const field = publicKey === undefined ? 'publicKey' : 'privateKey';
    throw refuse('push_both_keys', { field }, field);
  }
  if (publicKey === undefined || privateKey === undefined) {
    const keys = known ?? makeVapidKeys();
    return { kind: 'web-push', subject, publicKey: keys.publicKey, privateKey: keys.privateKey };
  }
  if (Buffer.from(publicKey, 'base64url').length !== 65) throw lengthOf('publicKey', 65);
  if (Buffer.from(privateKey, 'base64url').length !== 32) throw lengthOf('privateKey', 32);
  if (publicOf(privateKey) !== plain(publicKey)) throw refuse('push_vapid_pair', {}, 'privateKey');
  return { kind: 'web-push', subject, publicKey: plain(publicKey), privateKey: plain(privateKey) };
}

function fcmOf(
  given: Given,
  before: PushSetup | undefined,
  { checked, base }: { readonly checked: Checked; readonly base: Checked },
): PushSetup {
  const known = before?.kind === 'fcm' ? before : undefined;
  const { serviceAccount } = given;
  const standard = 'https://fcm.googleapis.com';
  const endpoint = base('endpoint', (given.endpoint ?? known?.endpoint) || standard);
  if (serviceAccount === undefined) {
    if (known === undefined) throw refuse('push_account', {}, 'serviceAccount');
    return { ...known, endpoint };
  }
  let account: Readonly<Record<string, unknown>>;
  try {
    account = JSON.parse(serviceAccount) as Readonly<Record<string, unknown>>;
  } catch {
    throw refuse('push_account', {}, 'serviceAccount');
  }
  const { project_id: project, client_email: email, private_key: key, token_uri: tokenUrl } = account ?? {};
  const all = [project, email, key, tokenUrl].every((one) => typeof one === 'string' && one !== '');
  if (!all || keyOf(key as string)?.asymmetricKeyType !== 'rsa') throw refuse('push_account', {}, 'serviceAccount');
  return {
    kind: 'fcm',
    project: project as string,
    email: email as string,
    key: key as string,
    tokenUrl: checked('serviceAccount', tokenUrl as string),
    endpoint,
  };
}

function apnsOf(given: Given, before: PushSetup | undefined, base: Checked): PushSetup {
  const known = before?.kind === 'apns' ? before : undefined;
  const { team = known?.team, keyId = known?.keyId, key = known?.key, topic = known?.topic, sandbox } = given;
  if (team === undefined || !/^[A-Z0-9]{10}$/.test(team)) throw appleId('team');
  if (keyId === undefined || !/^[A-Z0-9]{10}$/.test(keyId)) throw appleId('keyId');
  // Of any other curve, Apple refuses each signature.
  if (key === undefined || keyOf(key)?.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw refuse('push_apple_key', {}, 'key');
  if (topic === undefined || !/^[A-Za-z0-9.-]{1,155}$/.test(topic)) throw refuse('push_topic', {}, 'topic');
  const standard = sandbox === true ? 'https://api.sandbox.push.apple.com' : 'https://api.push.apple.com';
  const kept = sandbox === undefined ? known?.endpoint : undefined;
  const endpoint = base('endpoint', (given.endpoint ?? kept) || standard);
  return { kind: 'apns', team, keyId, key, topic, endpoint };
}

const lengthOf = (field: Field, bytes: number): Error => refuse('push_vapid_key', { field, bytes }, field);
const appleId = (field: Field): Error => refuse('push_apple_id', { field }, field);

/** As whoever signs with VAPID wants it. */
function isSubject(subject: string): boolean {
  return /^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(subject) && URL.canParse(subject);
}

/** A pair for VAPID: a point and a number of P-256, in base64url. */
function makeVapidKeys(): { readonly publicKey: string; readonly privateKey: string } {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  // The number may begin with zeros, which are left out otherwise.
  const number = Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32);
  return { publicKey: pair.getPublicKey('base64url'), privateKey: number.toString('base64url') };
}

/** Base64url as whoever signs with VAPID wants it, without padding. */
const plain = (key: string): string => Buffer.from(key, 'base64url').toString('base64url');

/** The public key of a private one; empty when it is none. */
function publicOf(privateKey: string): string {
  try {
    const pair = createECDH('prime256v1');
    pair.setPrivateKey(Buffer.from(privateKey, 'base64url'));
    return pair.getPublicKey('base64url');
  } catch {
    return '';
  }
}

/** Undefined for what is no private key. */
function keyOf(key: string): KeyObject | undefined {
  try {
    return createPrivateKey(key);
  } catch {
    return undefined;
  }
}
