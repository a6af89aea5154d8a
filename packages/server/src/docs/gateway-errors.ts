import { type ErrorName, type ErrorRow, errorRow, errors, signallingErrorNames } from 'ringback-protocol';

/** What the gateway itself may refuse any command with, in the order of its checks. */
export const gatewayErrors: readonly ErrorName[] = [
  'http_malformed',
  'command_unknown',
  'method_not_post',
  'sdkappid_missing',
  'app_unknown',
  'app_disabled',
  'package_expired',
  'ip_not_allowed',
  'identifier_missing',
  'usersig_missing',
  'usersig_illegal',
  'identifier_mismatch',
  'sdkappid_mismatch',
  'usersig_expired',
  'usersig_revoked',
  'usersig_mismatch',
  'usersig_retries',
  'not_administrator',
  'command_disabled',
  'command_rate',
  'app_rate',
  'too_many_in_flight',
  'overloaded',
  'body_not_json',
  'account_not_string',
  'handler_timeout',
  'account_timeout',
  'answer_malformed',
];

/** A row of the error table with its name. */
export interface NamedError extends ErrorRow {
  readonly name: ErrorName;
}

/** The whole table by number: those of the API upward, then those of devices downward. */
export function errorsByCode(): readonly NamedError[] {
  const names = Object.keys(errors) as ErrorName[];
  const rows = names.map((name) => ({ name, ...errorRow(name) }));
  const above = rows.filter(({ code }) => code > 0).sort((a, b) => a.code - b.code);
  const below = rows.filter(({ code }) => code <= 0).sort((a, b) => b.code - a.code);
  return [...above, ...below];
}

const signallingNames: ReadonlySet<string> = new Set(signallingErrorNames);

/** Whether devices meet this error, by the lists of the signalling protocol. */
export const isSignallingError = (name: ErrorName): boolean => signallingNames.has(name);
