import Database from 'better-sqlite3';

/** Bytes of write-ahead log above which it is time to fold it into the database file. */
export const longLog = 4 * 1024 * 1024;

/** A connection that writes: WAL, and a flush at every commit, because what was acknowledged must be on disk. */
export function openWriting(path: string): Database.Database {
  return open(path, {}, (db) => {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    // The writer checkpoints by itself, between batches: an automatic one would sit in the road of a commit.
    db.pragma('wal_autocheckpoint = 0');
    // A log that starts anew is cut to this length, so that a longer file means a longer log.
    db.pragma(`journal_size_limit = ${longLog}`);
    db.pragma('temp_store = MEMORY');
    // Call ids are random, so that the index of records is written all over. Of more pages than these, the list that each commit
    // goes through is so long that it costs more than to read some again, which the system has in memory.
    db.pragma('cache_size = -16384');
  });
}

/** A connection that reads; in WAL mode it neither waits for the writer nor holds it up. */
export function openReading(path: string): Database.Database {
  return open(path, { readonly: true }, (db) => {
    db.pragma('cache_size = -65536');
  });
}

/** Opens a database, and closes it where it cannot be prepared: what is damaged would stay open, in the way of what replaces it. */
function open(path: string, options: Database.Options, prepare: (db: Database.Database) => void): Database.Database {
  const db = new Database(path, { ...options, timeout: 5000 });
  try {
    prepare(db);
  } catch (error) {
    db.close();
    throw error;
  }
  return db;
}
