import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';

/** A number that only rises; a cell is one combination of label values. */
export interface Cell {
  n: number;
}

/** Counts by label values. Counting is one addition; the text is made when it is asked for. */
export class CounterFamily {
  readonly #cells = new Map<string, { readonly labels: readonly string[]; readonly cell: Cell }>();
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly type: 'counter' | 'gauge';

  constructor(name: string, help: string, labelNames: readonly string[] = [], type: 'counter' | 'gauge' = 'counter') {
    this.name = name;
    this.help = help;
    this.labelNames = labelNames;
    this.type = type;
  }

  /** The cell of these label values; keep it where it is used often. Values must come from a bounded set. */
  cell(...labels: readonly string[]): Cell {
    const key = labels.join('\n');
    let found = this.#cells.get(key);
    if (found === undefined) {
      found = { labels, cell: { n: 0 } };
      this.#cells.set(key, found);
    }
    return found.cell;
  }

  add(n: number, ...labels: readonly string[]): void {
    this.cell(...labels).n += n;
  }

  /** As prom-client's registry asks for it. */
  async get() {
    const values = [...this.#cells.values()].map(({ labels, cell }) => ({
      value: cell.n,
      labels: this.#named(labels),
    }));
    return { name: this.name, help: this.help, type: this.type, values, aggregator: 'sum' };
  }

  reset(): void {
    this.#cells.clear();
  }

  #named(labels: readonly string[]): Record<string, string> {
    return Object.fromEntries(this.labelNames.map((name, index) => [name, labels[index] ?? '']));
  }
}

/** Bounds of the buckets of times, in s. */
const secondsBuckets = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 600, 3600,
];

/** Durations of one kind, in buckets. */
export class Timing {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly #counts = new Array<number>(secondsBuckets.length + 1).fill(0);
  #sum = 0;

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  /** Notes a duration in s. */
  observe(seconds: number): void {
    this.#sum += seconds;
    let bucket = 0;
    while (bucket < secondsBuckets.length && seconds > (secondsBuckets[bucket] as number)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
  }

  /** As prom-client's registry asks for it. */
  async get() {
    let count = 0;
    const values: { value: number; labels: Record<string, string>; metricName: string }[] = [];
    this.#counts.forEach((n, index) => {
      count += n;
      const le = index < secondsBuckets.length ? String(secondsBuckets[index]) : '+Inf';
      values.push({ value: count, labels: { le }, metricName: `${this.name}_bucket` });
    });
    values.push({ value: this.#sum, labels: {}, metricName: `${this.name}_sum` });
    values.push({ value: count, labels: {}, metricName: `${this.name}_count` });
    return { name: this.name, help: this.help, type: this.type, values, aggregator: 'sum' };
  }

  reset(): void {
    this.#counts.fill(0);
    this.#sum = 0;
  }
}

/** ms between two looks at how late the event loop is, and the least that they show: each wakes an idle process up. */
const precision = 50;

/** All that is measured, declared once. */
export class Metrics {
  /** `command` is `service/command` of the list, or `none`. */
  readonly requests = new CounterFamily('ringback_requests_total', 'REST requests by command and ErrorCode.', [
    'command',
    'code',
  ]);
  readonly requestSeconds = new Timing('ringback_request_seconds', 'From the head of a REST request to its answer.');
  readonly pushes = new CounterFamily(
    'ringback_pushes_total',
    'Attempts to push, by kind of provider, what was pushed, and what came of it.',
    ['kind', 'what', 'outcome'],
  );
  readonly signaturesRefused = new CounterFamily('ringback_signatures_refused_total', 'UserSigs refused, by reason.', [
    'reason',
  ]);
  readonly callsStarted = new CounterFamily('ringback_calls_started_total', 'Calls started.');
  readonly callsEnded = new CounterFamily('ringback_calls_ended_total', 'Calls ended, by result.', ['result']);
  readonly callsLive = new CounterFamily('ringback_calls_live', 'Calls that ring or run now.', [], 'gauge');
  readonly ringSeconds = new Timing('ringback_ring_seconds', 'From the start of a call to its first answer.');
  readonly callSeconds = new Timing('ringback_call_seconds', 'From the first answer of a call to its end.');
  readonly sockets = new CounterFamily('ringback_signalling_sockets', 'Signalling sockets open now.', [], 'gauge');
  readonly devices = new CounterFamily('ringback_signalling_devices', 'Devices signed in now.', [], 'gauge');
  readonly signallingRequests = new CounterFamily(
    'ringback_signalling_requests_total',
    'Signalling requests by method and error; an empty error is success.',
    ['method', 'error'],
  );
  readonly signallingSeconds = new Timing(
    'ringback_signalling_request_seconds',
    'From the turn of a signalling request to the end of what it set off here, its answer included.',
  );
  readonly framesSent = new CounterFamily('ringback_signalling_frames_sent_total', 'Frames sent to devices.');
  readonly socketsTurnedAway = new CounterFamily(
    'ringback_signalling_turned_away_total',
    'Upgrades to a signalling socket that were refused, by reason.',
    ['why'],
  );
  readonly socketsClosed = new CounterFamily(
    'ringback_signalling_closed_total',
    'Sockets closed by the server, by close code.',
    ['code'],
  );
  readonly timersFailed = new CounterFamily(
    'ringback_timers_failed_total',
    'Timers or leases that could not be served at once.',
  );
  readonly webhookAttempts = new CounterFamily(
    'ringback_webhook_attempts_total',
    'Attempts to deliver a webhook, by what came of them.',
    ['outcome'],
  );
  readonly webhookSeconds = new Timing('ringback_webhook_attempt_seconds', 'What one attempt to deliver took.');
  readonly webhookLag = new Timing(
    'ringback_webhook_lag_seconds',
    'From an event to the end of its delivery; without replays.',
  );
  readonly webhooksGivenUp = new CounterFamily(
    'ringback_webhooks_given_up_total',
    'Webhooks given up (parked), after their attempts or with an earlier one of their call.',
  );
  readonly webhooksParked = new CounterFamily(
    'ringback_webhooks_parked',
    'Webhooks in the store that were given up, and can be replayed.',
    [],
    'gauge',
  );
  readonly webhooksOldest = new CounterFamily(
    'ringback_webhooks_oldest_seconds',
    'How long the oldest webhook waits, at endpoints neither paused nor gone.',
    [],
    'gauge',
  );
  readonly webhookEndpoints = new CounterFamily(
    'ringback_webhook_endpoints',
    'Webhook endpoints by state: active, failing (six failures in a row), paused, gone (answered 410).',
    ['state'],
    'gauge',
  );
  readonly webhooksWaiting = new CounterFamily(
    'ringback_webhooks_waiting',
    'Webhooks that wait for their delivery now, at all endpoints.',
    [],
    'gauge',
  );
  readonly mediaCalls = new CounterFamily(
    'ringback_media_calls',
    'Calls whose media is carried now, by provider.',
    ['provider'],
    'gauge',
  );
  readonly mediaPeers = new CounterFamily(
    'ringback_media_peers',
    'Members whose devices take part in that, by provider.',
    ['provider'],
    'gauge',
  );
  readonly mediaUp = new CounterFamily(
    'ringback_media_provider_up',
    '1 when media rooms can be had of the provider.',
    ['provider'],
    'gauge',
  );
  readonly mediaPackets = new CounterFamily(
    'ringback_media_packets_per_second',
    'RTP packets forwarded in the last second, by providers that count them.',
    ['provider'],
    'gauge',
  );
  readonly mediaLoss = new CounterFamily(
    'ringback_media_loss_ratio',
    'Share of the packets that viewers missed in the last seconds, by providers that count them.',
    ['provider'],
    'gauge',
  );
  readonly mediaMoves = new CounterFamily(
    'ringback_media_moves_total',
    'Times that the media of a call took another way; from is empty at its beginning.',
    ['from', 'to'],
  );
  readonly mediaLost = new CounterFamily('ringback_media_rooms_lost_total', 'Media rooms lost, by provider.', [
    'provider',
  ]);
  readonly mediaOpenFailures = new CounterFamily(
    'ringback_media_open_failures_total',
    'Media rooms that could not be had, by provider.',
    ['provider'],
  );
  readonly mediaFailures = new CounterFamily(
    'ringback_media_failures_total',
    'Connections that devices have reported as broken, by provider.',
    ['provider'],
  );
  readonly mediaGivenUp = new CounterFamily(
    'ringback_media_given_up_total',
    'Members who left because their media was gone for good.',
  );
  readonly logLinesDropped = new CounterFamily(
    'ringback_log_lines_dropped_total',
    'Log lines given up because the reader of the log does not keep up.',
  );
  readonly ready = new CounterFamily('ringback_ready', '1 when balancers should send requests here.', [], 'gauge');
  readonly databaseUp = new CounterFamily(
    'ringback_database_up',
    '1 while this node reaches the database that nodes share, or has one of its own.',
    [],
    'gauge',
  );
  readonly redisUp = new CounterFamily(
    'ringback_redis_up',
    '1 while this node hears the others by way of Redis, or needs none.',
    [],
    'gauge',
  );
  readonly nodesLiving = new CounterFamily('ringback_nodes', 'Nodes that share the database and live.', [], 'gauge');
  readonly clockOff = new CounterFamily(
    'ringback_clock_off_seconds',
    "By how much this machine's clock is ahead of the database's; the server goes by the latter.",
    [],
    'gauge',
  );
  readonly #registry = new Registry();

  constructor() {
    for (const metric of Object.values(this)) {
      // prom-client asks a metric for `get` and `name` only; ours answer both without its bookkeeping per increment.
      if (metric instanceof CounterFamily || metric instanceof Timing)
        this.#registry.registerMetric(metric as unknown as Metric);
    }
    for (const one of Object.values(this)) if (one instanceof CounterFamily && one.labelNames.length === 0) one.cell();
    // Without a shared database there is nothing to lose.
    for (const one of [this.databaseUp, this.redisUp, this.nodesLiving]) one.cell().n = 1;
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: precision });
  }

  /** The text that Prometheus reads. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
