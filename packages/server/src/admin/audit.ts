/** Members of inputs that nobody may read later. */
const secrets: ReadonlySet<string> = new Set([
  'key',
  'secret',
  'token',
  'password',
  'sig',
  'old',
  'privateKey',
  'serviceAccount',
]);

/** Bytes of an input that are kept. */
const longest = 4000;

/** What was asked for, as JSON, with a mark in the place of each secret. */
export function maskedInput(input: object): string {
  const text = JSON.stringify(input, (name, value: unknown) => (secrets.has(name) && value !== '' ? '•••' : value));
  return text.length <= longest ? text : JSON.stringify({ note: `${text.length} characters, not kept` });
}
