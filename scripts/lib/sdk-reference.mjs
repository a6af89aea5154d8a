/** Writes docs/reference/sdk.md from the declarations that the compiler has made of the SDK, and a sentence for each name. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { absent, chat, errors, events, methods, others, properties, statics, trtc } from './sdk-surface.mjs';
import { root } from './setup.mjs';

const types = join(root, 'packages/sdk/dist/types');
const read = (path) => readFileSync(join(types, path), 'utf8');

/** The members of `export declare class`: public ones, by name, with their declaration on one line. */
function classMembers(path, name) {
  const text = read(path);
  const from = text.search(new RegExp(`^export declare class ${name}\\b`, 'm'));
  if (from < 0) throw new Error(`${path} declares no class ${name}.`);
  const body = text
    .slice(text.indexOf('{\n', from) + 2, text.indexOf('\n}', from) + 1)
    .replace(/\/\*\*[\s\S]*?\*\//g, '');
  const members = [];
  let one = '';
  for (const line of body.split('\n')) {
    one += `${line.trim()} `;
    const depth = (one.match(/[{(]/g) ?? []).length - (one.match(/[})]/g) ?? []).length;
    if (depth > 0 || !one.trim().endsWith(';')) continue;
    const declaration = one.trim().replace(/;$/, '');
    one = '';
    if (/^(private|protected|#private|constructor)\b|^#/.test(declaration)) continue;
    const isStatic = declaration.startsWith('static ');
    const rest = declaration.replace(/^(static |readonly |get |abstract )+/, '');
    const found = /^(\w+)/.exec(rest)?.[1];
    if (found === undefined) throw new Error(`${path}: what is "${declaration}"?`);
    const isMethod = !/^(static )?get /.test(declaration) && /^\w+(<|\()/.test(rest);
    members.push({
      name: found,
      isStatic,
      isMethod,
      declaration: rest.replaceAll('readonly ', '').replace(/\s+/g, ' '),
    });
  }
  // Of several declarations of one method the last is the most general.
  return [...new Map(members.map((member) => [`${member.isStatic} ${member.name}`, member])).values()];
}

/** The members of each `export declare const`, by its name. */
function constants(path) {
  const found = {};
  for (const [, name, body] of read(path).matchAll(/^export declare const (\w+): \{\n([\s\S]*?)^\};/gm)) {
    const members = [...body.matchAll(/^ {4}readonly (?:['"]([^'"]+)['"]|(\w+)): ([^;{]+);/gm)];
    found[name] = Object.fromEntries(members.map(([, quoted, plain, value]) => [quoted ?? plain, value]));
  }
  return found;
}

const cell = (text) => text.replaceAll('|', '\\|');
const code = (text) => (text === '' ? '' : `\`${cell(text)}\``);

/** One row for each name; names and sentences must be the same ones. */
function table(what, head, names, notes) {
  const missing = names.filter(([name]) => !Object.hasOwn(notes, name)).map(([name]) => name);
  const left = Object.keys(notes).filter((note) => !names.some(([name]) => name === note));
  if (missing.length > 0)
    throw new Error(`${what} without a sentence in scripts/lib/sdk-surface.mjs: ${missing.join(', ')}`);
  if (left.length > 0)
    throw new Error(`sentences in scripts/lib/sdk-surface.mjs for ${what} that do not exist: ${left.join(', ')}`);
  const rows = names.map(
    ([name, detail]) => `| \`${name}\` | ${code(detail)} | ${notes[name].status} | ${cell(notes[name].text)} |`,
  );
  return `| name | ${head} | | |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

/** The reference page, in Markdown. */
export function sdkReference() {
  const base = classMembers('compat/engine-base.d.ts', 'EngineBase');
  const engine = classMembers('compat/tui-call-engine.d.ts', 'TUICallEngine');
  const all = [...base, ...engine];
  const rowsOf = (members) => members.map(({ name, declaration }) => [name, declaration]);
  const instance = all.filter(({ isStatic }) => !isStatic);
  const own = constants('compat/constants.d.ts');
  const { TUICallEvent, CallError, ...plain } = own;
  const rest = { ...plain, ...constants('compat/trtc-constants.d.ts') };
  const index = read('index.d.ts');
  if (readdirSync(types).length === 0 || !index.includes('TUICallEngine')) throw new Error('Build the SDK first.');
  const methodsOf = (path, name, hidden = []) =>
    rowsOf(classMembers(path, name).filter((member) => member.isMethod && !hidden.includes(member.name)));
  const otherNames = Object.keys(others).map((name) => [name, '']);
  return `# The browser SDK

This page is generated from the declarations of \`ringback-sdk\`. It says of each name of the original web call engine whether it
is supported here, and what differs. *Differs* means that the method or event is there and works, otherwise than in the original
where the sentence says so; *not supported* means that it is accepted and does nothing, or that it is not there. How to move an
app: [Moving an app](../guides/moving-an-app.md).

## The engine: static methods

${table('static methods', 'declaration', rowsOf(all.filter((one) => one.isStatic)), statics)}
## The engine: methods

Every promise settles. A rejection is an \`Error\` with \`code\`, \`message\` and \`functionName\`.

${table('methods', 'declaration', rowsOf(instance.filter((one) => one.isMethod)), methods)}
## The engine: properties

${table('properties', 'declaration', rowsOf(instance.filter((one) => !one.isMethod)), properties)}
## Events

Keys of \`TUICallEvent\`.

${table('events', 'value', Object.entries(TUICallEvent), events)}
## Errors

Keys of \`CallError\`. Other numbers come from the server: [Errors](errors.md).

${table('errors', 'number', Object.entries(CallError), errors)}
## Media engine

What \`getTRTCCloudInstance()\` gives.

${table('methods of the media engine', 'declaration', methodsOf('compat/trtc-cloud.d.ts', 'TRTCCloud', ['emit', 'attach']), trtc)}
## Chat

What \`engine.tim\` is, and \`TencentCloudChat.create()\` of \`ringback-sdk/chat\` gives.

${table('methods of chat', 'declaration', methodsOf('chat/chat.d.ts', 'Chat'), chat)}
## Constants

All are supported, with the values of the original.

| name | members |
| --- | --- |
${Object.entries(rest)
  .map(
    ([name, members]) =>
      `| \`${name}\` | ${Object.entries(members)
        .map(([key, value]) => code(`${key} ${value}`))
        .join(', ')} |`,
  )
  .join('\n')}

## Other exports

${table('exports', '', otherNames, others)}
## Not there

${table(
  'names',
  '',
  Object.keys(absent).map((name) => [name, '']),
  absent,
)}`;
}
