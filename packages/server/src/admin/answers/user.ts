import { Type } from 'typebox';

const fields = {
  userId: Type.String(),
  nick: Type.String(),
  avatar: Type.String(),
  createdAt: Type.Integer({ description: 'ms' }),
  kickedAt: Type.Integer({ description: 'ms; signatures from before this are void. 0 = never' }),
  devices: Type.Array(Type.Object({ device: Type.String(), platform: Type.String(), since: Type.Integer() }), {
    description: 'Those that are signed in.',
  }),
};

/** A user in a list. */
export const userView = Type.Object(fields);

/** A user with everything. */
export const userDetails = Type.Object({
  ...fields,
  items: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]), {
    description: 'What the profile holds besides name and picture, by tag.',
  }),
  groups: Type.Array(
    Type.Object({ groupId: Type.String(), name: Type.String(), type: Type.String(), role: Type.String() }),
  ),
  callId: Type.String({ description: 'The call that the user is in; empty = none.' }),
  admin: Type.Boolean({ description: 'May call the REST API.' }),
});
