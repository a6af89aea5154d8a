import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';

/** A program of the system that runs beside the tests. */
export interface Daemon {
  readonly output: () => string;
  /** Ends it, by force when it does not go. */
  stop(): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
}

/** Starts a program; resolves when `ready` does. `folder` is removed when it has ended. */
export async function daemon(
  program: string,
  args: readonly string[],
  folder: string,
  ready: () => Promise<unknown>,
): Promise<Daemon> {
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output = `${output}${chunk}`.slice(-20_000);
    });
  }
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      rmSync(folder, { recursive: true, force: true });
      resolve();
    });
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const force = setTimeout(() => child.kill('SIGKILL'), 3000);
    await gone;
    clearTimeout(force);
  };
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      await ready();
      break;
    } catch (error) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await end('SIGKILL');
        throw new Error(`${program} does not run: ${error instanceof Error ? error.message : error}\n${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return { output: () => output, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}
