import { Type } from 'typebox';

const role = Type.String({ description: 'viewer, operator, owner' });

/** An operator of the console. */
export const operatorAnswer = Type.Object({
  name: Type.String(),
  role,
  createdAt: Type.Integer({ description: 'ms' }),
  sessions: Type.Integer({ description: 'Browsers that are signed in.' }),
  seenAt: Type.Integer({ description: 'ms; 0 = nobody is signed in' }),
});

const token = {
  id: Type.String(),
  label: Type.String(),
  role: Type.String({ description: 'In force: no more than the one who made it may do now.' }),
  given: Type.String({ description: 'As it was made.' }),
  operator: Type.String({ description: 'Who made it; cli for the command line.' }),
  createdAt: Type.Integer({ description: 'ms' }),
  expiresAt: Type.Integer({ description: 'ms; 0 = never' }),
  usedAt: Type.Integer({ description: 'ms; 0 = never' }),
};

/** A token of a program. */
export const tokenAnswer = Type.Object(token);

/** A token that was just made. */
export const newTokenAnswer = Type.Object({ ...token, text: Type.String({ description: 'Shown once.' }) });

/** A link for one person. */
export const linkAnswer = Type.Object({
  name: Type.String(),
  role,
  link: Type.String({ description: 'Behind /console/#link=' }),
  expiresAt: Type.Integer({ description: 'ms' }),
});

/** An entry of the audit log. */
export const auditAnswer = Type.Object({
  at: Type.Integer({ description: 'ms' }),
  who: Type.String({ description: 'With ? before it: a name that was claimed and not proven.' }),
  ip: Type.String(),
  operation: Type.String(),
  app: Type.Integer(),
  input: Type.String({
    description:
      'JSON, without secrets; of what is long `cut`, the start of its JSON, and `characters`, how long it was.',
  }),
  outcome: Type.String({ description: 'ok, the name of the refusal, or begun: under way, or cut off by a crash' }),
});
