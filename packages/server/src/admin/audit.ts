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

/** Characters of an input that are kept. */
const longest = 4000;

/** What was asked for, as JSON, with a mark in the place of each secret; of what is long the start, and how long it was. */
export function maskedInput(input: object): string {
  const text = JSON.stringify(input, (name, value: unknown) => (secrets.has(name) && value !== '' ? '•••' : value));
  return text.length <= longest ? text : JSON.stringify({ cut: text.slice(0, longest), characters: text.length });
}
