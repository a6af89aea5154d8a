import { resolve } from 'node:path';
import { Type } from 'typebox';
import { operation, type ServerFacts } from './operation.ts';
import { version } from './version.ts';

/** What the installation says of itself; without `server` when none runs. */
export interface Status {
  readonly server?: ServerFacts & { readonly pid: number; readonly version: string };
  readonly apps: number;
  readonly liveCalls: number;
  /** ms; the server's time. */
  readonly now: number;
}

export const status = operation({
  name: 'status',
  doc: 'Says which server runs, where it listens, and how much it holds.',
  input: Type.Object({}, { additionalProperties: false }),
  async handle({ apps, store, clock, server }): Promise<Status> {
    return {
      ...(server === undefined
        ? {}
        : { server: { ...server, certificate: absolute(server.certificate), pid: process.pid, version } }),
      apps: apps.list().length,
      liveCalls: (await store.live()).length,
      now: clock.now(),
    };
  },
});

/** Who asks may be in another working directory. */
const absolute = (path: string): string => (path === '' ? '' : resolve(path));
