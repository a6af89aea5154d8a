import { type Static, type TSchema, Type } from 'typebox';
import { isIpRule } from './ip-rules.ts';

/** One setting: everything about it stands here and nowhere else. */
export interface SettingDeclaration {
  readonly schema: TSchema;
  /** A sentence for `--help` and the example configuration. */
  readonly doc: string;
  readonly default: unknown;
  /** The default under `--dev`, where it differs. */
  readonly devDefault?: unknown;
  /** How text of the environment and of flags is read. */
  readonly kind: 'text' | 'integer' | 'boolean' | 'address' | 'list' | 'choice';
  /** Whether one of a list fits; `rule` says what does. */
  readonly each?: { readonly fits: (text: string) => boolean; readonly rule: string };
  /** Not shown, and may come from a file named by the setting `<key>File`. */
  readonly secret?: boolean;
}

/** `host:port`, a port alone, or `off`. `alone` says where a port alone is. */
const address = (doc: string, alone: string, standard: string, devDefault?: string) =>
  ({
    schema: Type.String({ minLength: 1 }),
    doc: `${doc} host:port, a port (${alone}), or off.`,
    default: standard,
    ...(devDefault === undefined ? {} : { devDefault }),
    kind: 'address',
  }) as const;

const text = (doc: string, standard: string) =>
  ({ schema: Type.String(), doc, default: standard, kind: 'text' }) as const;

const integer = (doc: string, standard: number, minimum: number, maximum: number) =>
  ({
    schema: Type.Integer({ minimum, maximum }),
    doc: `${doc} ${minimum} to ${maximum}.`,
    default: standard,
    kind: 'integer',
  }) as const;

const flag = (doc: string, standard: boolean) =>
  ({ schema: Type.Boolean(), doc, default: standard, kind: 'boolean' }) as const;

const choice = <const Word extends string>(doc: string, words: readonly Word[], standard: Word) =>
  ({
    schema: Type.Unsafe<Word>(Type.Enum([...words])),
    doc: `${doc} ${words.join(' or ')}.`,
    default: standard,
    kind: 'choice',
  }) as const;

const secretText = (doc: string) => ({ ...text(doc, ''), secret: true }) as const;

const keyText = (doc: string) =>
  ({
    ...secretText(`${doc} Base64 of 32 bytes; \`ringback secrets make-key\` makes one.`),
    schema: Type.String({ pattern: '^([A-Za-z0-9+/]{43}=)?$' }),
  }) as const;

const ipText = (doc: string, standard: string) =>
  ({
    schema: Type.String({ pattern: '^[0-9A-Fa-f.:]{0,45}$' }),
    doc: `${doc} An IP address.`,
    default: standard,
    kind: 'text',
  }) as const;

/** A list of URLs of one kind, `scheme` as a regular expression. */
const urlList = (doc: string, scheme: string) =>
  ({
    schema: Type.Array(Type.String()),
    doc,
    default: [],
    kind: 'list',
    each: {
      fits: (one: string) => new RegExp(`^${scheme}:[\\x21-\\x7e]{1,250}$`).test(one),
      rule: `a URL that begins with ${scheme.replace('s?', '')}: or ${scheme.replace('?', '')}:`,
    },
  }) as const;

const everywhere = 'on all addresses, in development on loopback';

/** What a list of addresses holds. */
const ipRules = { fits: isIpRule, rule: 'an address or a range such as 10.0.0.0/8' } as const;

/** THE LIST of settings. File key as written, environment `RINGBACK_` + upper snake case, flag `--` + kebab case. */
export const settingList = {
  data: text('The data directory: database, development certificate, control socket.', '.ringback'),
  database: {
    ...secretText(
      'A PostgreSQL database instead of the embedded one, such as postgres://ringback@db.example.com/ringback.',
    ),
    schema: Type.String({ pattern: '^(postgres(ql)?://.+)?$' }),
  },
  redis: {
    ...secretText(
      'A Redis or Valkey through which several servers on one database tell each other what devices are to hear, such as redis://cache.example.com.',
    ),
    schema: Type.String({ pattern: '^(rediss?://.+)?$' }),
  },
  'secrets.masterKey': keyText(
    'When set, keys of applications, secrets of webhooks and keys of push providers are encrypted with it in the database.',
  ),
  'secrets.otherKey': keyText('A further key that the database is read with while the master key is being replaced.'),
  dev: flag('Development mode: loopback, plain HTTP, an application and a certificate of its own.', false),
  http: address(
    'Plain HTTP. Redirects to HTTPS unless in development or behind a declared proxy.',
    everywhere,
    'off',
    '127.0.0.1:8080',
  ),
  https: address('HTTPS, TLS 1.2 and 1.3.', everywhere, '0.0.0.0:8443', '127.0.0.1:8443'),
  ops: address('Metrics and health for the operator; keep it on loopback.', 'on loopback', '127.0.0.1:9464'),
  'tls.cert': text('The certificate chain, a PEM file. Read again within a minute of a change, and on SIGHUP.', ''),
  'tls.key': text(
    'The private key of the certificate, a PEM file. Read again within a minute of a change, and on SIGHUP.',
    '',
  ),
  'metrics.token': secretText('When set, /metrics is served on the main port too, to callers with this bearer token.'),
  'gateway.trustProxy': {
    schema: Type.Array(Type.String()),
    doc: 'Addresses and ranges of the proxies in front that terminate TLS and set X-Forwarded-For.',
    default: [],
    kind: 'list',
    each: ipRules,
  },
  'gateway.strict': flag('Enforce the letter of the API documentation, to check a client against it.', false),
  'gateway.bodyBytes': integer(
    'The largest request body, in bytes; commands that take more say so in the reference.',
    65_536,
    1024,
    16_777_216,
  ),
  'gateway.overloadDelayMs': integer('Event-loop delay above which requests are refused, in ms.', 500, 20, 60_000),
  'gateway.maxConnections': integer('Open connections at once.', 20_000, 10, 1_000_000),
  'gateway.maxConnectionsPerIp': integer(
    'Open HTTP connections at once from one address; those of signalling have a bound of their own, and declared proxies none.',
    2000,
    1,
    1_000_000,
  ),
  'push.publicUrl': {
    schema: Type.String({ pattern: '^(https?://[!-~]{1,250})?$' }),
    doc: 'How devices reach this server, such as https://calls.example.com; pushes carry it for apps that are not running, and so do links to the console.',
    default: '',
    kind: 'text',
  },
  'limits.appRate': integer('Requests per second of an application over all commands.', 1000, 1, 1_000_000),
  'limits.commandRate': integer(
    'Requests per second of an application and command, unless the command has its own.',
    200,
    1,
    1_000_000,
  ),
  'limits.accounts': integer(
    'Accounts of an application, deleted ones included: beyond that, nobody new is imported or signed in. Each that was deleted or kicked takes about 100 bytes of memory on every server.',
    2_000_000,
    10,
    1_000_000_000,
  ),
  'limits.maxInFlight': integer('Unanswered requests of an application at once.', 500, 1, 100_000),
  'calls.maxMembers': integer('Members of a call, the caller included.', 9, 2, 100),
  'calls.multiDevice': choice(
    'Ring all devices of a user, or keep one sign-in of each platform.',
    ['ring-all', 'single'],
    'ring-all',
  ),
  'calls.glare': choice(
    'When two call each other at once: make one call of it, or refuse the second.',
    ['merge', 'busy'],
    'merge',
  ),
  'accounts.unknownCallee': choice('A callee who has never existed.', ['refuse', 'ring'], 'refuse'),
  'groups.required': flag('A ChatGroupId must be the id of a group that exists; else it may be any label.', false),
  'groups.maxMembers': integer('Members of a group, its owner included.', 6000, 20, 100_000),
  'groups.maxJoined': integer('Groups that one user can be in.', 1000, 1, 100_000),
  'records.keepDays': integer('Days that records are kept.', 400, 7, 36_500),
  'records.windowDays': integer('Days back that get_record_by_filter looks.', 7, 1, 400),
  'records.timelineDays': integer('Days that the history of a call is kept.', 30, 1, 36_500),
  'webhooks.allowPrivate': {
    schema: Type.Array(Type.String()),
    doc: 'Addresses and ranges inside private networks that webhooks may go to all the same.',
    default: [],
    devDefault: ['127.0.0.0/8', '::1/128'],
    kind: 'list',
    each: ipRules,
  },
  'webhooks.concurrency': integer('Webhooks under way at once from one server to one endpoint.', 64, 1, 1000),
  'webhooks.logDays': integer('Days that attempts to deliver webhooks, and those given up, are kept.', 14, 1, 3650),
  'console.auditDays': integer('Days that the log of what operators changed is kept.', 400, 1, 36_500),
  'media.provider': choice(
    'What carries media. auto: peer to peer between two; for more Janus where media.janus.urls are given, and the built-in SFU where none are, or none makes a room. sfu, janus: all calls. p2p: calls of two, and none for more.',
    ['auto', 'sfu', 'janus', 'p2p'],
    'auto',
  ),
  'media.sfu.address': {
    ...ipText('The address that the built-in SFU binds.', '0.0.0.0'),
    devDefault: '127.0.0.1',
  },
  'media.sfu.port': {
    ...integer('The one UDP port of the built-in SFU; 0 for any that is free.', 40_000, 0, 65_535),
    devDefault: 0,
  },
  'media.sfu.announce': ipText('The public address of the built-in SFU, where it is not the one that it binds.', ''),
  'media.stun.urls': urlList('STUN servers that devices are told of, such as stun:stun.example.com:3478.', 'stuns?'),
  'media.turn.urls': urlList(
    'TURN servers that devices are told of, such as turn:turn.example.com:3478?transport=udp.',
    'turns?',
  ),
  'media.turn.secret': secretText(
    'The secret shared with the TURN servers (coturn: use-auth-secret, static-auth-secret).',
  ),
  'media.turn.ttl': integer('How long TURN credentials are good for, in s.', 86_400, 60, 2_592_000),
  'media.janus.urls': urlList(
    'WebSocket addresses of Janus servers on private addresses, such as ws://10.0.0.5:8188.',
    'wss?',
  ),
  'media.janus.apiSecret': secretText('The api_secret of the Janus servers.'),
  'media.janus.adminKey': secretText('The admin_key of the VideoRoom plugin of the Janus servers.'),
  'signalling.maxSockets': integer('Signalling sockets at once.', 50_000, 10, 1_000_000),
  'signalling.maxSocketsPerIp': integer('Signalling sockets at once from one address.', 5000, 1, 1_000_000),
  'log.level': choice(
    'The least important lines that are written.',
    ['debug', 'info', 'warn', 'error', 'silent'],
    'info',
  ),
  'log.requests': flag('Write one line for each REST request, at level info.', true),
} as const satisfies Record<string, SettingDeclaration>;

export type SettingKey = keyof typeof settingList;

/** The settings in force, by their keys. */
export type Settings = { readonly [Key in SettingKey]: Static<(typeof settingList)[Key]['schema']> };

export const settingKeys = Object.keys(settingList) as readonly SettingKey[];

/** The declaration with its general type. */
export const declarationOf = (key: SettingKey): SettingDeclaration => settingList[key];

/** `gateway.trustProxy` → `RINGBACK_GATEWAY_TRUST_PROXY`. */
export const environmentName = (key: string): string =>
  `RINGBACK_${key
    .replaceAll('.', '_')
    .replace(/[A-Z]/g, (letter) => `_${letter}`)
    .toUpperCase()}`;

/** `gateway.trustProxy` → `gateway-trust-proxy`, without the dashes in front. */
export const flagName = (key: string): string =>
  key.replaceAll('.', '-').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
