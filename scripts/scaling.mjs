/** `node scripts/scaling.mjs`: what so many users need, from what things cost. The arithmetic of docs/scaling.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { assumptions, figureNames, report } from './lib/scaling.mjs';

const root = join(import.meta.dirname, '..');
const standard = join(root, 'docs/scaling-figures.json');
const marks = ['<!-- figures: node scripts/scaling.mjs --write -->', '<!-- end of figures -->'];

const flagOf = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Ends with a sentence. */
function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

function help() {
  const lines = Object.entries(assumptions).map(
    ([name, { standard: value, unit, about }]) =>
      `  --${flagOf(name).padEnd(22)} ${`${value} ${unit}`.padEnd(20)} ${about}`,
  );
  console.log(`node scripts/scaling.mjs [--figures <file>] [--users 1000000,…] [--write] [--<assumption> <number>]…

Prints what so many users need, from measured costs.

  --figures <file>   JSON with what things cost, as the last line of \`npm run bench:cluster -- --figures\`;
                     docs/scaling-figures.json unless told otherwise. Single ones: --<name> <number>, such as
                     --ping_cpu_ms 0.03
  --users <list>     numbers of users, with commas between; 1, 10 and 100 million unless told otherwise
  --write            puts the tables into docs/scaling.md

Assumptions:
${lines.join('\n')}`);
}

function positive(text, name) {
  const value = Number(text);
  if (!/^\d/.test(text) || !Number.isFinite(value) || value < 0)
    fail(`--${name} is a number from 0, and not "${text}".`);
  return value;
}

const text = { type: 'string' };
let values;
try {
  ({ values } = parseArgs({
    options: {
      help: { type: 'boolean' },
      write: { type: 'boolean' },
      figures: text,
      users: text,
      ...Object.fromEntries([...Object.keys(assumptions).map(flagOf), ...figureNames].map((name) => [name, text])),
    },
  }));
} catch (error) {
  fail(`${error.message} See --help.`);
}
if (values.help) help();
else {
  let figures;
  try {
    figures = JSON.parse(readFileSync(values.figures ?? standard, 'utf8'));
  } catch (error) {
    fail(`The figures cannot be read: ${error.message}`);
  }
  for (const name of figureNames) {
    if (values[name] !== undefined) figures[name] = positive(values[name], name);
    if (!(figures[name] >= 0)) fail(`The figures lack ${name}. Give it with --${name}.`);
  }
  const assumed = {};
  for (const [name, { standard: value }] of Object.entries(assumptions)) {
    const given = values[flagOf(name)];
    assumed[name] = given === undefined ? value : positive(given, flagOf(name));
  }
  const users = (values.users ?? '1000000,10000000,100000000').split(',').map((one) => positive(one, 'users'));
  const tables = report(figures, assumed, users);
  if (!values.write) process.stdout.write(tables);
  else {
    const file = join(root, 'docs/scaling.md');
    const before = readFileSync(file, 'utf8');
    const [from, to] = marks.map((mark) => before.indexOf(mark));
    writeFileSync(file, `${before.slice(0, from + marks[0].length)}\n\n${tables}\n${before.slice(to)}`);
  }
}
