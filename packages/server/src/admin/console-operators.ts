import { Type } from 'typebox';
import { commandLineName } from '../auth/console-auth.ts';
import { type ConsoleOperator, type ConsoleRole, consoleRoles } from '../ports/console.ts';
import { linkAnswer, operatorAnswer } from './answers/console.ts';
import { operation } from './operation.ts';
import { refuse } from './refusals.ts';

const closed = { additionalProperties: false } as const;

export const operatorNameField = Type.String({
  pattern: '^[a-z0-9][a-z0-9._@-]{0,63}$',
  description: '1 to 64 lower-case letters, digits and . _ @ -',
});

export const roleField = Type.Enum([...consoleRoles], { description: `one of ${consoleRoles.join(', ')}` });

/** An operator as others see them. Times in ms. */
export interface OperatorView {
  readonly name: string;
  readonly role: ConsoleRole;
  readonly createdAt: number;
  /** Browsers that are signed in. */
  readonly sessions: number;
  /** Of the last request of any of them; 0 = none is signed in. */
  readonly seenAt: number;
}

export const listOperators = operation({
  name: 'operators.list',
  doc: 'Lists who may use the console.',
  role: 'viewer',
  http: ['GET', '/operators'],
  input: Type.Object({}, closed),
  answer: Type.Array(operatorAnswer),
  handle({ console, auth }): readonly OperatorView[] {
    return console.operators().map((operator) => {
      const { name, role, createdAt } = operator;
      const own = auth.sessionsOf(operator);
      const seenAt = Math.max(0, ...own.map((one) => one.seenAt));
      return { name, role, createdAt, sessions: own.length, seenAt };
    });
  },
});

export const makeConsoleLink = operation({
  name: 'operators.link',
  doc: 'Makes a link with which one person sets a password, once, within a quarter of an hour; a new name becomes an operator.',
  role: 'owner',
  http: ['POST', '/operators/links'],
  input: Type.Object(
    {
      name: operatorNameField,
      role: Type.Optional(roleField),
      isNew: Type.Optional(Type.Boolean({ description: 'true or false; true refuses a name that an operator has' })),
    },
    closed,
  ),
  answer: linkAnswer,
  async handle(
    { console, auth },
    { name, role, isNew = false },
    { who },
  ): Promise<{ readonly name: string; readonly role: ConsoleRole; readonly link: string; readonly expiresAt: number }> {
    // What it does stands in the audit log under this name, and its tokens are bound to nobody.
    if (name === commandLineName) throw refuse('operator_reserved', { operator: name }, 'name');
    // The first of all must be able to let others in.
    const least = console.operators().length === 0 ? 'owner' : 'viewer';
    const known = console.operator(name);
    if (isNew && known !== undefined) throw refuse('operator_exists', { operator: name }, 'name');
    const { secret, expiresAt } = await auth.makeLink(name, role ?? least, who);
    return { name, role: known?.role ?? role ?? least, link: secret, expiresAt };
  },
});

export const setOperatorRole = operation({
  name: 'operators.setRole',
  doc: 'Gives an operator another role, at once.',
  role: 'owner',
  http: ['PUT', '/operators/:name/role'],
  input: Type.Object({ name: operatorNameField, role: roleField }, closed),
  answer: Type.Object({ name: Type.String(), role: Type.String() }),
  async handle({ console }, { name, role }): Promise<{ readonly name: string; readonly role: ConsoleRole }> {
    await console.changeOperator(name, (_, all) => {
      const known = operatorOf(all, name);
      if (role !== 'owner') keepAnOwner(all, name);
      return { ...known, role };
    });
    return { name, role };
  },
});

export const removeOperator = operation({
  name: 'operators.remove',
  doc: 'Removes an operator, with the sessions and tokens; the last owner stays.',
  role: 'owner',
  http: ['DELETE', '/operators/:name'],
  input: Type.Object({ name: operatorNameField }, closed),
  answer: Type.Object({ name: Type.String() }),
  async handle({ console }, { name }): Promise<{ readonly name: string }> {
    await console.removeOperator(name, (all) => {
      operatorOf(all, name);
      keepAnOwner(all, name);
    });
    return { name };
  },
});

function operatorOf(all: readonly ConsoleOperator[], name: string): ConsoleOperator {
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = all.map((one) => one.name).join(', ');
  throw names === ''
    ? refuse('operator_none', { operator: name }, 'name')
    : refuse('operator_unknown', { operator: name, known: names }, 'name');
}

function keepAnOwner(all: readonly ConsoleOperator[], name: string): void {
  const owners = all.filter(({ role }) => role === 'owner');
  if (owners.length === 1 && owners[0]?.name === name) {
    throw refuse('owner_last', { operator: name }, 'name');
  }
}
