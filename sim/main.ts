/** `npm run sim`: see `help` in options.ts. Also what its threads run. */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { huntTogether, type Job, work } from './crew.ts';
import { soundPieces } from './node/pieces.ts';
import { againLine, type Options, readOptions } from './options.ts';
import { piecesWith } from './plants/index.ts';
import { findText, tallyLine } from './report.ts';
import { historyOf, shrink } from './shrink.ts';

/** ms between two lines that tell how far it is. */
const pace = 5000;

async function main(options: Options): Promise<number> {
  const { seed, hours, callsPerHour, plant } = options;
  const pieces = plant === undefined ? soundPieces : (piecesWith(plant) ?? soundPieces);
  console.log(
    `Seed ${seed}, ${hours} h, ${callsPerHour} calls an hour${plant === undefined ? '' : `, with ${plant}`}.`,
  );
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  let toldAt = begun;
  const { find, tally } = await huntTogether(options, new URL(import.meta.url), (so) => {
    if (performance.now() - toldAt < pace) return;
    toldAt = performance.now();
    console.log(`… ${tallyLine(so, seconds())}`);
  });
  const line = tallyLine(tally, seconds());
  if (find === undefined) {
    console.log(plant === undefined ? `All promises held. ${line}.` : `Not found: ${plant}. ${line}.`);
    return plant === undefined ? 0 : 1;
  }
  console.log(`A promise is broken. ${line}.`);
  const shortest = await shrink(find, pieces, options.shrink);
  const again = againLine({ ...find.plan, callsPerHour, plant });
  console.log(findText(find, shortest, await historyOf(shortest, pieces), again));
  return plant === undefined ? 1 : 0;
}

if (isMainThread) {
  const chance = Math.floor(Math.random() * 2 ** 31) || 1;
  const read = readOptions(process.argv.slice(2), { chance, workers: Math.min(16, availableParallelism()) });
  if ('options' in read) process.exitCode = await main(read.options);
  else {
    (read.code === 0 ? console.log : console.error)(read.text);
    process.exitCode = read.code;
  }
} else await work(workerData as Job, (report) => parentPort?.postMessage(report));
