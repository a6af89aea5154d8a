import type { Find, Tally } from './hunt.ts';
import { beginning } from './world/scheduler.ts';

/** Lines of a history that are shown, at most: the last ones. */
const shown = 120;

const count = (n: number): string => Math.round(n).toLocaleString('en').replaceAll(',', ' ');

/** What was simulated, in one line. `seconds`: of real time. */
export function tallyLine({ hours, calls, faults, attempts, steps }: Tally, seconds: number): string {
  const speed = seconds > 0 ? ` in ${seconds.toFixed(1)} s: ${count((hours / seconds) * 60)} hours a minute` : '';
  return (
    `${hours < 10 ? Number(hours.toFixed(2)) : count(hours)} h, ${count(calls)} calls, ${count(faults)} faults, ` +
    `${count(attempts)} webhook attempts, ${count(steps)} steps${speed}`
  );
}

/** A find, for whoever has to understand it: the promise, how to see it again, and the shortest history that was found. */
export function findText(first: Find, shortest: Find, history: readonly string[], again: string): string {
  const { plan, broken } = shortest;
  const calls = plan.actions.filter(({ kind }) => kind === 'call').length;
  const left = history.length > shown ? [`… ${history.length - shown} lines before these`] : [];
  return [
    `Broken: ${broken.promise}.`,
    `Seen: ${broken.seen}${broken.callId === '' ? '' : ` (call ${broken.callId})`}, ${time(broken.at - beginning)} into the hour.`,
    `Again: ${again}`,
    '',
    `The shortest history found has ${calls} of ${first.plan.actions.length} things that were planned as calls, and ` +
      `${plan.actions.length - calls} faults, on ${plan.nodes === 1 ? 'one node alone' : `${plan.nodes} nodes`}:`,
    ...plan.actions.map((action) => `  ${time(action.at)} ${JSON.stringify(action)}`),
    '',
    'What happens then:',
    ...left,
    ...history.slice(-shown).map((line) => `  ${line}`),
  ].join('\n');
}

function time(ms: number): string {
  const part = (value: number, digits: number): string => String(Math.floor(value)).padStart(digits, '0');
  return `${part(ms / 60_000, 2)}:${part((ms / 1000) % 60, 2)}.${part(ms % 1000, 3)}`;
}
