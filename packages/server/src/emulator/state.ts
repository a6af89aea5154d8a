import { command, curlLine } from './curl.ts';
import type { Emulator } from './emulator.ts';
import { longSig } from './rest.ts';

/** What people and programs must know of a running emulator. */
export interface EmulatorState {
  /** The time of the server. */
  readonly now: string;
  readonly clock: 'running' | 'paused';
  readonly url: string;
  readonly signalling: string;
  readonly sdkAppId: number;
  readonly key: string;
  readonly administrator: string;
  readonly administratorSig: string;
  /** A line that can be pasted. */
  readonly curl: string;
  /** The secret of the endpoint that was given; empty when none was. */
  readonly webhookSecret: string;
  readonly data: string;
  readonly users: readonly object[];
}

/** What is so now. */
export function stateOf(emulator: Emulator): EmulatorState {
  const { url, sdkAppId, key, clock, rest } = emulator;
  return {
    now: new Date(clock.now()).toISOString(),
    clock: clock.isRunning ? 'running' : 'paused',
    url,
    signalling: `${url.replace('http', 'ws')}/signalling`,
    sdkAppId,
    key,
    administrator: 'administrator',
    administratorSig: longSig(rest, 'administrator'),
    curl: curlLine(rest, command),
    webhookSecret: emulator.webhookSecret,
    data: emulator.data,
    users: emulator.users.map(({ view }) => view),
  };
}
