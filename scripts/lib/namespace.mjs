/**
 * Network namespaces in which nothing but loopback exists: browsers and media servers look at every interface there is,
 * and tests and benchmarks must not reach out.
 */
import { spawnSync } from 'node:child_process';

const loopback = 'ip link set lo up';

/** Some programs pass over interfaces that are flagged as loopback; a bridge without ports carries the address for them. */
const bridge =
  'ip link add rb0 type bridge; ip link set rb0 addrgenmode none; ip addr add 127.0.0.1/32 dev rb0; ip link set rb0 up';

/**
 * The program and arguments that run a command in a namespace of its own; undefined where the system refuses one.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ bridged?: boolean }} [options]
 * @returns {{ program: string, args: string[] } | undefined}
 */
export function isolated(program, args, { bridged = false } = {}) {
  const script = `set -e; ${loopback}; ${bridged ? `${bridge}; ` : ''}`;
  for (const flags of [['-n'], ['-U', '-r', '-n']]) {
    const probe = spawnSync('unshare', [...flags, '--', 'sh', '-c', script], { stdio: 'ignore' });
    if (probe.status !== 0) continue;
    return { program: 'unshare', args: [...flags, '--', 'sh', '-c', `${script}exec "$@"`, 'sh', program, ...args] };
  }
  return undefined;
}
