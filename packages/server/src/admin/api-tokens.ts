import { Refusal } from 'ringback-protocol';
import { Type } from 'typebox';
import type { ApiToken, ConsoleRole } from '../ports/console.ts';
import { roleField } from './console-operators.ts';
import { operation } from './operation.ts';

const closed = { additionalProperties: false } as const;

/** Tokens that an installation can have. */
const maxTokens = 100;

const day = 86_400_000;

/** A token without its secret. Times in ms; 0 = never. */
export type TokenView = Omit<ApiToken, 'hash'>;

const tokenView = ({ hash: _, ...token }: ApiToken): TokenView => token;

export const listTokens = operation({
  name: 'tokens.list',
  doc: 'Lists the tokens for programs that use the settings API.',
  role: 'operator',
  http: ['GET', '/tokens'],
  input: Type.Object({}, closed),
  handle: ({ console }): readonly TokenView[] => console.tokens().map(tokenView),
});

export const makeToken = operation({
  name: 'tokens.make',
  doc: 'Makes a token for a program that uses the settings API. It is shown once.',
  role: 'owner',
  http: ['POST', '/tokens'],
  input: Type.Object(
    {
      label: Type.String({ minLength: 1, maxLength: 64, description: 'what it is for, 1 to 64 characters' }),
      role: Type.Optional(roleField),
      days: Type.Optional(
        Type.Integer({ minimum: 0, maximum: 3650, description: 'how many days it is good; 0 = until it is removed' }),
      ),
    },
    closed,
  ),
  async handle(
    { console, auth, clock },
    { label, role = 'viewer' as ConsoleRole, days = 0 },
    actor,
  ): Promise<TokenView & { readonly text: string }> {
    if (console.tokens().length >= maxTokens) {
      throw new Refusal('bad_params', `There are ${maxTokens} tokens, the most there can be. Remove one first.`);
    }
    const expiresAt = days === 0 ? 0 : clock.now() + days * day;
    const { token, text } = await auth.makeToken({ label, role, operator: actor.who, expiresAt });
    return { ...tokenView(token), text };
  },
});

export const removeToken = operation({
  name: 'tokens.remove',
  doc: 'Removes a token; what uses it is refused at once.',
  role: 'owner',
  http: ['DELETE', '/tokens/:id'],
  input: Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{12}$', description: 'the id of a token' }) }, closed),
  async handle({ console }, { id }): Promise<{ readonly id: string }> {
    if (console.token(id) === undefined) throw new Refusal('bad_params', `There is no token ${id}.`, 'id');
    await console.removeToken(id);
    return { id };
  },
});
