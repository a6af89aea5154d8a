import { bounds, Refusal, type UserId, utf8Length } from 'ringback-protocol';
import { Type } from 'typebox';
import type { AccountChange } from '../ports/accounts.ts';
import { readAccount } from './fields.ts';

/** Fields of the commands about accounts. */

/** The account of a command that takes one: its name of today, and the one that older clients send. */
export const oneAccountFields = {
  UserID: Type.Optional(Type.String({ description: 'The account, 1 to 32 bytes of printable ASCII; required.' })),
  Identifier: Type.Optional(Type.String({ description: 'The older name of `UserID`.' })),
};

export const profileFields = {
  Nick: Type.Optional(Type.String({ description: `The name to show, at most ${bounds.nickBytes} bytes.` })),
  FaceUrl: Type.Optional(Type.String({ description: `The URL of a picture, at most ${bounds.avatarBytes} bytes.` })),
};

/** A list of accounts, each an object of its own. */
export const accountItems = (most: number) =>
  Type.Array(Type.Object({ UserID: Type.String({ description: 'An account; `Identifier` is its older name.' }) }), {
    description: `1 to ${most} accounts.`,
  });

/** The account that a command takes, by either name. */
export function readOneAccount(body: { readonly UserID?: string; readonly Identifier?: string }): UserId {
  const none = body.UserID === undefined || body.UserID === '';
  const field = none && body.Identifier !== undefined ? 'Identifier' : 'UserID';
  const text = body[field];
  if (text === undefined) throw new Refusal('bad_params', 'UserID is required', 'UserID');
  return readAccount(text, field);
}

/** Refuses a list that is empty or too long. */
export function checkCount(list: readonly unknown[], most: number, field: string): void {
  if (list.length >= 1 && list.length <= most) return;
  throw new Refusal('bad_params', `${field} must have 1 to ${most} entries`, field);
}

/** Name and picture to be set; throws `value_too_long`. */
export function readProfile({ Nick, FaceUrl }: { readonly Nick?: string; readonly FaceUrl?: string }): AccountChange {
  if (Nick !== undefined) checkValue(Nick, bounds.nickBytes, 'Nick');
  if (FaceUrl !== undefined) checkValue(FaceUrl, bounds.avatarBytes, 'FaceUrl');
  return { ...(Nick !== undefined && { nick: Nick }), ...(FaceUrl !== undefined && { avatar: FaceUrl }) };
}

/** Checks a value of a profile against its limit in bytes. */
export function checkValue(text: string, most: number, field: string): void {
  if (utf8Length(text) <= most) return;
  throw new Refusal('value_too_long', `${field} must not be longer than ${most} bytes`, field);
}
