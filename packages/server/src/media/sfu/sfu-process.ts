import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../observe/log.ts';
import type { Clock } from '../../ports/clock.ts';
import { Health } from './health.ts';
import type { ForwarderConfig, ForwarderFigures, Order, Report } from './messages.ts';

/** ms: the first pause before another process is started, and the longest. A process that lived so long starts anew. */
const firstPause = 100;
const longestPause = 10_000;
const healthy = 60_000;

/** ms within which a process is ready, and gives signs of life; a look is taken as often. */
const startTime = 10_000;
const lifeTime = 5000;

/** Orders that the process has not taken; with so many it is stuck. */
const mostUntaken = 10_000;

/** ms between asking a process to end and ending it. */
const endTime = 2000;

/** What the owner of the process hears. */
export interface ProcessEvents {
  report(report: Report): void;
  /** The process is gone, and all its rooms with it. */
  lost(reason: string): void;
}

/** Keeps one forwarding process running: starts it, sees at once when it is gone or stuck, starts another one. */
export class SfuProcess {
  readonly #program: URL;
  readonly #config: ForwarderConfig;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #events: ProcessEvents;
  #child: ChildProcess | undefined;
  #port: number | undefined;
  #problem: string | undefined = 'The built-in SFU is starting.';
  #startedAt = 0;
  #heard = false;
  #health = new Health();
  #killed = false;
  #untaken = 0;
  #pause = firstPause;
  #finished = false;
  #cancels: (() => void)[] = [];
  #cancelRestart: () => void = () => {};
  readonly #waiting = new Set<{ resolve: () => void; reject: (error: Error) => void }>();

  constructor(options: { config: ForwarderConfig; clock: Clock; log: Log; events: ProcessEvents; program?: URL }) {
    this.#program = options.program ?? program();
    this.#config = options.config;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#events = options.events;
    this.#start();
  }

  /** Why it does not run, in a sentence; undefined while it does. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The UDP port that it listens on; undefined before it first did. */
  get port(): number | undefined {
    return this.#port;
  }

  /** The number of the process that runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the process takes orders; rejects with a sentence when that is not to be expected soon. */
  ready(): Promise<void> {
    if (this.#problem === undefined) return Promise.resolve();
    // A process that starts, or is about to, is worth a moment; one that could not start is not.
    if (this.#finished || this.#pause > 4 * firstPause) return Promise.reject(new Error(this.#problem));
    return new Promise((resolve, reject) => {
      const waiter = {
        resolve: () => {
          cancel();
          resolve();
        },
        reject: (error: Error) => {
          cancel();
          reject(error);
        },
      };
      const cancel = this.#clock.timer(startTime, () => {
        this.#waiting.delete(waiter);
        reject(new Error(this.#problem ?? 'The built-in SFU did not start in time.'));
      });
      this.#waiting.add(waiter);
    });
  }

  /** Sends an order; one that cannot be sent is dropped, since the loss of the process is reported anyway. */
  send(order: Order): void {
    const child = this.#child;
    if (child === undefined || !child.connected) return;
    this.#untaken += 1;
    child.send(order, () => {
      this.#untaken -= 1;
    });
    if (this.#untaken > mostUntaken) this.#kill('it takes no orders');
  }

  #start(): void {
    this.#startedAt = this.#clock.now();
    this.#untaken = 0;
    this.#health = new Health();
    this.#killed = false;
    // Nothing of the server's environment is of use to it, keys least of all.
    const env = process.env.PATH === undefined ? {} : { PATH: process.env.PATH };
    const child = fork(fileURLToPath(this.#program), [], {
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    let last = '';
    child.stderr?.on('data', (text: Buffer) => {
      last = (last + text.toString('latin1')).slice(-300);
    });
    child.on('message', (report: Report) => {
      if (child === this.#child) this.#take(report);
    });
    child.on('error', (error) => this.#gone(child, error.message));
    child.on('exit', (code, signal) => this.#gone(child, `${signal ?? `code ${code}`} ${last.trim()}`.trim()));
    this.send({ type: 'start', config: this.#config });
    this.#cancels = [this.#clock.timer(startTime, () => this.#watch())];
  }

  /** A process that says nothing for two looks in a row is stuck; one look may come late when the server itself was. */
  #watch(quiet = false): void {
    if (!this.#heard && (quiet || this.#problem !== undefined)) {
      this.#kill('it gives no sign of life');
      return;
    }
    const silent = !this.#heard;
    this.#heard = false;
    this.#cancels = [this.#clock.timer(lifeTime, () => this.#watch(silent))];
  }

  #take(report: Report): void {
    this.#heard = true;
    if (report.type === 'ready') {
      // It was told to end while it began: that it ends now is no loss.
      if (this.#finished) return;
      this.#port = report.port;
      this.#problem = undefined;
      this.#log.info({ port: report.port, pid: this.pid }, 'sfu ready');
      for (const { resolve } of this.#drain()) resolve();
    } else if (report.type === 'unable') {
      this.#problem = report.reason;
      this.#finished ||= report.forGood;
      this.#log.warn({ reason: report.reason }, 'sfu unable');
      for (const { reject } of this.#drain()) reject(new Error(report.reason));
      this.#kill();
    } else {
      if (report.type === 'figures') this.#judge(report);
      this.#events.report(report);
    }
  }

  #judge(figures: ForwarderFigures): void {
    const why = this.#health.look(figures);
    if (why !== undefined) this.#kill(why);
  }

  #drain() {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }

  #kill(why?: string): void {
    // Once is enough: it may still say something until it has ended.
    if (this.#killed) return;
    this.#killed = true;
    if (why !== undefined) this.#log.error({ pid: this.pid, why }, 'sfu stuck');
    this.#child?.kill('SIGKILL');
  }

  #gone(child: ChildProcess, how: string): void {
    if (child !== this.#child) return;
    this.#child = undefined;
    for (const cancel of this.#cancels.splice(0)) cancel();
    const ran = this.#problem === undefined;
    if (ran) {
      this.#problem = 'The built-in SFU has ended and is being started again.';
      this.#log.error({ how }, 'sfu lost');
      this.#events.lost(`the process that forwards media has ended (${how})`);
    }
    if (this.#finished) return;
    if (ran && this.#clock.now() - this.#startedAt >= healthy) this.#pause = firstPause;
    const pause = this.#pause;
    this.#pause = Math.min(longestPause, pause * 2);
    this.#cancelRestart = this.#clock.timer(pause, () => this.#start());
  }

  /** Ends the process: asks first, then forces. Resolves when it has ended. */
  async close(): Promise<void> {
    this.#finished = true;
    this.#problem = 'The built-in SFU is closed.';
    this.#cancelRestart();
    for (const { reject } of this.#drain()) reject(new Error(this.#problem));
    const child = this.#child;
    if (child === undefined) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.send({ type: 'stop' });
    const cancel = this.#clock.timer(endTime, () => child.kill('SIGKILL'));
    await ended;
    cancel();
  }
}

/** What runs in the process. It cannot load TypeScript on all supported versions of Node, so sources use the build. */
function program(): URL {
  const here = import.meta.url;
  return new URL('./child/main.js', here.endsWith('.ts') ? here.replace('/src/', '/dist/') : here);
}
