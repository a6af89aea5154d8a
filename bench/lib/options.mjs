/** What a benchmark may be told. */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';

/** In s, which may have a fraction; other numbers count something. */
const times = new Set(['seconds', 'warm-up']);

/** @typedef {number | readonly number[] | string | false} Value */

/**
 * The options of a benchmark, as `--name=value` or `--name value`. What stands for an option that is not named says of what kind it
 * is: a number, a list of numbers, a text, or for `false` a switch. `--help` tells about them and ends the program; what is
 * unknown, or not of its kind, ends it with 2, before anything is measured.
 *
 * @template {Record<string, readonly [Value, string]>} Known
 * @param {string} about
 * @param {Known} known what stands for it, and what it means
 * @returns {{ [Name in keyof Known]: Known[Name][0] }}
 */
export function options(about, known) {
  const name = basename(process.argv[1] ?? '', '.mjs');
  const refuse = (sentence) => {
    console.error(`bench:${name}: ${sentence} See --help.`);
    process.exit(2);
  };
  let given;
  try {
    const types = Object.entries(known).map(([one, [value]]) => [
      one,
      { type: value === false ? 'boolean' : 'string' },
    ]);
    ({ values: given } = parseArgs({ options: { ...Object.fromEntries(types), help: { type: 'boolean' } } }));
  } catch (error) {
    refuse(error.message.replace(/\.?$/, '.'));
  }
  if (given.help) {
    console.log(help(name, about, known));
    process.exit(0);
  }
  const number = (one, text, least) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const isOne = times.has(one) ? Number.isFinite(value) : Number.isSafeInteger(value);
    if (!isOne || value < least) {
      refuse(`--${one} takes a ${times.has(one) ? '' : 'whole '}number${least > 0 ? ' above 0' : ''}.`);
    }
    return value;
  };
  const read = (one, [value]) => {
    const text = given[one];
    if (text === undefined || typeof text === 'boolean') return text ?? value;
    if (typeof value === 'number') return number(one, text, value === 0 ? 0 : Number.MIN_VALUE);
    if (Array.isArray(value)) return text.split(',').map((part) => number(one, part, Number.MIN_VALUE));
    return text;
  };
  return Object.fromEntries(Object.entries(known).map(([one, kind]) => [one, read(one, kind)]));
}

function help(name, about, known) {
  const shown = (value) => (Array.isArray(value) ? value.join(',') : String(value));
  const placed = (value) =>
    value === false ? '' : Array.isArray(value) ? ' N,…' : typeof value === 'number' ? ' N' : ' TEXT';
  const lines = Object.entries(known).map(([one, [value, means]]) => {
    const stands = value === false || value === '' || value === 0 ? '' : ` (default: ${shown(value)})`;
    return [`--${one}${placed(value)}`, `${means}${stands}`];
  });
  lines.push(['--help', 'this text']);
  const width = Math.max(...lines.map(([left]) => left.length));
  const list = lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
  return `Usage: npm run bench:${name} -- [options]\n\n${about}\n\n${list}`;
}
