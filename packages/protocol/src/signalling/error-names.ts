import type { ErrorName } from '../errors.ts';
import { type SignallingErrorName, signallingErrorNames } from './frame.ts';

/** The rows of the error table that devices know by another, coarser name. */
const coarser: Partial<Record<ErrorName, SignallingErrorName>> = {
  app_unknown: 'bad_signature',
  app_disabled: 'bad_signature',
  package_expired: 'bad_signature',
  ip_not_allowed: 'bad_signature',
  usersig_missing: 'bad_signature',
  usersig_expired: 'bad_signature',
  usersig_illegal: 'bad_signature',
  usersig_mismatch: 'bad_signature',
  usersig_retries: 'bad_signature',
  usersig_revoked: 'bad_signature',
  identifier_mismatch: 'bad_signature',
  sdkappid_mismatch: 'bad_signature',
  frame_bad_params: 'bad_params',
  account_bad_params: 'bad_params',
  account_unknown: 'unknown_account',
  accounts_too_many: 'not_allowed',
  group_id_illegal: 'bad_params',
  group_id_taken: 'not_allowed',
  group_exists: 'not_allowed',
  group_joined_too_many: 'not_allowed',
  group_too_many_members: 'not_allowed',
  scene_not_supported: 'not_allowed',
  origin_not_allowed: 'not_allowed',
  command_rate: 'too_fast',
  app_rate: 'too_fast',
  too_many_in_flight: 'too_fast',
};

const known: ReadonlySet<string> = new Set(signallingErrorNames);
const isKnown = (name: string): name is SignallingErrorName => known.has(name);

/** The name under which devices know a row. What is no fault of theirs is `overloaded`: retry later. */
export const signallingErrorName = (reason: ErrorName): SignallingErrorName =>
  isKnown(reason) ? reason : (coarser[reason] ?? 'overloaded');
