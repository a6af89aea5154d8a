/** Takes the lock of a data directory as a server of another user, with the built class, says so, releases it. */
import Database from 'better-sqlite3';
import { DataLock } from '../../../dist/stores/data-lock.js';

const [data = '', uid = ''] = process.argv.slice(2);
// Its binary is loaded with the first database, which the other user may have no way to.
new Database(':memory:').close();
process.setgid?.(Number(uid));
process.setuid?.(Number(uid));
const lock = await DataLock.take(data, 'server');
console.log('taken');
lock.release();
