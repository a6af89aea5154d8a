import type { Find } from './hunt.ts';
import type { Pieces } from './node/pieces.ts';
import { run } from './run.ts';
import type { Action, Plan } from './world/plan.ts';
import { beginning } from './world/scheduler.ts';

/** ms after which something was broken that nothing need be planned any more. */
const margin = 10;

/**
 * Looks for the shortest history that breaks the same promise: leaves out parts of the plan, large ones first, as long as
 * what is left breaks it. `ms`: of real time; what was found by then is good enough.
 */
export async function shrink(found: Find, pieces: Pieces, ms: number): Promise<Find> {
  const end = performance.now() + ms;
  let best = found;
  const attempt = async (plan: Plan): Promise<boolean> => {
    const { broken } = await run(plan, pieces);
    if (broken?.promise !== found.broken.promise) return false;
    best = { plan, broken };
    return true;
  };
  const planned = (actions: readonly Action[]): Plan => ({ ...best.plan, actions });
  const past = best.plan.actions.filter(({ at }) => at <= best.broken.at - beginning + margin);
  if (past.length < best.plan.actions.length) await attempt(planned(past));
  for (let size = best.plan.actions.length >> 1; size >= 1; ) {
    let shorter = false;
    for (let from = 0; from < best.plan.actions.length && performance.now() < end; ) {
      const { actions } = best.plan;
      const rest = [...actions.slice(0, from), ...actions.slice(from + size)];
      if (rest.length > 0 && (await attempt(planned(rest)))) shorter = true;
      else from += size;
    }
    if (performance.now() >= end) break;
    if (size > 1) size >>= 1;
    else if (!shorter) break;
  }
  for (const [n, action] of best.plan.actions.entries()) {
    if (performance.now() >= end) break;
    if (action.kind !== 'call' || action.extras.length === 0) continue;
    await attempt(planned(best.plan.actions.with(n, { ...action, extras: [] })));
  }
  return best;
}

/** What happens in a find, line by line: of the call concerned, and of what broke. */
export async function historyOf({ plan, broken }: Find, pieces: Pieces): Promise<readonly string[]> {
  const lines: string[] = [];
  await run(plan, pieces, (line) => lines.push(line));
  if (broken.callId === '') return lines;
  const always = /^\S+ (?:fault |\S+ (?:starts|is ready|dies|stops|is gone|is back)$)/;
  return lines.filter((line) => line.includes(broken.callId) || always.test(line));
}
