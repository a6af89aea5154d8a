import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Status } from '../admin/status.ts';
import { type Address, hostPort, listenAddress } from '../config/address.ts';
import type { Settings } from '../config/settings.ts';
import { type Finding, fail, ok } from './finding.ts';
import { sourcesOf } from './options.ts';

/** Whether the ports of the settings can be had, or who has them. */
export async function checkPorts(settings: Settings, status: Status | undefined): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const name of ['http', 'https', 'ops'] as const) {
    const what = `port ${name}`;
    const held = status?.server?.addresses[name];
    const address = listenAddress(settings, name);
    if (held !== undefined) findings.push(ok(what, `The running server has it: ${held}.`));
    else if (address === undefined) findings.push(ok(what, 'Off.'));
    else findings.push(await checkPort(what, address, sourcesOf(name)));
  }
  return findings;
}

async function checkPort(what: string, address: Address, sources: string): Promise<Finding> {
  const where = hostPort(address);
  if (address.port === 0) return ok(what, 'Any free port.');
  const code = await tryListen(address);
  if (code === '') return ok(what, `${where} is free.`);
  const choose = `Choose another with ${sources}.`;
  if (code === 'EADDRINUSE') {
    const owner = ownerOf(address.port);
    const who = owner === undefined ? 'another program' : `${owner.name} (process ${owner.pid})`;
    return fail(what, `${where} is taken by ${who}.`, `Stop that program, or choose another with ${sources}.`);
  }
  if (code === 'EACCES') {
    return fail(what, `${where} may not be used by this user.`, `Grant CAP_NET_BIND_SERVICE. ${choose}`);
  }
  if (code === 'EADDRNOTAVAIL') return fail(what, `${where} is not an address of this computer.`, choose);
  return fail(what, `${where} cannot be used: ${code}.`, choose);
}

/** Empty when the port could be taken (it is given back at once), else the system's code for why not. */
function tryListen({ host, port }: Address): Promise<string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('')));
  });
}

/** The process that listens on a port, where the system tells (Linux, and only what this user may see). */
function ownerOf(port: number): { readonly pid: number; readonly name: string } | undefined {
  const sockets = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((path) => listeners(path, port)));
  if (sockets.size === 0) return undefined;
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const fd of list(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(read(() => readlinkSync(`/proc/${pid}/fd/${fd}`)))?.[1];
      if (inode === undefined || !sockets.has(inode)) continue;
      return { pid: Number(pid), name: read(() => readFileSync(`/proc/${pid}/comm`, 'utf8')).trim() };
    }
  }
  return undefined;
}

/** Inodes of the sockets that listen on the port, from one of the system's tables. */
function listeners(path: string, port: number): readonly string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return (
    read(() => readFileSync(path, 'utf8'))
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      // 0A is the state of listening.
      .filter(([, local = '', , state]) => state === '0A' && local.endsWith(`:${wanted}`))
      .map((columns) => columns[9] ?? '')
  );
}

const list = (path: string): readonly string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

const read = (from: () => string): string => {
  try {
    return from();
  } catch {
    return '';
  }
};
