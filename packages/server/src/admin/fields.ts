import { bounds } from 'ringback-protocol';
import { Type } from 'typebox';

/** Fields that several operations take. Each carries the sentence that an operator reads when it does not fit. */

export const sdkAppIdField = Type.Integer({
  minimum: 1,
  maximum: 4_294_967_295,
  description: 'a whole number from 1 to 4294967295',
});

export const secretField = Type.String({
  pattern: '^[!-~]{32,128}$',
  description: '32 to 128 printable ASCII characters without blanks',
});

export const keyIdField = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'the id of a key, such as k1',
});

export const callIdField = Type.String({
  minLength: 1,
  maxLength: 64,
  description: 'the id of a call, 1 to 64 characters',
});

/** As it was pasted, so with room for the rest of a URL. */
export const pastedSigField = Type.String({
  maxLength: 20_000,
  description: 'a UserSig as text, at most 20000 characters',
});

export const nameField = Type.String({
  maxLength: 64,
  pattern: '^[^\\u0000-\\u001f\\u007f]*$',
  description: 'at most 64 characters on one line',
});

export const userIdField = Type.String({
  pattern: `^[ -~]{1,${bounds.userIdBytes}}$`,
  description: `1 to ${bounds.userIdBytes} printable ASCII characters`,
});

export const endpointIdField = Type.String({
  pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
  description: '1 to 32 lower-case letters, digits and hyphens',
});

/** ms. */
export const timeField = Type.Integer({
  minimum: 0,
  maximum: 8_640_000_000_000_000,
  description: 'a time in ms since 1970',
});

export const limitField = Type.Integer({ minimum: 1, maximum: 1000, description: 'from 1 to 1000' });

/** Where a page begins: what the page before said. */
export const pageField = Type.String({ minLength: 1, maxLength: 400, description: 'the `next` of the page before' });
