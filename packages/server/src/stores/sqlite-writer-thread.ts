/** The thread that writes: takes a batch, commits it, answers, and checkpoints while nothing waits. */
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { BatchRunner, type Bound } from './sqlite-batch.ts';
import { openWriting } from './sqlite-connection.ts';

/** Bytes of write-ahead log above which a quiet moment is used, and above which none is waited for. */
const softLimit = 8 * 1024 * 1024;
const hardLimit = 128 * 1024 * 1024;
/** ms without a batch that count as a quiet moment. */
const quiet = 20;

const { path } = workerData as { readonly path: string };
const port = parentPort;
if (port === null) throw new Error('The writer runs as a thread.');

const db = openWriting(path);
const runner = new BatchRunner(db);
let idle: NodeJS.Timeout | undefined;

function walBytes(): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}

function checkpoint(): void {
  db.pragma('wal_checkpoint(PASSIVE)');
}

port.on('message', (flat: readonly Bound[] | 'close') => {
  clearTimeout(idle);
  if (flat === 'close') {
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    port.postMessage('closed');
    port.close();
    return;
  }
  try {
    runner.run(flat);
  } catch (error) {
    port.postMessage(error instanceof Error ? error.message : String(error));
    return;
  }
  port.postMessage('ok');
  const bytes = walBytes();
  if (bytes > hardLimit) checkpoint();
  else if (bytes > softLimit) idle = setTimeout(checkpoint, quiet);
});
port.postMessage('open');
