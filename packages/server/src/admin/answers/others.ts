import { Type } from 'typebox';

const text = Type.String();
const number = Type.Number();

/** What a server says of itself. */
export const statusAnswer = Type.Object({
  server: Type.Optional(
    Type.Object({
      dev: Type.Boolean(),
      startedAt: Type.Integer({ description: 'ms' }),
      addresses: Type.Object({ http: Type.Optional(text), https: Type.Optional(text), ops: Type.Optional(text) }),
      certificate: text,
      pid: Type.Integer(),
      version: text,
    }),
  ),
  media: Type.Optional(
    Type.Array(
      Type.Object({
        name: text,
        up: Type.Boolean(),
        problem: Type.String({ description: 'Why it is not up, or not wholly; empty when all is well.' }),
        rooms: Type.Integer(),
        peers: Type.Integer(),
      }),
      { description: 'What can carry media here.' },
    ),
  ),
  apps: Type.Integer(),
  liveCalls: Type.Integer(),
  now: Type.Integer({ description: 'ms' }),
});

/** One thing that a signature was looked at for. */
export const findingAnswer = Type.Object({
  level: Type.String({ description: 'good, note, wrong' }),
  code: Type.String({ description: 'Of the sentence, for those who say it in other words.' }),
  text: Type.String({ description: 'The sentence in English.' }),
  data: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()]), {
    description: 'What the sentence is about; durations in s.',
  }),
});

/** A mean for each stretch of time; null where nothing was reported. */
const overTime = Type.Array(Type.Union([number, Type.Null()]));

/** How the media of a call was. */
export const qualityAnswer = Type.Object({
  app: Type.Integer(),
  callId: text,
  startedAt: Type.Integer({ description: 'ms' }),
  links: Type.Array(
    Type.Object({
      viewer: text,
      userId: text,
      reports: Type.Integer(),
      rtt: number,
      loss: number,
      jitter: number,
      fps: number,
      worstLoss: number,
      worstRtt: number,
      width: number,
      height: number,
      freezes: number,
      grade: Type.Number({ description: '1 excellent to 5 very bad' }),
    }),
  ),
  reports: Type.Array(
    Type.Object({
      at: Type.Integer(),
      viewer: text,
      samples: Type.Array(Type.Object({}, { additionalProperties: true })),
    }),
  ),
  course: Type.Optional(
    Type.Object({
      from: Type.Integer({ description: 'ms' }),
      step: Type.Integer({ description: 'ms' }),
      points: Type.Integer(),
      links: Type.Array(
        Type.Object({
          viewer: text,
          userId: text,
          grade: overTime,
          loss: overTime,
          rtt: overTime,
          jitter: overTime,
          fps: overTime,
        }),
      ),
    }),
  ),
});
