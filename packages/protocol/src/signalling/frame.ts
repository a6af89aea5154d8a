import { type Static, Type } from 'typebox';

/** Marks a request; its answer carries the same. */
export const frameIdSchema = Type.Union(
  [
    Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
    Type.String({ minLength: 1, maxLength: 128 }),
  ],
  { description: 'an integer, or text of 1 to 128 characters' },
);

const version = Type.Literal('2.0', { description: 'the version of JSON-RPC' });

/** What a device sends. Without `id` it is carried out and not answered. */
export const requestFrameSchema = Type.Object({
  jsonrpc: version,
  id: Type.Optional(frameIdSchema),
  method: Type.String({ description: 'the name of the request' }),
  params: Type.Optional(Type.Object({}, { description: 'the parameters by name' })),
});

/** The answer to a request that was carried out. */
export const answerFrameSchema = Type.Object({
  jsonrpc: version,
  id: frameIdSchema,
  result: Type.Unknown({ description: 'as the request declares it' }),
});

/** The names of errors that devices may rely on; see the error table for numbers. */
export const signallingErrorNames = [
  'not_signed_in',
  'bad_signature',
  'already_in_call',
  'no_such_call',
  'call_ended',
  'not_waiting',
  'not_in_call',
  'answered_elsewhere',
  'call_full',
  'not_allowed',
  'unknown_account',
  'bad_params',
  'too_fast',
  'overloaded',
] as const;
export type SignallingErrorName = (typeof signallingErrorNames)[number];

/** What an error says beside its number and sentence. Missing where the frame itself is wrong. */
export const errorDataSchema = Type.Object({
  name: Type.Enum(signallingErrorNames, { description: 'what to act on' }),
  field: Type.Optional(Type.String({ description: 'the parameter that is wrong' })),
  reason: Type.Optional(Type.String({ description: 'the row of the error table, where it is finer than the name' })),
});

/** The answer to a request that was refused. `id` is null when the frame could not be read far enough to know it. */
export const errorFrameSchema = Type.Object({
  jsonrpc: version,
  id: Type.Union([frameIdSchema, Type.Null()]),
  error: Type.Object({
    code: Type.Integer({ description: 'the number of the error table' }),
    message: Type.String({ description: 'a sentence for developers' }),
    data: Type.Optional(errorDataSchema),
  }),
});

/** What the server tells on its own account. */
export const noticeFrameSchema = Type.Object({
  jsonrpc: version,
  method: Type.String({ description: 'the name of the notice' }),
  params: Type.Object({}, { description: 'as the notice declares it' }),
});

export type RequestFrame = Static<typeof requestFrameSchema>;
export type FrameId = Static<typeof frameIdSchema>;
export type AnswerFrame = Static<typeof answerFrameSchema>;
export type ErrorData = Static<typeof errorDataSchema>;
export type ErrorFrame = Static<typeof errorFrameSchema>;
export type NoticeFrame = Static<typeof noticeFrameSchema>;
