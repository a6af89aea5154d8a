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
