/**
 * The thread that folds the write-ahead log into the database file while the writer goes on writing. It comes close to
 * the end of the log; the last frames are the writer's, in the pause between two batches.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openWriting } from './sqlite-connection.ts';

const { path } = workerData as { readonly path: string };
const port = parentPort;
if (port === null) throw new Error('The checkpointer runs as a thread.');

const db = openWriting(path);

port.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'close') {
    db.close();
    port.close();
    return;
  }
  try {
    db.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // The writer meets the same trouble with the disk, and says so.
  }
  port.postMessage('done');
});
port.postMessage('open');
