import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';

/** What an emulator says of itself when it is ready. */
export interface Ready {
  readonly control: string;
  readonly url: string;
  readonly signalling: string;
  readonly sdkAppId: number;
  readonly key: string;
  readonly administratorSig: string;
  readonly webhookSecret: string;
}

/** ms; a machine that does a hundred other things takes its time to start a program. */
const patience = 120_000;

/** An emulator in a process of its own. It ends with the process that has started it, whatever becomes of that. */
export class Program {
  readonly ready: Ready;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child;
    this.ready = ready;
  }

  /** Starts `ringback emulate`. Rejects with what it said when it could not start. */
  static async start(args: readonly string[]): Promise<Program> {
    const program = createRequire(import.meta.url).resolve('ringback/bin/ringback.mjs');
    const fixed = ['--port', '0', '--control-port', '0', '--json', '--until-input-ends'];
    const child = spawn(process.execPath, [program, 'emulate', ...args, ...fixed], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: cleanEnvironment(),
    });
    let [out, err] = ['', ''];
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err = (err + text).slice(-10_000);
    });
    const ready = await new Promise<Ready>((resolve, reject) => {
      const late = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`The emulator did not start within ${patience / 1000} s. ${err}`));
      }, patience);
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
        if (!out.includes('\n')) return;
        clearTimeout(late);
        resolve(JSON.parse(out.slice(0, out.indexOf('\n'))) as Ready);
      });
      child.once('error', reject);
      // Not `exit`: what it said may still be on its way then.
      child.once('close', (code) => {
        clearTimeout(late);
        reject(new Error(`The emulator ended with ${code}. ${err.trim()}`));
      });
    });
    // A test that forgets to stop it must end all the same.
    child.unref();
    for (const stream of [child.stdin, child.stdout, child.stderr]) (stream as unknown as { unref?(): void }).unref?.();
    return new Program(child, ready);
  }

  /** Ends it; resolves when it is gone. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.stdin?.end();
    child.kill('SIGTERM');
    await gone;
  }
}

/** Settings of the environment and of a test runner are not the emulator's. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const foreign = (name: string): boolean =>
    name.startsWith('RINGBACK_') || name === 'NODE_OPTIONS' || name === 'NODE_V8_COVERAGE';
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign(name)));
}
