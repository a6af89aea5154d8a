import { Type } from 'typebox';

/** Fields that commands and webhooks share, as the REST API spells them. */
export const fields = {
  callId: () => Type.String({ description: 'The call, by the id that the server gave it.' }),
  account: (description: string) => Type.String({ description: `${description} A UserID of 1 to 32 bytes.` }),
  mediaType: () => Type.Enum(['Video', 'Audio'], { description: '`Video` or `Audio`; read in any case.' }),
  roomId: () => Type.String({ description: 'The media room; always a string, for numeric rooms too.' }),
  roomIdType: () => Type.Integer({ description: '1: a numeric room, 2: a string room.' }),
};
