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

/** Members that hold an address, of which anything but the origin may be a secret. `endpoint` is elsewhere the id of one. */
const addresses: ReadonlySet<string> = new Set(['url', 'endpoint']);
const idPattern = /^[a-z0-9-]*$/;

/** Characters of an input that are kept. */
const longest = 4000;

const mark = '•••';

/** Where it goes, and whether there was more. What is no URL may be anything. */
function maskedAddress(text: string): string {
  if (!URL.canParse(text)) return mark;
  const url = new URL(text);
  if (url.origin === 'null') return mark;
  return url.href === `${url.origin}/` ? url.origin : `${url.origin}/${mark}`;
}

/** What was asked for, as JSON, with a mark in the place of each secret; of what is long the start, and how long it was. */
export function maskedInput(input: object): string {
  const text = JSON.stringify(input, (name, value: unknown) => {
    if (secrets.has(name) && value !== '') return mark;
    return addresses.has(name) && typeof value === 'string' && !idPattern.test(value) ? maskedAddress(value) : value;
  });
  return text.length <= longest ? text : JSON.stringify({ cut: text.slice(0, longest), characters: text.length });
}
