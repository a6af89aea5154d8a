import { setTimeout as sleep } from 'node:timers/promises';
import { isRace } from './sql-errors.ts';

/** How often a transaction is tried that loses to others each time. */
const tries = 8;

/** Runs a transaction again when it lost a race against another; nothing of it has happened then. */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let lost = 1; ; lost += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isRace(error) || lost === tries) throw error;
      await sleep(Math.random() * 10 * lost);
    }
  }
}
