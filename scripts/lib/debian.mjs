/**
 * System programs that test groups and benchmarks need, from Debian packages.
 *
 * What is missing is installed when that is allowed (root, or sudo without a password); it is said first what and why.
 * A package may bring a daemon: it is kept from starting, so that nothing is left listening.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** The machine as this module sees it; tests hand in another one. */
export const thisMachine = {
  env: process.env,
  isRoot: process.getuid?.() === 0,
  /** True when the program is on the PATH; a path with a slash may be of any file. */
  has: (program) =>
    program.includes('/')
      ? existsSync(program)
      : spawnSync('sh', ['-c', `command -v "$1"`, 'sh', program], { stdio: 'ignore' }).status === 0,
  /** Runs a program, its output shown; true when it succeeds. */
  run: (program, args, env = {}) =>
    spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, ...env } }).status === 0,
  /** Where Debian asks whether a daemon may start. */
  policyFile: '/usr/sbin/policy-rc.d',
  log: (line) => console.log(line),
};

/** The line that installs packages by hand. */
export const installLine = (packages) => `sudo apt-get install --no-install-recommends ${packages.join(' ')}`;

/**
 * Makes programs available; `user` says in words what runs them. `needs` maps a program, or the path of a file, to its Debian
 * package. Gives the packages that are missing all the same: none when all is there.
 */
export function providePrograms(user, needs, machine = thisMachine) {
  const missing = () => [
    ...new Set(
      Object.entries(needs)
        .filter(([program]) => !machine.has(program))
        .map(([, name]) => name),
    ),
  ];
  const packages = missing();
  if (packages.length === 0) return [];
  const list = packages.join(', ');
  const missed = `Missing for ${user}: ${list}`;
  if (machine.env.RINGBACK_TEST_INSTALL === '0') {
    machine.log(`${missed}. RINGBACK_TEST_INSTALL=0 forbids to install Debian packages.`);
    return packages;
  }
  const sudo = machine.isRoot ? [] : ['sudo', '-n'];
  if (!machine.isRoot && !machine.run('sudo', ['-n', 'true'])) {
    machine.log(`${missed}. They may not be installed (neither root nor sudo without a password).`);
    return packages;
  }
  if (!machine.has('apt-get')) {
    machine.log(`${missed}. This is not a Debian system: install them by its own means.`);
    return packages;
  }
  machine.log(`Installing ${list} (Debian packages for ${user}) …`);
  withoutDaemons(machine, () => {
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const apt = (...args) => {
      const [program, ...rest] = [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y', ...args];
      return machine.run(program, rest, env);
    };
    // A machine that has never asked for the lists knows no package.
    if (!apt('install', '--no-install-recommends', ...packages) && apt('update')) {
      apt('install', '--no-install-recommends', ...packages);
    }
  });
  return missing();
}

/** Debian starts the daemon of a package it installs, unless this file forbids it. */
function withoutDaemons(machine, install) {
  const path = machine.policyFile;
  const script = '#!/bin/sh\nexit 101\n';
  const ours = !existsSync(path);
  if (ours) {
    if (machine.isRoot) writeFileSync(path, script, { mode: 0o755 });
    else
      machine.run('sudo', [
        '-n',
        'sh',
        '-c',
        `printf '${script.replaceAll('\n', '\\n')}' > ${path} && chmod 755 ${path}`,
      ]);
  }
  try {
    install();
  } finally {
    if (ours) {
      if (machine.isRoot) rmSync(path, { force: true });
      else machine.run('sudo', ['-n', 'rm', '-f', path]);
    }
  }
}
