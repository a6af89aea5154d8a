import { Type } from 'typebox';
import type { CarrierHealth } from '../ports/media.ts';
import { statusAnswer } from './answers/others.ts';
import { operation, type ServerFacts } from './operation.ts';
import { version } from './version.ts';

/** What the installation says of itself; without `server` when none runs. */
export interface Status {
  readonly server?: ServerFacts & { readonly pid: number; readonly version: string };
  /** What can carry the media of calls beside the two themselves, in the order of preference. */
  readonly media?: readonly CarrierHealth[];
  readonly apps: number;
  readonly liveCalls: number;
  /** ms; the server's time. */
  readonly now: number;
}

export const status = operation({
  name: 'status',
  doc: 'Says which server runs, where it listens, and how much it holds.',
  role: 'viewer',
  http: ['GET', '/status'],
  input: Type.Object({}, { additionalProperties: false }),
  answer: statusAnswer,
  async handle({ apps, store, clock, server, media }): Promise<Status> {
    return {
      ...(server === undefined ? {} : { server: { ...server, pid: process.pid, version } }),
      ...(media === undefined ? {} : { media: media.health() }),
      apps: apps.list().length,
      liveCalls: (await store.live()).length,
      now: clock.now(),
    };
  },
});
