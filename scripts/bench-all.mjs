/** `npm run bench [-- --short] [--only name,…] [--figures <file>] [--table] [--write]`: what Ringback bears, as one table. */
import { spawn } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { needs as kamailioNeeds } from '../bench/kamailio/needs.mjs';
import { rowsOf } from './lib/capacity.mjs';
import { installLine, providePrograms } from './lib/debian.mjs';
import { readOptions, refuse } from './lib/options.mjs';
import { figuresFile, figuresIn, keepFigures, publish } from './lib/performance-document.mjs';
import { fail, root, setUp } from './lib/setup.mjs';

/** THE LIST of what is measured, with what makes it short. */
const parts = {
  rest: ['--rounds=5'],
  kamailio: ['--rounds=2', '--seconds=5'],
  setup: ['--seconds=2', '--rounds=2'],
  devices: ['--seconds=10'],
  records: ['--rounds=100', '--sizes=10000,100000'],
};
/** What the full form is told. */
const full = { records: ['--sizes=10000,100000,1000000,10000000'] };
/** What they run beside Node. */
const needs = { kamailio: kamailioNeeds };

const names = Object.keys(parts);
const about = `Measures ${names.join(', ')}, one after the other, and prints one table. On a machine that does nothing else.`;
const values = readOptions('bench', about, {
  short: [false, 'some minutes instead of some tens of minutes; records up to 100 000; not with --write'],
  only: ['', 'some of them, with commas between'],
  figures: ['', 'a file: takes over what an earlier run kept there, and keeps all there in the end'],
  table: [false, 'measures nothing, and shows what is in the file'],
  write: [false, 'publishes it in docs/performance-figures.json, and all that is there in docs/performance.md'],
});
const chosen = values.table ? [] : values.only === '' ? names : values.only.split(',');
const unknown = chosen.find((name) => !names.includes(name));
if (unknown !== undefined) refuse('bench', `There is no "${unknown}". There are: ${names.join(', ')}.`);
if (values.short && values.write)
  refuse('bench', 'Figures of the short form are not published: --write without --short.');
// Before anything is done: it would be for nothing.
provide();
const figures = values.figures === '' ? {} : kept(values.figures);
if (chosen.length > 0) keep();
const docs = join(root, 'docs');
// What cannot be added to is found before tens of minutes, too.
if (values.write) kept(figuresFile(docs));
setUp({ quiet: true });

let problem;
for (const name of chosen) {
  console.log(`\n== ${name}`);
  const measured = await run(name, values.short ? parts[name] : (full[name] ?? []));
  if (typeof measured === 'string') {
    problem = measured;
    break;
  }
  Object.assign(figures, measured);
  figures.days = { ...figures.days, [name]: new Date().toISOString().slice(0, 10) };
  keep();
}

console.log('');
const rows = rowsOf(figures);
const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => row[column].length)));
for (const [what, figure, target] of rows)
  console.log(`${what.padEnd(widths[0])}  ${figure.padEnd(widths[1])}  ${target}`);
if (values.write && problem === undefined) publish(docs, figures, machine());
console.log(JSON.stringify(figures));
if (problem !== undefined) {
  const document = values.write ? '; docs/performance.md is as it was' : '';
  fail(`bench: ${problem} What was measured before stands above${document}.`);
}

/** Ends with a sentence when a part runs programs that are not here and cannot be installed. */
function provide() {
  const wanting = chosen.filter((name) => needs[name] !== undefined);
  const missing = providePrograms('bench', Object.assign({}, ...wanting.map((name) => needs[name])));
  if (missing.length === 0) return;
  const others = chosen.filter((name) => !wanting.includes(name));
  const without = others.length === 0 ? '' : `\nWithout it: --only=${others.join(',')}`;
  fail(`bench: Not everything is here that ${wanting.join(', ')} runs: ${installLine(missing)}${without}`);
}

function kept(file) {
  try {
    return figuresIn(file);
  } catch (error) {
    return fail(`${file} cannot be read: ${error.message}`);
  }
}

/** Puts what there is into the file that was named. */
function keep() {
  if (values.figures === '') return;
  try {
    keepFigures(values.figures, figures);
  } catch (error) {
    fail(`${values.figures} cannot be written: ${error.message}`);
  }
}

/** Runs one part, whose last line is JSON: gives its figures, or a sentence when it fails. */
async function run(name, args) {
  const child = spawn(process.execPath, [join(root, 'bench', `${name}.mjs`), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
    process.stdout.write(chunk);
  });
  // Not before all that it wrote has come.
  const code = await new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
  if (code !== 0) return `${name} ended with ${code}.`;
  return JSON.parse(text.trim().split('\n').at(-1));
}

function machine() {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${model}, ${memory} GiB, Linux ${release().split('.', 2).join('.')}, Node ${process.versions.node}; load and yardsticks on the same machine.`;
}
