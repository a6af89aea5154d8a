import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { type Lookup, SystemLane } from './system-lane.ts';

/** ms that one question to a name server may take, and how often it is asked. */
const patience = 1500;
const tries = 2;

/** ms; the name servers of the system may be others after this. */
const readServersAgain = 60_000;

/** ms that the system may take for a name, or keep it waiting for others: an attempt to deliver takes no longer. */
const systemPatience = 5000;

/** What name servers say where they could not find out whether there is such a name, or would not. */
const helpless: ReadonlySet<string | undefined> = new Set(['ESERVFAIL', 'EREFUSED']);

/** Where names are looked up; what is not given is as the system has it. */
export interface NameSources {
  readonly servers?: readonly string[];
  readonly hostsFile?: string;
  readonly system?: Lookup;
  /** ms. */
  readonly systemPatience?: number;
}

/**
 * Looks names up without the threads of the process. The system's own look-up takes one of very few threads for as long as
 * nobody answers, and callers of the API choose the names: two that are dead would hold up every receiver. So the file of
 * hosts is read and the name servers are asked here. A name that they do not know at once may still be one that only the
 * system knows, of a search domain or of the network around; of those, one at a time is asked for. Whoever has a domain can make the
 * system wait for names in it, so short ones, which are in no domain of anybody's, have a lane of their own.
 */
export class Names {
  readonly #servers: readonly string[] | undefined;
  readonly #hostsFile: string;
  readonly #short: SystemLane;
  readonly #others: SystemLane;
  #resolver: Resolver | undefined;
  #resolverAt = 0;
  #hosts: ReadonlyMap<string, readonly LookupAddress[]> = new Map();
  #hostsMark = '';

  constructor(sources: NameSources = {}) {
    const { servers, hostsFile = systemHosts(), system = lookup, systemPatience: patience = systemPatience } = sources;
    this.#servers = servers;
    this.#hostsFile = hostsFile;
    this.#short = new SystemLane(system, patience);
    this.#others = new SystemLane(system, patience);
  }

  /** The addresses of a name; rejects when there are none. */
  async addressesOf(hostname: string): Promise<readonly LookupAddress[]> {
    const written = (await this.#readHosts()).get(hostname.toLowerCase());
    if (written !== undefined) return written;
    const resolver = this.#currentResolver();
    const [four, six] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const found = [...addresses(four, 4), ...addresses(six, 6)];
    if (found.length > 0) return found;
    const reasons = [four, six].map(reasonOf);
    const silent = reasons.find((error) => error?.code === 'ETIMEOUT');
    if (silent !== undefined) throw silent;
    if (!hostname.includes('.')) return this.#short.ask(hostname);
    // In a domain of somebody's: the system would ask the same servers again, and wait for them.
    const isTheirs = !/\.local\.?$/i.test(hostname) && reasons.every((error) => helpless.has(error?.code));
    if (isTheirs) throw reasons[0];
    return this.#others.ask(hostname);
  }

  #currentResolver(): Resolver {
    const now = performance.now();
    if (this.#resolver === undefined || now - this.#resolverAt > readServersAgain) {
      this.#resolver = new Resolver({ timeout: patience, tries });
      if (this.#servers !== undefined) this.#resolver.setServers(this.#servers);
      this.#resolverAt = now;
    }
    return this.#resolver;
  }

  /** Read again when it has changed. */
  async #readHosts(): Promise<ReadonlyMap<string, readonly LookupAddress[]>> {
    try {
      const { mtimeMs, size } = await stat(this.#hostsFile);
      const mark = `${mtimeMs} ${size}`;
      if (mark !== this.#hostsMark) {
        this.#hosts = parseHosts(await readFile(this.#hostsFile, 'utf8'));
        this.#hostsMark = mark;
      }
    } catch {
      // Without such a file, names are those of name servers.
      this.#hosts = new Map();
      this.#hostsMark = '';
    }
    return this.#hosts;
  }
}

function systemHosts(): string {
  if (process.platform !== 'win32') return '/etc/hosts';
  return `${process.env.SystemRoot ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts`;
}

/** Lines of an address and its names; `#` begins a remark. */
function parseHosts(text: string): ReadonlyMap<string, readonly LookupAddress[]> {
  const hosts = new Map<string, LookupAddress[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const family = isIP(address);
    if (family === 0) continue;
    for (const name of names) {
      const known = hosts.get(name.toLowerCase());
      if (known === undefined) hosts.set(name.toLowerCase(), [{ address, family }]);
      else known.push({ address, family });
    }
  }
  return hosts;
}

const addresses = (answer: PromiseSettledResult<readonly string[]>, family: 4 | 6): readonly LookupAddress[] =>
  answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : [];

const reasonOf = (answer: PromiseSettledResult<unknown>): NodeJS.ErrnoException | undefined =>
  answer.status === 'rejected' ? (answer.reason as NodeJS.ErrnoException) : undefined;
