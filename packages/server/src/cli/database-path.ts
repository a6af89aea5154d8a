import { join } from 'node:path';

/** The database of a data directory. */
export const databasePath = (data: string): string => join(data, 'ringback.db');
