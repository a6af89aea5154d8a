import { Type } from 'typebox';
import type { SecretsCount } from '../ports/secrets-at-rest.ts';
import { operation } from './operation.ts';

const closed = { additionalProperties: false };

/** How the secrets of the database are kept. */
export interface SecretsView extends SecretsCount {
  /** Of the master key; empty when none is given. */
  readonly keyId: string;
}

const n = (description: string) => Type.Integer({ minimum: 0, description });

const secretsAnswer = Type.Object(
  {
    keyId: Type.String({ description: 'which master key is given; empty: none' }),
    current: n('rows that are kept as they should be'),
    other: n('rows under the other key'),
    plain: n('rows that are not encrypted, though a master key is given'),
    unknown: n('rows under a key that is not given'),
  },
  closed,
);

/** How the secrets of the database are kept. */
export const secretsStatus = operation({
  name: 'secrets.status',
  doc: 'Says how the secrets of the database are kept.',
  role: 'owner',
  http: ['GET', '/secrets'],
  local: true,
  input: Type.Object({}, closed),
  answer: secretsAnswer,
  handle: async ({ secrets }): Promise<SecretsView> => ({ keyId: secrets.keyId, ...(await secrets.count()) }),
});

/** Encrypts all secrets of the database with the master key that is given. */
export const rotateSecrets = operation({
  name: 'secrets.rotate',
  doc: 'Encrypts all secrets of the database with the master key that the server was given; without one, takes encryption off.',
  role: 'owner',
  http: ['POST', '/secrets/rotate'],
  local: true,
  input: Type.Object({}, closed),
  answer: Type.Object({ ...secretsAnswer.properties, rotated: n('rows that were written anew') }, closed),
  handle: async ({ secrets }): Promise<SecretsView & { readonly rotated: number }> => {
    const rotated = await secrets.rotate();
    return { keyId: secrets.keyId, ...(await secrets.count()), rotated };
  },
});
