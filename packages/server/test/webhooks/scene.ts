import { nodeId } from 'ringback-protocol';
import { makeWebhookSecret } from '../../src/auth/webhook-secret.ts';
import type { Endpoint } from '../../src/ports/endpoints.ts';
import type { PendingEvent } from '../../src/ports/outbox.ts';
import { openSqlite, type SqliteStore } from '../../src/stores/sqlite.ts';
import { Dispatcher } from '../../src/webhooks/dispatcher.ts';
import { AddressGuard } from '../../src/webhooks/guard.ts';
import { Sender } from '../../src/webhooks/sender.ts';
import { appA, idOf } from '../stores/support/fake-calls.ts';
import { SqliteFile } from '../stores/support/sqlite-file.ts';
import type { ManualClock } from '../support/manual-clock.ts';

/** ms that a receiver may take in these tests. */
export const patience = 300;

/** What a test wants of its dispatcher. */
export interface SceneOptions {
  readonly concurrency?: number;
  readonly memory?: number;
  readonly allowed?: readonly string[];
}

/** A dispatcher over a real database and real connections, by a clock that the test moves. */
export class WebhookScene {
  readonly file = new SqliteFile();
  readonly clock: ManualClock = this.file.clock;
  readonly attempts: { outcome: string; lag: number | undefined }[] = [];
  givenUp = 0;
  /** What happens at the end of each attempt, before anything follows from it. */
  atAttempt = () => {};
  readonly lines: { fields: Record<string, unknown>; message: string }[] = [];
  waiting = 0;
  store!: SqliteStore;
  dispatcher!: Dispatcher;
  readonly #options: SceneOptions;

  private constructor(options: SceneOptions) {
    this.#options = options;
  }

  static async open(options: SceneOptions = {}): Promise<WebhookScene> {
    const scene = new WebhookScene(options);
    await scene.start();
    return scene;
  }

  async start(): Promise<void> {
    const onFatal = (error: Error) => void this.file.fatal.push(error);
    this.store = await openSqlite({ path: this.file.path, node: nodeId('n1'), clock: this.clock, onFatal });
    this.waiting = 0;
    const note = (fields: object, message: string) => {
      this.lines.push({ fields: fields as Record<string, unknown>, message });
    };
    this.dispatcher = new Dispatcher({
      endpoints: this.store.endpoints,
      pending: this.store.pendingEvents,
      clock: this.clock,
      sender: new Sender({ guard: new AddressGuard(this.#options.allowed ?? ['127.0.0.0/8']), timeout: patience }),
      observer: {
        waiting: (change) => {
          this.waiting += change;
        },
        attempted: (outcome, _, lag) => {
          this.attempts.push({ outcome, lag });
          this.atAttempt();
        },
        givenUp: () => {
          this.givenUp += 1;
        },
      },
      log: { info: note, warn: note, error: note },
      concurrency: this.#options.concurrency ?? 64,
      memory: this.#options.memory ?? 2000,
      random: () => 0,
    });
    await this.dispatcher.open();
  }

  /** As a process that stops in good order and starts again. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.dispatcher.close();
    await this.store.close();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.file.dispose();
  }

  async endpoint(url: string, change: Partial<Endpoint> = {}): Promise<Endpoint> {
    const endpoint: Endpoint = {
      app: appA,
      id: 'callback',
      format: 'v4',
      url,
      commands: ['Call.CallbackAfterStartCall'],
      secrets: [makeWebhookSecret()],
      token: '',
      state: 'active',
      ...change,
    };
    await this.store.endpoints.save(endpoint);
    return endpoint;
  }

  /** An event number `seq` of call number `n`, as a step would have written it. */
  event(n: number, seq = 1, change: Partial<PendingEvent> = {}): PendingEvent {
    return {
      app: appA,
      endpoint: 'callback',
      startedAt: this.file.clock.now(),
      callId: idOf(n),
      eventSeq: seq,
      format: 'v4',
      part: 0,
      eventTime: this.clock.now(),
      command: 'Call.CallbackAfterStartCall',
      body: JSON.stringify({ CallId: idOf(n), EventSeq: seq }),
      clientIp: '203.0.113.7',
      platform: 'Web',
      firstAt: 0,
      attempts: 0,
      ...change,
    };
  }

  /** Writes events and hands them over, as a step does. */
  async write(...events: readonly PendingEvent[]): Promise<void> {
    await this.store.pendingEvents.add(events);
    this.dispatcher.written(events);
  }

  /** Waits for something that comes by itself. */
  async until(done: () => boolean, what: string, ms = 5000): Promise<void> {
    const end = performance.now() + ms;
    while (!done()) {
      if (performance.now() > end) throw new Error(`It did not come to this: ${what}.`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** Waits until so many attempts are over and written. */
  async tried(count: number): Promise<void> {
    await this.until(() => this.attempts.length >= count, `${count} attempts`);
    const logged = () => Number(this.file.rows('SELECT count(*) AS n FROM attempts')[0]?.n);
    await this.until(() => logged() >= this.attempts.length, 'all of them are in the log');
  }

  /** What waits on disk. */
  get onDisk(): { call_id: string; event_seq: number; attempts: number; parked: number }[] {
    return this.file.rows(
      'SELECT call_id, event_seq, attempts, parked FROM outbox ORDER BY started_at, call_id, event_seq',
    ) as never;
  }
}
