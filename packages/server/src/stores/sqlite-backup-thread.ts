/** The thread that writes a copy of the database, so that the main thread can say how far it is. */
import { parentPort, workerData } from 'node:worker_threads';
import { openReading } from './sqlite-connection.ts';

/** What the thread says at its end; with a failure where there is no copy. Of an error of SQLite no more than its code passes by itself. */
export interface CopyEnd {
  readonly failure?: { readonly code: string; readonly message: string };
}

const { from, to } = workerData as { readonly from: string; readonly to: string };

function copy(): CopyEnd {
  try {
    const db = openReading(from);
    try {
      // One read transaction: the copy is the database at one moment, whatever the server writes meanwhile.
      db.prepare('VACUUM INTO ?').run(to);
    } finally {
      db.close();
    }
    return {};
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string };
    return { failure: { code, message } };
  }
}

if (parentPort === null) throw new Error('The copier runs as a thread.');
parentPort.postMessage(copy());
