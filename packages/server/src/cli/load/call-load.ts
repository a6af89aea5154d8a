import { setTimeout as sleep } from 'node:timers/promises';
import type { CallId, UserId } from 'ringback-protocol';
import type { LoadDevice } from './load-device.ts';

/** Two devices; the first one calls the second. */
export interface Pair {
  readonly caller: LoadDevice;
  readonly callee: LoadDevice;
  readonly calleeId: UserId;
}

/** What has come of the calls so far. Times in ms. */
export interface LoadTally {
  started: number;
  /** s in which they were started. */
  seconds: number;
  complete: number;
  /** Due, but all pairs were busy: more pairs, or a faster server, would have started them. */
  skipped: number;
  /** From the caller's request to the callee's ring. */
  readonly ring: number[];
  /** From the caller's request until the caller knows that the callee has answered. */
  readonly setUp: number[];
  /** How many failed, by what went wrong. */
  readonly failures: Map<string, number>;
}

/** ms between two looks at what is due. */
const tick = 10;

/**
 * Starts calls at an even rate, whatever becomes of those before, until `seconds` are over or it is stopped. Each one rings, is
 * answered, held and hung up; those that are held when it is stopped are hung up at once.
 */
export async function loadCalls(options: {
  readonly pairs: readonly Pair[];
  /** Calls a second. */
  readonly rate: number;
  readonly seconds: number;
  /** ms that a call is held. */
  readonly hold: number;
  readonly tally: LoadTally;
  readonly stopped: AbortSignal;
}): Promise<void> {
  const { rate, seconds, tally, stopped } = options;
  const free = [...options.pairs];
  const running = new Set<Promise<void>>();
  const began = performance.now();
  let due = 0;
  for (;;) {
    const elapsed = (performance.now() - began) / 1000;
    tally.seconds = elapsed;
    if (elapsed >= seconds || stopped.aborted) break;
    for (; due < elapsed * rate; due += 1) {
      const pair = free.pop();
      if (pair === undefined) {
        tally.skipped += 1;
        continue;
      }
      tally.started += 1;
      const call = oneCall(pair, options).finally(() => {
        running.delete(call);
        // A pair whose connection is gone would only fail again.
        if (pair.caller.isUp && pair.callee.isUp) free.unshift(pair);
      });
      running.add(call);
    }
    await sleep(tick);
  }
  await Promise.all(running);
}

async function oneCall(
  { caller, callee, calleeId }: Pair,
  { hold, tally, stopped }: { readonly hold: number; readonly tally: LoadTally; readonly stopped: AbortSignal },
): Promise<void> {
  let callId: CallId | undefined;
  try {
    const rung = callee.hears('callReceived');
    rung.catch(() => {});
    const began = performance.now();
    callId = await caller.ask('call', { callees: [calleeId], mediaType: 'Audio' });
    await rung;
    tally.ring.push(performance.now() - began);
    const answered = caller.hears('callChanged', callId, 'Answer');
    answered.catch(() => {});
    await callee.ask('accept', { callId });
    await answered;
    tally.setUp.push(performance.now() - began);
    await sleep(hold, undefined, { signal: stopped }).catch(() => {});
    const ended = callee.hears('callEnded', callId);
    ended.catch(() => {});
    await caller.ask('hangUp', { callId });
    await ended;
    tally.complete += 1;
  } catch (error) {
    const reason = (error as Error).message;
    tally.failures.set(reason, (tally.failures.get(reason) ?? 0) + 1);
    // Nothing is left ringing.
    if (callId !== undefined) await caller.ask('hangUp', { callId }).catch(() => {});
  }
}
