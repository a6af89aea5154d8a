/** The thread that writes a copy of the database, so that the main thread can say how far it is. */
import { parentPort, workerData } from 'node:worker_threads';
import { openReading } from './sqlite-connection.ts';

const { from, to } = workerData as { readonly from: string; readonly to: string };
const port = parentPort;
if (port === null) throw new Error('The copier runs as a thread.');

const db = openReading(from);
try {
  // One read transaction: the copy is the database at one moment, whatever the server writes meanwhile.
  db.prepare('VACUUM INTO ?').run(to);
} finally {
  db.close();
}
port.postMessage('done');
