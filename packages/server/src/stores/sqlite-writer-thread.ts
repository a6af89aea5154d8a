/** The thread that writes: takes a batch, commits it, answers. */
import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { BatchRunner, type Bound, type WritingStatement } from './sqlite-batch.ts';
import { longLog, openWriting } from './sqlite-connection.ts';

/** What the thread is told; anything else is a batch. */
export type WriterOrder = 'finish' | 'close';
/** What it answers; anything else is the text of an error. */
export type WriterAnswer = 'open' | 'ok' | 'ok, long log' | 'closed';

const { path, statements } = workerData as {
  readonly path: string;
  readonly statements: readonly WritingStatement[];
};
const port = parentPort;
if (port === null) throw new Error('The writer runs as a thread.');

const db = openWriting(path);
const runner = new BatchRunner(db, statements);
const answer = (text: WriterAnswer): void => port.postMessage(text);

port.on('message', (message: readonly Bound[] | WriterOrder) => {
  if (message === 'finish') {
    // The other thread has done nearly all of it; once nothing is left, the next batch starts the log anew.
    db.pragma('wal_checkpoint(PASSIVE)');
    return;
  }
  if (message === 'close') {
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    answer('closed');
    port.close();
    return;
  }
  try {
    runner.run(message);
  } catch (error) {
    port.postMessage(error instanceof Error ? error.message : String(error));
    return;
  }
  const bytes = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  answer(bytes > longLog ? 'ok, long log' : 'ok');
});
answer('open');
