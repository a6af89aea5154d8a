import fc from 'fast-check';

/** One thing that is done to a text: where (as a share of its length), what, and how much is taken out. */
interface Edit {
  readonly at: number;
  readonly put: string;
  readonly cut: number;
}

/** Pieces that parsers stumble over. */
const pieces = [
  '',
  '\0',
  '\n',
  '\r\n',
  '\ufeff',
  '\ud800',
  '"',
  '\\',
  '\\u0000',
  '\\ud83d',
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '%',
  '%00',
  '%2A',
  '%zz',
  '%ff',
  '%F0%9F%98%80',
  '&',
  '=',
  '+',
  '?',
  '#',
  '/',
  '//',
  '..',
  '-0',
  '1e999',
  '18446744073709551616',
  'null',
  'true',
  '__proto__',
  'constructor',
  '漢',
  '😀',
];

const edit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  put: fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 4 })),
  cut: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(200)),
});

/** Good texts that were spoilt here and there: they get further into a parser than noise. */
export function spoilt(...good: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...good), fc.array(edit, { maxLength: 5 })).map(([text, edits]) => {
    let spoiltText = text;
    for (const { at, put, cut } of edits) {
      const place = Math.floor(at * spoiltText.length);
      spoiltText = spoiltText.slice(0, place) + put + spoiltText.slice(place + cut);
    }
    return spoiltText;
  });
}

/** Noise, half of it characters that mean something to a parser. */
export const noise: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 80, size: 'max' }),
  fc.array(fc.constantFrom(...pieces), { maxLength: 40, size: 'max' }).map((parts) => parts.join('')),
);

/** Bytes of good packets that were spoilt here and there. */
export function spoiltBytes(...good: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    put: fc.uint8Array({ maxLength: 4 }),
    cut: fc.oneof(fc.nat(4), fc.nat(200)),
  });
  return fc.tuple(fc.constantFrom(...good), fc.array(edit, { maxLength: 5 })).map(([packet, edits]) => {
    let bytes = Buffer.from(packet);
    for (const { at, put, cut } of edits) {
      const place = Math.floor(at * bytes.length);
      bytes = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + cut)]);
    }
    return new Uint8Array(bytes);
  });
}
