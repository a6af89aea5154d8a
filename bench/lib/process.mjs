/** Child processes of the benchmarks: start, wait until ready, measure, stop. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Starts a Node program, with `input` one that can be written to; `ready` is a pattern in its output that says it is up. Resolves with the child and the match. */
export async function startNode(args, { ready, env = {}, timeoutMs = 20_000, input = false }) {
  const stdio = [input ? 'pipe' : 'ignore', 'pipe', 'pipe'];
  const child = spawn(process.execPath, args, { stdio, env: { ...process.env, ...env } });
  let output = '';
  const match = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      // Nobody would end it any more.
      child.kill('SIGKILL');
      reject(new Error(`Not ready within ${timeoutMs} ms:\n${output}`));
    }, timeoutMs);
    const look = (chunk) => {
      if (output.length < 100_000) output += chunk;
      const found = ready.exec(output);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', (code) => reject(new Error(`Ended with ${code} before it was ready:\n${output}`)));
  });
  return { child, match };
}

/** Asks a child to stop and waits until it has. */
export async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(timer);
}

/** CPU time of a process and all its threads so far, user and system, in ms. */
export const cpuMs = (pid) => cpuOf(`/proc/${pid}/stat`);

/** CPU time of each thread of a process so far, in ms, by thread number; the first is the main thread. */
export const cpuByThread = (pid) =>
  readdirSync(`/proc/${pid}/task`).map((id) => ({ id, ms: cpuOf(`/proc/${pid}/task/${id}/stat`) }));

function cpuOf(path) {
  const stat = readFileSync(path, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // Fields 14 and 15 of proc(5), counted in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
