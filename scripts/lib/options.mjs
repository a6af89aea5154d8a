/** What a program of the checkout may be told. */
import { parseArgs } from 'node:util';

/** In s, which may have a fraction; other numbers count something. */
const times = new Set(['seconds', 'warm-up']);

/** @typedef {number | readonly number[] | string | false} Value */

/**
 * The options of `npm run <program>`, as `--name=value` or `--name value`. What stands for an option that is not named says of what
 * kind it is: a number, a list of numbers, a text, or for `false` a switch; of a number also the least may be told. `--help` tells
 * about them and ends the program; what is unknown, or not of its kind, ends it with 2, before anything is done.
 *
 * @template {Record<string, readonly [Value, string, number?]>} Known
 * @param {string} program its name for npm
 * @param {string} about
 * @param {Known} known what stands for it, what it means, and the least that a number may be
 * @param {readonly string[]} args
 * @returns {{ [Name in keyof Known]: Known[Name][0] }}
 */
export function readOptions(program, about, known, args = process.argv.slice(2)) {
  let given;
  try {
    const types = Object.entries(known).map(([one, [value]]) => [
      one,
      { type: value === false ? 'boolean' : 'string' },
    ]);
    ({ values: given } = parseArgs({
      args: [...args],
      options: { ...Object.fromEntries(types), help: { type: 'boolean' } },
    }));
  } catch (error) {
    refuse(program, error.message.replace(/\.?$/, '.'));
  }
  if (given.help) {
    console.log(help(program, about, known));
    process.exit(0);
  }
  const number = (one, text, least, means) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    const isOne = times.has(one) ? Number.isFinite(value) : Number.isSafeInteger(value);
    if (!isOne || value < least) {
      refuse(program, `--${one} takes a ${times.has(one) ? '' : 'whole '}number${means}.`);
    }
    return value;
  };
  const read = (one, [value, , least]) => {
    const text = given[one];
    if (text === undefined || typeof text === 'boolean') return text ?? value;
    if (typeof value === 'string') return text;
    const aboveNothing = (part) => number(one, part, Number.MIN_VALUE, ' above 0');
    if (Array.isArray(value)) return text.split(',').map(aboveNothing);
    if (least !== undefined) return number(one, text, least, ` from ${least}`);
    return value === 0 ? number(one, text, 0, '') : aboveNothing(text);
  };
  return Object.fromEntries(Object.entries(known).map(([one, kind]) => [one, read(one, kind)]));
}

/** Ends the program with 2. */
export function refuse(program, sentence) {
  console.error(`${program}: ${sentence} See --help.`);
  process.exit(2);
}

function help(program, about, known) {
  const shown = (value) => (Array.isArray(value) ? value.join(',') : String(value));
  const placed = (value) =>
    value === false ? '' : Array.isArray(value) ? ' N,…' : typeof value === 'number' ? ' N' : ' TEXT';
  const lines = Object.entries(known).map(([one, [value, means, least]]) => {
    const usual = value === false || value === '' || value === 0 ? '' : `default: ${shown(value)}`;
    const told = [usual, least === undefined ? '' : `at least ${least}`].filter((part) => part !== '').join(', ');
    return [`--${one}${placed(value)}`, told === '' ? means : `${means} (${told})`];
  });
  lines.push(['--help', 'this text']);
  const width = Math.max(...lines.map(([left]) => left.length));
  const list = lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
  return `Usage: npm run ${program} -- [options]\n\n${about}\n\n${list}`;
}
