import { Type } from 'typebox';

const texts = Type.Array(Type.String());

const settings = {
  maxMembers: Type.Integer(),
  multiDevice: Type.String(),
  glare: Type.String(),
  unknownCallee: Type.String(),
  groupsRequired: Type.Boolean(),
  groupMembers: Type.Integer(),
  groupsJoined: Type.Integer(),
  rates: Type.Record(Type.String(), Type.Integer()),
  maxInFlight: Type.Integer(),
};

/** A key of an application. */
export const keyAnswer = Type.Object({
  id: Type.String(),
  createdAt: Type.Integer({ description: 'ms' }),
  masked: Type.String({ description: 'Its last characters, such as …9f3c.' }),
  secret: Type.Optional(Type.String({ description: 'Only when it is made.' })),
});

/** An application. */
export const appAnswer = Type.Object({
  id: Type.Integer(),
  name: Type.String(),
  disabled: Type.Boolean(),
  packageExpiresAt: Type.Integer({ description: 'ms; 0 = never' }),
  allowIps: texts,
  allowOrigins: texts,
  disabledCommands: texts,
  admins: texts,
  settings: Type.Object(settings, { description: 'In force.' }),
  overrides: Type.Partial(Type.Object(settings), { description: 'What was set for this application alone.' }),
  keys: Type.Array(keyAnswer),
});
