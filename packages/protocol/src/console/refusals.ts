import type { ErrorName } from '../errors.ts';
import { type UrlFlaw, urlFlaws } from './url-flaws.ts';

interface Sentence {
  readonly name: ErrorName;
  /** `{word}` stands for a member of the data. */
  readonly text: string;
}

const bad = (text: string): Sentence => ({ name: 'bad_params', text });
/** What can be wrong with a URL, as a sentence. */
const url = (code: UrlFlaw['code']): Sentence => bad(`The URL ${urlFlaws[code]}.`);
const missing = (text: string): Sentence => ({ name: 'console_unknown', text });

/** THE LIST of what operations of the settings API refuse, by code: the console says them in its languages, programs read the sentence. */
export const refusals = {
  field_missing: bad('{field} is missing.'),
  field_unknown: bad('{operation} does not take {field}.'),
  field_form: bad('{field} must be {form}.'),
  not_json_object: bad('{operation} takes a JSON object.'),
  bad_page: bad('after must be the `next` of the page before.'),
  app_exists: bad('Application {app} exists already. Leave the id out to take a free one.'),
  app_unknown: { name: 'app_unknown', text: 'There is no application {app}. There is {known}.' },
  app_none: { name: 'app_unknown', text: 'There is no application {app}: there is none at all yet.' },
  key_exists: bad('Application {app} has this key already: {key}.'),
  keys_too_many: bad('Application {app} has {most} keys, the most there can be. Remove one first.'),
  key_unknown: bad('Application {app} has no key {key}. It has {known}.'),
  key_last: bad('{key} is the only key of application {app}. Add another first.'),
  reveal_local: {
    name: 'console_forbidden',
    text: 'Keys and secrets are shown when they are made, and by the command line on the machine of the server.',
  },
  admins_too_many: bad('Application {app} has {most} administrators, the most there can be. Remove one first.'),
  admin_unknown: bad('{user} is no administrator of application {app}. They are {known}.'),
  admin_last: bad('{user} is the only administrator of application {app}. Add another first.'),
  ip_rule_form: bad('{rule} is no IP address or range, such as 203.0.113.7 or 2001:db8::/32.'),
  command_unknown: bad('There is no command {command}; write service/command.'),
  call_unknown: { name: 'no_such_call', text: 'There is no live call {callId}.' },
  record_unknown: { name: 'no_such_call', text: 'There is no record of a call {callId}.' },
  server_needed: { name: 'not_allowed', text: 'This can be done while the server runs only.' },
  stats_order: bad('from must not be after to.'),
  stats_too_many_buckets: bad('{n} buckets are more than {most}: take longer ones, or a shorter time.'),
  request_unknown: missing('No request {requestId} is known: it changed no call, and this node does not remember it.'),
  user_unknown: { name: 'account_unknown', text: 'Application {app} has no user {user}.' },
  user_is_admin: bad('{user} is an administrator of application {app}. Take that right away first.'),
  users_twice: bad('{user} is there twice.'),
  users_too_many: {
    name: 'accounts_too_many',
    text: 'Application {app} has as many users as limits.accounts allows, deleted ones included. Of several, some may have been made.',
  },
  group_unknown: missing('Application {app} has no group {group}.'),
  endpoint_unknown: bad('Application {app} has no endpoint {endpoint}. It has {known}.'),
  endpoint_none: bad('Application {app} has no endpoint {endpoint}: it has none at all.'),
  endpoint_reserved: bad('{endpoint} is the endpoint that the API sets; take another name.'),
  endpoint_exists: bad('Application {app} has an endpoint {endpoint} already.'),
  endpoints_too_many: bad('Application {app} has {most} endpoints, the most there can be.'),
  endpoint_no_url: bad('Endpoint {endpoint} has no URL.'),
  url_scheme: url('url_scheme'),
  url_length: url('url_length'),
  url_form: url('url_form'),
  url_login: url('url_login'),
  url_private: url('url_private'),
  url_query: url('url_query'),
  event_unknown: bad('There is no event {event}. There is {known}.'),
  secret_form: bad('secret must be whsec_ and the base64 of 24 to 64 bytes.'),
  secret_exists: bad('Endpoint {endpoint} has this secret already.'),
  secret_last: bad('Endpoint {endpoint} has one secret only. Add another first (rotate).'),
  replay_what: bad('Say what to replay: one event, a time (from, to), or all that were given up.'),
  replay_order: bad('from must not be after to.'),
  replay_broke_off: {
    name: 'overloaded',
    text: '{count} events wait again; then something failed, and the log says what. Say it once more: what comes twice has the same id.',
  },
  operator_unknown: bad('There is no operator {operator}. There is {known}.'),
  operator_none: bad('There is no operator {operator}: there is none yet.'),
  owner_last: bad('{operator} is the only owner. Make another one first.'),
  operator_reserved: bad('{operator} is what the audit log calls the command line. Take another name.'),
  operator_exists: bad('There is an operator {operator} already. Make a new link for them in the list.'),
  tokens_too_many: bad('There are {most} tokens, the most there can be. Remove one first.'),
  token_unknown: bad('There is no token {token}.'),
  token_role: { name: 'console_forbidden', text: 'A token cannot do more than the one who makes it: {role} at most.' },
  origin_form: bad('origin must be {form}, without a path.'),
  origins_too_many: bad('Application {app} lists {most} origins, the most there can be. Remove one first.'),
  origin_unknown: bad('Application {app} does not list {origin}. It lists {known}.'),
  push_unknown: bad('Application {app} has no push provider {provider}. It has {known}.'),
  push_none: bad('Application {app} has no push provider {provider}: it has none at all.'),
  push_kind: bad('{provider} is of the kind {kind}. Remove it first, or take another name.'),
  push_exists: bad('Application {app} has a push provider {provider} already. Take another name, or change that one.'),
  push_too_many: bad('Application {app} has {most} push providers, the most there can be. Remove one first.'),
  push_url: bad('A provider of the kind webhook needs url: where your push service is.'),
  push_subject: bad('A provider of the kind web-push needs subject: mailto:you@example.com, or an https address.'),
  push_both_keys: bad('A provider of the kind web-push needs {field}: both keys, or none of them.'),
  push_vapid_key: bad('A provider of the kind web-push needs {field}: {bytes} bytes in base64url.'),
  push_vapid_pair: bad('A provider of the kind web-push needs privateKey: the one that belongs to publicKey.'),
  push_account: bad(
    'A provider of the kind fcm needs serviceAccount: the JSON file that the Firebase console gives, with project_id, ' +
      'client_email, private_key and token_uri.',
  ),
  push_apple_id: bad('A provider of the kind apns needs {field}: 10 capital letters and digits.'),
  push_apple_key: bad('A provider of the kind apns needs key: the text of the .p8 file of Apple.'),
  push_topic: bad('A provider of the kind apns needs topic: the bundle id of the app.'),
  push_not_for: bad('A provider of the kind {kind} does not take {field}.'),
  push_no_token: { name: 'account_unknown', text: 'User {user} has no device that pushes can ring.' },
  call_nowhere: { name: 'no_such_call', text: 'There is no call {callId}, live or on record.' },
  operation_unknown: bad('There is no operation {operation}.'),
  streams_too_many: {
    name: 'console_streams',
    text: 'There are {most} live streams, the most there can be. Close one first.',
  },
  exports_too_many: {
    name: 'console_streams',
    text: '{most} exports are on their way, the most there can be. Wait until one is done, or stop one.',
  },
} as const satisfies Record<string, Sentence>;

/** The key of a sentence. */
export type RefusalCode = keyof typeof refusals;
