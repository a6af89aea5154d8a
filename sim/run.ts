import type { Broken } from './checks/broken.ts';
import { type Pieces, soundPieces } from './node/pieces.ts';
import { Cluster } from './world/cluster.ts';
import { perform } from './world/events.ts';
import type { Action, Plan } from './world/plan.ts';

/** What a run has come to. */
export interface Outcome {
  readonly broken: Broken | undefined;
  /** Simulated ms. */
  readonly ms: number;
  /** Calls that came about, things that broke, attempts to deliver an event, things that happened at all. */
  readonly calls: number;
  readonly faults: number;
  readonly attempts: number;
  readonly steps: number;
}

/** ms between two looks at what should be over, and at whether anything is under way. */
const pace = 1000;

/** ms before the next thing of the plan that nothing is passed over any more. */
const nearly = 1500;

/** ms after the last thing of a plan by which everything must be over: whoever is gone is missed, receivers are well again. */
const patience = 240_000;

/** Runs a plan from beginning to end, or to the first promise that is broken. The same plan makes the same history. */
export async function run(plan: Plan, pieces: Pieces = soundPieces, log?: (line: string) => void): Promise<Outcome> {
  const cluster = new Cluster(plan, pieces, log);
  const { scheduler, judge, database, receivers } = cluster;
  let next = 0;
  let faults = 0;
  let over = false;
  for (const machine of cluster.machines) cluster.boot(machine);
  for (const phone of cluster.phones) scheduler.after(200 + cluster.random.int(1500), () => phone.connect());

  const now = (): number => scheduler.elapsed + scheduler.skipped;
  const isDue = (action: Action | undefined): action is Action => action !== undefined && action.at <= now();
  const goOn = (): void => {
    for (let action = plan.actions[next]; isDue(action); action = plan.actions[next]) {
      next += 1;
      if (action.kind === 'fault') faults += 1;
      perform(cluster, action);
    }
    const action = plan.actions[next];
    if (action !== undefined) scheduler.after(Math.min(action.at - now(), pace), goOn);
  };
  const last = plan.actions.at(-1)?.at ?? 0;
  const look = (): void => {
    if (database.calls.size > 0) judge.bounds.look();
    const action = plan.actions[next];
    if (now() > 5000 && cluster.isQuiet) {
      if (action === undefined) over = true;
      else if (action.at - now() > nearly) scheduler.skip(action.at - now() - nearly);
    }
    if (now() > last + patience) over = true;
    if (!over) scheduler.after(pace, look);
  };
  scheduler.after(3000, goOn);
  scheduler.after(pace, look);
  const unheard = (error: unknown): void => judge.failed(error, 'nobody asked how it went');
  process.on('unhandledRejection', unheard);
  try {
    await scheduler.run(() => over || judge.broken !== undefined);
    // Rejections that nobody hears of are told only when the turn of the real event loop is over.
    await new Promise((resolve) => setImmediate(resolve));
  } catch (error) {
    judge.failed(error, 'something that was due');
  } finally {
    process.off('unhandledRejection', unheard);
  }
  if (judge.broken === undefined) judge.over();
  const { started } = judge.steps;
  const { attempts } = receivers;
  return { broken: judge.broken, ms: scheduler.elapsed, calls: started, faults, attempts, steps: scheduler.steps };
}
