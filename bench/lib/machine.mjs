/** What the machine did meanwhile. */
import { readFileSync } from 'node:fs';

function look() {
  const [user, nice, system, idle, wait, irq, soft, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + soft + steal;
  return { busy, taken: steal, all: busy + idle + wait };
}

/**
 * Looks at the processors; what is returned looks again: which share of their time, 0 to 1, they were `busy`, and which of it was
 * `taken`, because the host gave it to other guests while something here was ready to run. Source: `/proc/stat`.
 */
export function machineLoad() {
  const before = look();
  return () => {
    const after = look();
    const all = after.all - before.all;
    return { busy: (after.busy - before.busy) / all, taken: (after.taken - before.taken) / all };
  };
}

/** Share of the processors that others may take in a round that counts. */
const calm = 0.01;

/**
 * Plays rounds until in as many of them as wanted others took hardly anything of the processors, or three times as many have been
 * played; those in which they took the least count, whatever came of them. A round is what `play` resolves with, and `machineLoad`.
 *
 * @template Round
 * @param {number} rounds
 * @param {() => Promise<Round>} play
 * @param {typeof machineLoad} look
 * @returns {Promise<{ played: number, best: (Round & { busy: number, taken: number })[] }>}
 */
export async function calmest(rounds, play, look = machineLoad) {
  const all = [];
  while (all.length < rounds * 3 && all.filter(({ taken }) => taken <= calm).length < rounds) {
    const load = look();
    all.push({ ...(await play()), ...load() });
  }
  return { played: all.length, best: all.sort((a, b) => a.taken - b.taken).slice(0, rounds) };
}
