import { callResults } from 'ringback-protocol';
import { Type } from 'typebox';

const results = Type.Object(Object.fromEntries(callResults.map((one) => [one, Type.Integer()])));

const spread = Type.Object({
  n: Type.Integer({ description: 'Answered calls.' }),
  median: Type.Union([Type.Number(), Type.Null()], { description: 'ms' }),
  p95: Type.Union([Type.Number(), Type.Null()], { description: 'ms' }),
});

/** Calls of a time in numbers. */
export const callStats = Type.Object({
  from: Type.Integer({
    description: 'ms; as used: rounded to whole minutes, or whole hours where buckets are that long',
  }),
  to: Type.Integer({ description: 'ms; not included' }),
  bucket: Type.Integer({ description: 's' }),
  total: Type.Integer(),
  answered: Type.Integer({ description: 'Calls that somebody accepted.' }),
  results,
  types: Type.Object({ SingleCall: Type.Integer(), MultiCall: Type.Integer() }),
  ring: spread,
  talk: spread,
  buckets: Type.Array(
    Type.Object({
      at: Type.Integer({ description: 'ms; where it begins' }),
      n: Type.Integer(),
      answered: Type.Integer(),
      results,
    }),
  ),
});
