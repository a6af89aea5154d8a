import { Client, type ClientOptions } from './client.ts';

/** Makes a client; it connects when somebody signs in. */
export const createClient = (options: ClientOptions): Client => new Client(options);
