import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { main } from '../../src/cli/main.ts';

const program = fileURLToPath(new URL('../../bin/ringback.mjs', import.meta.url));

/** What a command left behind. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Settings of the environment must not leak into the tests. */
const cleanEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RINGBACK_')));

/** Runs the built program to its end. */
export function ringback(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...cleanEnv(), ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  return ended(child);
}

/** Starts the built program, for who has something to tell it before its end. */
export function started(args: readonly string[]): { readonly child: ChildProcess; readonly ended: Promise<Ran> } {
  const child = spawn(process.execPath, [program, ...args], { env: cleanEnv(), stdio: ['ignore', 'pipe', 'pipe'] });
  return { child, ended: ended(child) };
}

/** Runs the program inside this process, which is much faster; one run at a time. */
export async function parsed(args: readonly string[]): Promise<Ran> {
  const { stdout, stderr } = process;
  const writes = [stdout.write, stderr.write] as const;
  let [out, err] = ['', ''];
  const exitCode = process.exitCode;
  stdout.write = (text: string | Uint8Array) => {
    out += String(text);
    return true;
  };
  stderr.write = (text: string | Uint8Array) => {
    err += String(text);
    return true;
  };
  try {
    process.exitCode = undefined;
    return { code: await main(args), out, err };
  } finally {
    [stdout.write, stderr.write] = writes;
    process.exitCode = exitCode;
  }
}

/** Starts the built program and resolves when it has printed what is waited for. */
export async function serve(
  args: readonly string[],
  wanted: RegExp,
): Promise<{ readonly child: ChildProcess; readonly output: string; readonly ended: Promise<Ran> }> {
  const child = spawn(process.execPath, [program, 'serve', ...args], { env: cleanEnv() });
  const end = ended(child);
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (wanted.test(output)) resolve();
    });
    end.then(({ code, out, err }) => reject(new Error(`The server ended with ${code}:\n${out}${err}`)), reject);
  });
  return {
    child,
    get output() {
      return output;
    },
    ended: end,
  };
}

function ended(child: ChildProcess): Promise<Ran> {
  // A test that fails must not leave its server behind.
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('close', () => process.off('exit', kill));
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}
