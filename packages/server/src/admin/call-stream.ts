import type { Call } from 'ringback-engine';
import type { CallId, SdkAppId } from 'ringback-protocol';
import { sdkAppId } from 'ringback-protocol';
import { Type } from 'typebox';
import { appOf } from './app-view.ts';
import { byStart, liveCall } from './calls.ts';
import { limitField, sdkAppIdField } from './fields.ts';
import { OpenStreams } from './open-streams.ts';
import type { OperationContext } from './operation.ts';
import { refuse } from './refusals.ts';
import { adminStream, type StreamHost } from './stream.ts';

/** ms between two messages at least, and between two signs of life. */
const pace = 250;
const heartbeat = 15_000;

/** ms between two times that a list which has become short is filled up again, at least; sooner where much is missing. */
const refillEvery = 2000;

/** Calls of one message at most; where more have changed, the list is told anew. */
const atOnce = 500;

/** Those that one operator, and all of them, can have open. */
const open = new OpenStreams({ perOperator: 10, inAll: 200 });

const frame = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;

export const callStream = adminStream({
  name: 'calls.stream',
  doc: 'The live calls as they change: server-sent events, a snapshot first.',
  role: 'viewer',
  http: ['GET', '/calls/stream'],
  input: Type.Object(
    { app: Type.Optional(sdkAppIdField), limit: Type.Optional(limitField) },
    { additionalProperties: false },
  ),
  content: {
    'text/event-stream':
      'Events `snapshot` {calls, total}, `changes` {calls, ended, total}, `bye` {reason: session or closing}; a comment every 15 s.',
  },
  audited: false,
  open(context, { app, limit = 200 }, { who }, host) {
    if (app !== undefined) appOf(context.apps, app);
    const { live } = context;
    if (live === undefined) throw refuse('server_needed');
    const most = open.full(who);
    if (most !== undefined) throw refuse('streams_too_many', { most });
    open.add(who, host);
    return {
      // Proxies that gather answers would keep the news for themselves.
      headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' },
      pieces: pieces(context, app === undefined ? undefined : sdkAppId(app), limit, host),
    };
  },
});

async function* pieces(
  { store, live, media, clock }: OperationContext,
  app: SdkAppId | undefined,
  limit: number,
  { allowed, signal, closing }: StreamHost,
): AsyncIterable<string> {
  const news = new Map<CallId, { readonly app: SdkAppId; readonly call: Call | undefined }>();
  let wake: () => void = () => {};
  const stop = live?.watch((of, callId, call) => {
    if (app !== undefined && of !== app) return;
    if (news.size <= atOnce) news.set(callId, { app: of, call });
    wake();
  });
  const gone = (): void => wake();
  signal.addEventListener('abort', gone);
  try {
    let told = clock.now();
    let snapshot = true;
    let toldAll = told;
    // What the receiver has, the oldest `limit` of what it was told.
    let shown = new Map<CallId, Call>();
    let short = 0;
    while (!signal.aborted) {
      if (closing() || !allowed()) {
        yield frame('bye', { reason: closing() ? 'closing' : 'session' });
        return;
      }
      if (short > 0 && (short * 10 >= limit || clock.now() - toldAll >= refillEvery)) snapshot = true;
      if (snapshot || news.size > 0) {
        const changed = [...news];
        news.clear();
        const all = [...(await store.live(app))];
        if (snapshot || changed.length > atOnce) {
          const calls = all.sort(byStart).slice(0, limit);
          shown = new Map(calls.map((call) => [call.callId, call]));
          toldAll = clock.now();
          yield frame('snapshot', { calls: calls.map((call) => liveCall(call, media)), total: all.length });
        } else {
          for (const [callId, { call }] of changed) {
            if (call === undefined) shown.delete(callId);
            else shown.set(callId, call);
          }
          if (shown.size > limit) {
            shown = new Map([...shown].sort(([, one], [, other]) => byStart(one, other)).slice(0, limit));
          }
          yield frame('changes', {
            calls: changed.flatMap(([, { call }]) => (call === undefined ? [] : [liveCall(call, media)])),
            ended: changed.flatMap(([callId, one]) => (one.call === undefined ? [{ app: one.app, callId }] : [])),
            total: all.length,
          });
        }
        snapshot = false;
        short = Math.min(limit, all.length) - shown.size;
        told = clock.now();
      } else if (clock.now() - told >= heartbeat) {
        yield ': alive\n\n';
        told = clock.now();
      }
      if (!signal.aborted) await pause(pace);
      if (news.size === 0 && !signal.aborted) {
        // A second at most, so that a session that is over is noticed soon.
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, 1000);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
          if (news.size > 0 || signal.aborted) wake();
        });
        wake = () => {};
      }
    }
  } finally {
    stop?.();
    signal.removeEventListener('abort', gone);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
