import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Counts what happens to calls; what the call service hears of it. Times in ms. */
export function callObserver(metrics: Metrics, log: Log) {
  const [started, live] = [metrics.callsStarted.cell(), metrics.callsLive.cell()];
  return {
    started: (): void => {
      started.n += 1;
      live.n += 1;
    },
    accepted: (call: { readonly startedAt: number; readonly acceptedAt: number }): void => {
      metrics.ringSeconds.observe((call.acceptedAt - call.startedAt) / 1000);
    },
    ended: (record: { readonly result: string; readonly acceptedAt: number; readonly endedAt: number }): void => {
      live.n -= 1;
      metrics.callsEnded.cell(record.result).n += 1;
      if (record.acceptedAt !== 0) metrics.callSeconds.observe((record.endedAt - record.acceptedAt) / 1000);
    },
    failed: (callId: string, error: unknown): void => {
      metrics.timersFailed.add(1);
      log.error({ callId, err: error }, 'timer failed');
    },
  };
}

/** Counts what becomes of webhooks. */
export function webhookObserver(metrics: Metrics) {
  const [waiting, givenUp] = [metrics.webhooksWaiting.cell(), metrics.webhooksGivenUp.cell()];
  const outcomes = {
    delivered: metrics.webhookAttempts.cell('delivered'),
    failed: metrics.webhookAttempts.cell('failed'),
    parked: metrics.webhookAttempts.cell('parked'),
  };
  return {
    waiting: (change: number): void => {
      waiting.n += change;
    },
    /** Times in s. */
    attempted: (outcome: keyof typeof outcomes, seconds: number, lag: number | undefined): void => {
      outcomes[outcome].n += 1;
      metrics.webhookSeconds.observe(seconds);
      if (outcome === 'delivered' && lag !== undefined) metrics.webhookLag.observe(lag);
    },
    givenUp: (): void => {
      givenUp.n += 1;
    },
  };
}

/** How webhooks are doing, for `webhookGauges`. */
interface WebhookState {
  readonly endpoints: Readonly<Record<string, number>>;
  readonly parked: number;
  readonly oldest: number;
}

/** Sets the gauges of webhooks as they are now; asked before each scrape. */
export function webhookGauges(metrics: Metrics, { endpoints, parked, oldest }: WebhookState): void {
  for (const [state, count] of Object.entries(endpoints)) metrics.webhookEndpoints.cell(state).n = count;
  metrics.webhooksParked.cell().n = parked;
  metrics.webhooksOldest.cell().n = oldest;
}

/** Counts what happens on signalling sockets. */
export function signallingObserver(metrics: Metrics) {
  const [sockets, devices, sent] = [metrics.sockets.cell(), metrics.devices.cell(), metrics.framesSent.cell()];
  return {
    opened: (): void => {
      sockets.n += 1;
    },
    closed: (code: number): void => {
      sockets.n -= 1;
      metrics.socketsClosed.cell(String(code)).n += 1;
    },
    signedIn: (): void => {
      devices.n += 1;
    },
    signedOut: (): void => {
      devices.n -= 1;
    },
    turnedAway: (why: string): void => metrics.socketsTurnedAway.add(1, why),
    sent: (): void => {
      sent.n += 1;
    },
    /** `error` is empty, or the name that the device was given; `seconds` from its turn to the end of what it set off here. */
    requested: (method: string, error: string, seconds: number): void => {
      metrics.signallingRequests.cell(method, error).n += 1;
      metrics.signallingSeconds.observe(seconds);
    },
  };
}

/** Counts pushes, and logs what went wrong here. */
export function pushObserver(metrics: Metrics, log: Log) {
  return {
    pushed: (kind: string, what: string, outcome: string): void => metrics.pushes.add(1, kind, what, outcome),
    failed: (error: unknown): void => log.error({ err: error }, 'push failed'),
  };
}

/** Counts what happens to the media of calls, and logs what operators ask about. */
export function mediaObserver(metrics: Metrics, log: Log) {
  return {
    /** `from` is empty at the beginning. */
    moved: (callId: string, from: string, to: string): void => {
      metrics.mediaMoves.add(1, from, to);
      log[from === '' ? 'debug' : 'info']({ callId, from, to }, 'media moved');
    },
    openFailed: (callId: string, provider: string, error: unknown): void => {
      metrics.mediaOpenFailures.add(1, provider);
      log.warn({ callId, provider, err: error }, 'no media room');
    },
    lost: (callId: string, provider: string, reason: string): void => {
      metrics.mediaLost.add(1, provider);
      log.warn({ callId, provider, reason }, 'media room lost');
    },
    failed: (callId: string, provider: string, text: string): void => {
      metrics.mediaFailures.add(1, provider);
      log.info({ callId, provider, text }, 'media failed at a device');
    },
    gaveUp: (callId: string, userId: string): void => {
      metrics.mediaGivenUp.add(1);
      log.info({ callId, user: userId }, 'media gone for good');
    },
  };
}

/** What carries media, for `mediaGauges`. */
interface Carrier {
  readonly name: string;
  status(): { readonly up: boolean; readonly packetsPerSecond?: number; readonly loss?: number };
}

/** Sets the gauges of media as they are now; asked before each scrape. */
export function mediaGauges(
  metrics: Metrics,
  load: ReadonlyMap<string, { readonly calls: number; readonly peers: number }>,
  providers: readonly Carrier[],
): void {
  for (const [provider, { calls, peers }] of load) {
    metrics.mediaCalls.cell(provider).n = calls;
    metrics.mediaPeers.cell(provider).n = peers;
  }
  for (const provider of providers) {
    const { up, packetsPerSecond, loss } = provider.status();
    metrics.mediaUp.cell(provider.name).n = up ? 1 : 0;
    if (packetsPerSecond !== undefined) metrics.mediaPackets.cell(provider.name).n = packetsPerSecond;
    if (loss !== undefined) metrics.mediaLoss.cell(provider.name).n = loss;
  }
}
