import { Type } from 'typebox';
import type { ConsoleAuth } from '../auth/console-auth.ts';
import { type ApiToken, type ConsoleRole, consoleRoles } from '../ports/console.ts';
import { newTokenAnswer, tokenAnswer } from './answers/console.ts';
import { roleField } from './console-operators.ts';
import { operation } from './operation.ts';
import { refuse } from './refusals.ts';

const closed = { additionalProperties: false } as const;

/** Tokens that an installation can have, those that are good. */
const maxTokens = 100;

const day = 86_400_000;

/** A token without its secret. Times in ms; 0 = never. */
export interface TokenView extends Omit<ApiToken, 'hash'> {
  /** In force: what it was given, and no more than the one who made it may do now. */
  readonly role: ConsoleRole;
  /** As it was made. */
  readonly given: ConsoleRole;
}

/** Undefined when the one who made it is gone, and the token with it. */
function tokenView(auth: ConsoleAuth, kept: ApiToken): TokenView | undefined {
  const { hash: _, ...token } = kept;
  const [role, operator] = [auth.roleOf(kept), auth.rootOf(kept)];
  return role === undefined || operator === undefined ? undefined : { ...token, operator, role, given: token.role };
}

export const listTokens = operation({
  name: 'tokens.list',
  doc: 'Lists the tokens for programs that use the settings API.',
  role: 'operator',
  http: ['GET', '/tokens'],
  input: Type.Object({}, closed),
  answer: Type.Array(tokenAnswer),
  handle: ({ console, auth }): readonly TokenView[] =>
    console.tokens().flatMap((token) => tokenView(auth, token) ?? []),
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
  answer: newTokenAnswer,
  async handle(
    { console, auth, clock },
    { label, role = 'viewer' as ConsoleRole, days = 0 },
    actor,
  ): Promise<TokenView & { readonly text: string }> {
    // One that is over stays in the list for a while, and is in nobody's way.
    const good = console.tokens().filter((one) => one.expiresAt === 0 || one.expiresAt > clock.now());
    if (good.length >= maxTokens) {
      throw refuse('tokens_too_many', { most: maxTokens });
    }
    const expiresAt = days === 0 ? 0 : clock.now() + days * day;
    if (consoleRoles.indexOf(role) > consoleRoles.indexOf(actor.role))
      throw refuse('token_role', { role: actor.role }, 'role');
    // A token that a token makes goes with the same person.
    const parent = actor.who.startsWith('token:') ? console.token(actor.who.slice('token:'.length)) : undefined;
    const operator = (parent && auth.rootOf(parent)) ?? actor.who;
    const { token, text } = await auth.makeToken({ label, role, operator, expiresAt });
    return { ...(tokenView(auth, token) as TokenView), text };
  },
});

export const removeToken = operation({
  name: 'tokens.remove',
  doc: 'Removes a token; what uses it is refused at once.',
  role: 'owner',
  http: ['DELETE', '/tokens/:id'],
  input: Type.Object({ id: Type.String({ pattern: '^[0-9a-f]{12}$', description: 'the id of a token' }) }, closed),
  answer: Type.Object({ id: Type.String() }),
  async handle({ console }, { id }): Promise<{ readonly id: string }> {
    if (console.token(id) === undefined) throw refuse('token_unknown', { token: id }, 'id');
    await console.removeToken(id);
    return { id };
  },
});
