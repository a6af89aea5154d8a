import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RingbackError } from '../src/base/ringback-error.ts';
import { RpcSocket, type SocketLike } from '../src/signalling/rpc-socket.ts';

/** A socket whose other side is the test. */
class Line implements SocketLike {
  static last: Line;
  readyState = 1;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;

  constructor() {
    Line.last = this;
    queueMicrotask(() => this.onopen?.({} as never));
  }

  send(): void {}
  close(): void {}

  says(text: string): void {
    this.onmessage?.({ data: text } as never);
  }
}

/** A request that waits for its answer, with the clock standing still. */
async function asked(): Promise<{ readonly settled: () => Promise<unknown>; readonly timers: Set<() => void> }> {
  const timers = new Set<() => void>();
  const rpc = await RpcSocket.open({
    url: 'ws://x',
    protocol: 'x',
    Socket: Line,
    ms: 1,
    notice: () => {},
    closed: () => {},
    timers: {
      now: () => 0,
      random: () => 0,
      after: (_ms, fire) => {
        timers.add(fire);
        return () => timers.delete(fire);
      },
    },
  });
  const done = rpc
    .request('ping', {}, 1, () => {})
    .then(
      () => 'answered',
      (error: unknown) => error,
    );
  // What is settled already wins over what comes later.
  const settled = async () => Promise.race([done, new Promise((resolve) => setImmediate(resolve, 'waiting'))]);
  return { settled, timers };
}

const isAnswer = (frame: unknown): boolean =>
  typeof frame === 'object' &&
  frame !== null &&
  (frame as { id?: unknown }).id === 1 &&
  typeof (frame as { method?: unknown }).method !== 'string';

/** Anything at all, frames that look like answers among it. */
const frames = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      jsonrpc: fc.constant('2.0'),
      id: fc.oneof(fc.constant(1), fc.jsonValue()),
      method: fc.jsonValue(),
      params: fc.jsonValue(),
      result: fc.jsonValue(),
      error: fc.oneof(
        fc.jsonValue(),
        fc.record({ code: fc.jsonValue(), message: fc.jsonValue(), data: fc.jsonValue() }, { requiredKeys: [] }),
      ),
    },
    { requiredKeys: [] },
  ),
);

describe('what the server says over a socket', () => {
  it.each([
    ['null', 65_535],
    ['"no"', 65_535],
    ['{"code":"x","message":7,"data":null}', 65_535],
    ['{"code":101004,"message":"There is no such call.","data":{"name":"no_such_call"}}', 101_004],
  ])('is an error where it says so, whatever that looks like: %s', async (error, code) => {
    const { settled } = await asked();
    Line.last.says(`{"id":1,"error":${error}}`);
    const thrown = await settled();
    expect(thrown).toBeInstanceOf(RingbackError);
    expect(thrown).toMatchObject({ code, reason: expect.any(String), message: expect.any(String) });
  });

  it('never breaks the socket, and settles the request that it answers, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(frames, { maxLength: 5 }), fc.string(), async (all, noise) => {
        const { settled, timers } = await asked();
        Line.last.says(noise);
        for (const frame of all) Line.last.says(JSON.stringify(frame));
        const end = await settled();
        const isOver = all.some(isAnswer);
        expect(end === 'waiting').toBe(!isOver);
        if (end !== 'waiting' && end !== 'answered') expect(end).toBeInstanceOf(RingbackError);
        // Who waits still has the time-out that ends the waiting.
        expect(timers.size).toBe(isOver ? 0 : 1);
      }),
      { numRuns: 500 },
    );
  });
});
