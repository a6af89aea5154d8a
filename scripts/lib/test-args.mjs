/** The command line of `npm test`. */
import { didYouMean } from './words.mjs';

const flags = ['--group', '--list', '--help', '--every-node'];

/**
 * Reads the arguments, in any order. Gives the chosen groups in the order of the list, each once, and whether they are
 * to be named only; or `help`; or a `problem` in a sentence.
 *
 * @template {{ name: string, everyNode: boolean }} Group
 * @param {readonly string[]} args
 * @param {readonly Group[]} groups
 * @returns {{ help: true } | { problem: string } | { groups: readonly Group[], list: boolean }}
 */
export function readTestArgs(args, groups) {
  const names = groups.map(({ name }) => name);
  const named = new Set();
  let [list, everyNode] = [false, false];
  for (let i = 0; i < args.length; i += 1) {
    const [flag, value] = args[i].startsWith('--group=') ? ['--group', args[i].slice(8)] : [args[i], undefined];
    if (flag === '--help' || flag === '-h') return { help: true };
    if (flag === '--list') list = true;
    else if (flag === '--every-node') everyNode = true;
    else if (flag === '--group') {
      if (value === undefined) i += 1;
      const name = value ?? args[i] ?? '';
      if (!names.includes(name)) {
        return {
          problem: `There is no test group "${name}".${didYouMean(name, names)} npm test -- --list names them.`,
        };
      }
      named.add(name);
    } else return { problem: `npm test does not know ${flag}.${didYouMean(flag, flags)}` };
  }
  const chosen = groups.filter((one) => (named.size === 0 || named.has(one.name)) && (!everyNode || one.everyNode));
  if (chosen.length === 0) {
    return { problem: `Of ${[...named].join(', ')}, no group runs on every version of Node: leave --every-node out.` };
  }
  return { groups: chosen, list };
}
