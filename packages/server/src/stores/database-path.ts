import { join } from 'node:path';

/** The embedded database of a data directory. */
export const databasePath = (data: string): string => join(data, 'ringback.db');
