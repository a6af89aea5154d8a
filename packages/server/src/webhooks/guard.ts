import type { LookupAddress } from 'node:dns';
import { type BlockList, isIP, isIPv4, type LookupFunction } from 'node:net';
import { addressRefused, type UrlFlaw, urlFlaws } from 'ringback-protocol';
import { compileIpRules, privateRanges } from '../config/ip-rules.ts';
import { Names } from './names.ts';

type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Characters of a URL. */
const longestUrl = 2048;

/** Of an IPv6 address that stands for an IPv4 address, that one: the same machine answers. */
const plain = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const words = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address);
  if (words === null) return address;
  const [high = 0, low = 0] = words.slice(1).map((word) => Number.parseInt(word, 16));
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
};

/** Nobody may connect there. */
class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** Keeps webhooks out of the operator's own network: callers of the API choose their URLs. */
export class AddressGuard {
  readonly #private = compileIpRules(privateRanges);
  readonly #allowed: BlockList;
  readonly #resolve: Resolve;
  readonly #asking = new Map<string, Promise<readonly LookupAddress[]>>();

  /** `allowed`: addresses and CIDR ranges that the operator opens; `resolve`: asks for the addresses of a name. */
  constructor(allowed: readonly string[], resolve: Resolve = resolverOf(new Names())) {
    this.#allowed = compileIpRules(allowed);
    this.#resolve = resolve;
  }

  /** Whether a webhook may go to this address. */
  allows(address: string): boolean {
    const ip = plain(address);
    const family = isIPv4(ip) ? 'ipv4' : 'ipv6';
    return this.#allowed.check(ip, family) || !this.#private.check(ip, family);
  }

  /** Whether the host is an address that the operator has opened. */
  isOpened(hostname: string): boolean {
    const ip = plain(hostOf(hostname));
    return isIP(ip) !== 0 && this.#allowed.check(ip, isIPv4(ip) ? 'ipv4' : 'ipv6');
  }

  /** What is wrong with a URL before anybody connects to it; undefined when nothing is. */
  flaw(text: string): UrlFlaw | undefined {
    if (!/^https?:\/\//i.test(text)) return { code: 'url_scheme', data: {} };
    if (text.length > longestUrl) return { code: 'url_length', data: { most: longestUrl } };
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      return { code: 'url_form', data: {} };
    }
    if (url.username !== '' || url.password !== '') return { code: 'url_login', data: {} };
    const host = hostOf(url.hostname);
    return isIP(host) !== 0 && !this.allows(host) ? { code: 'url_private', data: { address: host } } : undefined;
  }

  /** The same in words that follow the name of the URL. */
  problem(text: string): string | undefined {
    const flaw = this.flaw(text);
    return flaw && filled(urlFlaws[flaw.code], flaw.data);
  }

  /** Why nobody may connect to this host, as far as its name tells; a name is looked up later. */
  refusal(hostname: string): string | undefined {
    const host = hostOf(hostname);
    return isIP(host) !== 0 && !this.allows(host) ? refused(host) : undefined;
  }

  /**
   * Looks a name up and gives only addresses that may be connected to. Every connection asks anew, so a name that
   * changes its address after a check gains nothing.
   */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#addressesOf(hostname).then(
      (found) => {
        const wanted = found.filter(({ family }) => !options.family || family === options.family);
        const good = wanted.filter(({ address }) => this.allows(address));
        const first = good[0];
        if (first === undefined) callback(new AddressRefused(refused(found[0]?.address ?? hostname)), '', 0);
        else if (options.all === true) callback(null, good);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, '', 0),
    );
  };

  /** One question at a time for each name. */
  #addressesOf(hostname: string): Promise<readonly LookupAddress[]> {
    let asking = this.#asking.get(hostname);
    if (asking === undefined) {
      asking = this.#resolve(hostname).finally(() => this.#asking.delete(hostname));
      this.#asking.set(hostname, asking);
    }
    return asking;
  }
}

const resolverOf =
  (names: Names): Resolve =>
  (hostname) =>
    names.addressesOf(hostname);

/** Of a URL, the address or the name. */
const hostOf = (hostname: string): string => hostname.replace(/^\[|\]$/g, '');

const refused = (address: string): string => filled(addressRefused, { address });

/** A text with what it is about. */
const filled = (text: string, data: UrlFlaw['data']): string =>
  text.replace(/\{(\w+)\}/g, (_, word: string) => String(data[word] ?? ''));
