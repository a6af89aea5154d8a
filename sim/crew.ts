import { Worker } from 'node:worker_threads';
import { addTo, emptyTally, type Find, hunt, type Tally } from './hunt.ts';
import { soundPieces } from './node/pieces.ts';
import type { Options } from './options.ts';
import { piecesWith } from './plants/index.ts';
import type { Outcome } from './run.ts';

/** MB of young objects: nearly everything dies at once here. */
const young = 64;

/** What a worker is to do. */
export interface Job {
  readonly options: Options;
  readonly first: number;
}

/** What a worker says. */
export type Report = { readonly share: number; readonly outcome: Outcome } | { readonly find: Find | undefined };

/** Hunts in several threads; resolves with the first find. `progress` is told after each hour. */
export function huntTogether(
  options: Options,
  script: URL,
  progress: (tally: Tally) => void,
): Promise<{ readonly find: Find | undefined; readonly tally: Tally }> {
  const tally = emptyTally();
  return new Promise((resolve, reject) => {
    const workers: Worker[] = [];
    let busy = options.workers;
    const over = (find: Find | undefined): void => {
      resolve({ find, tally });
      for (const worker of workers) void worker.terminate();
    };
    for (let first = 0; first < options.workers; first += 1) {
      const job: Job = { options, first };
      const worker = new Worker(script, { workerData: job, resourceLimits: { maxYoungGenerationSizeMb: young } });
      workers.push(worker);
      worker.on('error', reject);
      worker.on('message', (report: Report) => {
        if ('outcome' in report) {
          addTo(tally, report.share, report.outcome);
          progress(tally);
          return;
        }
        busy -= 1;
        if (report.find !== undefined) over(report.find);
        else if (busy === 0) over(undefined);
      });
    }
  });
}

/** What each of them does. */
export async function work({ options, first }: Job, say: (report: Report) => void): Promise<void> {
  const { seed, hours, callsPerHour, plant, workers } = options;
  // Refusals are errors, and there are many; whoever looks at a find has the traces.
  Error.stackTraceLimit = 0;
  const pieces = plant === undefined ? soundPieces : (piecesWith(plant) ?? soundPieces);
  const went = (share: number, outcome: Outcome): void => say({ share, outcome });
  say({ find: await hunt({ seed, hours, callsPerHour, pieces, every: workers, first, went }) });
}
