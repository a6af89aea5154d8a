import { Client } from './client.ts';
import type { ClientOptions } from './client-options.ts';

/** Makes a client; it connects when somebody signs in. */
export const createClient = (options: ClientOptions): Client => new Client(options);
