import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PostgresServer } from '../../packages/server/test/stores/support/postgres-server.ts';

/** The built program of this checkout. */
export const builtProgram = join(dirname(fileURLToPath(import.meta.url)), '../../packages/server/bin/ringback.mjs');
const run = promisify(execFile);

/** Settings of the environment must not leak into the tests. */
const cleanEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RINGBACK_')));

/** One server of several, on a database that the test has opened. */
export interface NodeOptions {
  readonly database: string;
  readonly args?: readonly string[];
  /** That of the application; the first node makes the application. */
  readonly key?: string;
  /** Another program than the one of this checkout. */
  readonly program?: string;
  /** More for its environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** The built program, running in a process of its own on free ports. */
export class Ringback {
  readonly sdkAppId = 1_400_000_077;
  readonly key: string;
  readonly data: string;
  http = '';
  https = '';
  ops = '';
  #child: ChildProcess | undefined;
  #output = '';
  readonly #args: readonly string[];
  /** The database server of this installation, when tests run with RINGBACK_E2E_STORE=postgres. */
  #postgres: PostgresServer | undefined;
  #database = '';
  /** What runs from the next start on. */
  program = builtProgram;
  #more: NodeJS.ProcessEnv = {};

  private constructor(args: readonly string[], key = randomBytes(32).toString('hex')) {
    this.key = key;
    this.data = mkdtempSync(join(tmpdir(), 'ringback-e2e-'));
    this.#args = args;
  }

  /** Starts a server with an application of its own. */
  static async start(...args: readonly string[]): Promise<Ringback> {
    const ringback = new Ringback(args);
    if (process.env.RINGBACK_E2E_STORE === 'postgres') {
      ringback.#postgres = await PostgresServer.start();
      ringback.#database = await ringback.#postgres.database();
    }
    return ringback.#opened(true);
  }

  /** Nothing is left running of one that does not come up. */
  async #opened(makesApp: boolean): Promise<this> {
    try {
      await this.up();
      if (makesApp) await this.#makeApp();
      return this;
    } catch (error) {
      await this.dispose();
      throw error;
    }
  }

  /**
   * Starts one more server on the same database: the same application, in another process with a directory of its own.
   * `args` come after those of the first, and count where both say something.
   */
  static async beside(first: Ringback, ...args: readonly string[]): Promise<Ringback> {
    const ringback = new Ringback([...first.#args, ...args], first.key);
    ringback.#database = first.#database;
    return ringback.#opened(false);
  }

  /** From now on it is run with this database: a server that starts, and commands. */
  moveTo(database: string): void {
    this.#database = database;
  }

  /** Starts a server on the database at this URL; without a `key` with an application of its own. */
  static async on(options: NodeOptions): Promise<Ringback> {
    const ringback = new Ringback(options.args ?? [], options.key);
    ringback.#database = options.database;
    ringback.program = options.program ?? builtProgram;
    ringback.#more = options.env ?? {};
    return ringback.#opened(options.key === undefined);
  }

  /** Everything the server has printed so far. */
  get output(): string {
    return this.#output;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('The server does not run.');
    return this.#child.pid;
  }

  /** Starts the process on the data that is there; free ports, so the addresses are new each time. */
  async up(): Promise<void> {
    const ports = ['--http', '127.0.0.1:0', '--https', '127.0.0.1:0', '--ops', '127.0.0.1:0'];
    const args = [this.program, 'serve', '--dev', '--data', this.data, ...ports, ...this.#args];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: this.#env() });
    this.#child = child;
    this.#output = '';
    const collect = (chunk: Buffer) => {
      this.#output += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    await until(() => {
      if (child.exitCode !== null) throw new Error(`The server ended with ${child.exitCode}:\n${this.#output}`);
      const http = /http:\/\/127\.0\.0\.1:\d+/.exec(this.#output);
      const https = /https:\/\/127\.0\.0\.1:\d+/.exec(this.#output);
      const ops = /(http:\/\/127\.0\.0\.1:\d+)\/metrics/.exec(this.#output);
      if (http === null || https === null || ops === null) return `no addresses yet in:\n${this.#output}`;
      [this.http, this.https, this.ops] = [http[0], https[0], ops[1] as string];
      return undefined;
      // A busy machine takes its time to start a process.
    }, 120_000);
  }

  /** Ends the process the hard way, as a power cut would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks the process to stop; resolves with its exit code. */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Sends a signal without waiting. */
  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  /** Runs a sub-command of the program against this installation. */
  async cli(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(process.execPath, [this.program, ...args, '--data', this.data], { env: this.#env() });
    return stdout;
  }

  /** Stops the server and removes its data. */
  async dispose(): Promise<void> {
    await this.stop();
    await this.#postgres?.dispose();
    rmSync(this.data, { recursive: true, force: true });
  }

  async #makeApp(): Promise<void> {
    await this.cli('app', 'create', '--id', String(this.sdkAppId), '--key', this.key, '--name', 'e2e');
  }

  #env(): NodeJS.ProcessEnv {
    const database = this.#database === '' ? {} : { RINGBACK_DATABASE: this.#database };
    return { ...cleanEnv(), ...database, ...this.#more };
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
    child.kill(signal);
    return gone;
  }
}

/** Asks again and again until there is no reason left why it is not so; fails with the last reason. */
export async function until(
  reason: () => string | undefined | Promise<string | undefined>,
  ms = 15_000,
): Promise<void> {
  const deadline = Date.now() + ms;
  for (;;) {
    const last = await reason();
    if (last === undefined) return;
    if (Date.now() > deadline) throw new Error(`Waited ${ms} ms: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
