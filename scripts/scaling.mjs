/** `npm run scaling`: what so many users need, from what things cost. The arithmetic of docs/scaling.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions, refuse } from './lib/options.mjs';
import { assumptions, figureNames, report } from './lib/scaling.mjs';

const root = join(import.meta.dirname, '..');
const standard = join(root, 'docs/scaling-figures.json');
const marks = ['<!-- figures: npm run scaling -- --write -->', '<!-- end of figures -->'];

const flagOf = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const options = readOptions('scaling', 'Prints what so many users need, from measured costs.', {
  figures: [
    '',
    'a file: JSON with what things cost, as the last line of `npm run bench:cluster -- --figures`; docs/scaling-figures.json unless told otherwise',
  ],
  users: ['1000000,10000000,100000000', 'numbers of users, with commas between'],
  write: [false, 'puts the tables into docs/scaling.md'],
  ...Object.fromEntries(
    Object.entries(assumptions).map(([name, { standard: value, unit, about }]) => [
      flagOf(name),
      [String(value), `${unit} ${about}`],
    ]),
  ),
  ...Object.fromEntries(figureNames.map((name) => [name, ['', 'instead of what the figures say']])),
});

function positive(text, name) {
  const value = Number(text);
  if (!/^\d/.test(text) || !Number.isFinite(value)) {
    refuse('scaling', `--${name} is a number from 0, and not "${text}".`);
  }
  return value;
}

let figures;
try {
  figures = JSON.parse(readFileSync(options.figures || standard, 'utf8'));
} catch (error) {
  refuse('scaling', `The figures cannot be read: ${error.message}.`);
}
for (const name of figureNames) {
  if (options[name] !== '') figures[name] = positive(options[name], name);
  if (!(figures[name] >= 0)) refuse('scaling', `The figures lack ${name}. Give it with --${name}.`);
}
const assumed = Object.fromEntries(
  Object.keys(assumptions).map((name) => [name, positive(options[flagOf(name)], flagOf(name))]),
);
const users = options.users.split(',').map((one) => positive(one, 'users'));
let tables;
try {
  tables = report(figures, assumed, users);
} catch (error) {
  refuse('scaling', error.message);
}
if (!options.write) process.stdout.write(tables);
else {
  const file = join(root, 'docs/scaling.md');
  const before = readFileSync(file, 'utf8');
  const [from, to] = marks.map((mark) => before.indexOf(mark));
  writeFileSync(file, `${before.slice(0, from + marks[0].length)}\n\n${tables}\n${before.slice(to)}`);
}
