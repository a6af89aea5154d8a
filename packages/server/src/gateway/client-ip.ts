import { type BlockList, isIP } from 'node:net';
import { compileIpRules, isIpRule } from '../config/ip-rules.ts';

/** Where a request came from. */
export interface ForwardedFacts {
  /** The right-most address of `X-Forwarded-For` that is not a trusted proxy. */
  readonly clientIp: string;
  /** Whether the peer is a trusted proxy. */
  readonly trusted: boolean;
  /** Undefined when no trusted proxy says. */
  readonly proto: 'http' | 'https' | undefined;
}

/** Answers where a request came from, believing the headers of trusted proxies only. */
export class ProxyTrust {
  readonly #trusted: BlockList;
  /** Whether any proxy is trusted; without one the headers need not even be looked at. */
  readonly any: boolean;

  /** `trusted`: addresses and CIDR ranges. Throws on text that is neither. */
  constructor(trusted: readonly string[]) {
    const misfit = trusted.find((one) => !isIpRule(one));
    if (misfit !== undefined) throw new Error(`trustProxy: ${misfit} is not an IP address or CIDR range.`);
    this.any = trusted.length > 0;
    this.#trusted = compileIpRules(trusted);
  }

  isTrusted(ip: string): boolean {
    const family = isIP(ip);
    return family !== 0 && this.#trusted.check(ip, family === 6 ? 'ipv6' : 'ipv4');
  }

  /** `peer` is the address at the other end of the socket. */
  read(
    peer: string,
    forwardedFor: string | string[] | undefined,
    forwardedProto: string | string[] | undefined,
  ): ForwardedFacts {
    if (!this.any || !this.isTrusted(peer)) return { clientIp: peer, trusted: false, proto: undefined };
    let clientIp = peer;
    for (const hop of listOf(forwardedFor).reverse()) {
      const ip = hopIp(hop.trim());
      // What is no address was not written by a proxy of ours, and neither was anything left of it.
      if (isIP(ip) === 0) break;
      clientIp = ip;
      if (!this.isTrusted(ip)) break;
    }
    const proto = listOf(forwardedProto).at(-1)?.trim().toLowerCase() ?? '';
    return { clientIp, trusted: true, proto: protocols.get(proto) };
  }
}

/** Some proxies name the WebSocket instead of the HTTP that carries it. */
const protocols: ReadonlyMap<string, 'http' | 'https'> = new Map([
  ['http', 'http'],
  ['ws', 'http'],
  ['https', 'https'],
  ['wss', 'https'],
]);

const listOf = (header: string | string[] | undefined): string[] => String(header ?? '').split(',');

/** The address of a socket's peer; IPv4 addresses that an IPv6 socket reports lose their prefix. */
export function plainIp(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** An address as proxies write it, without brackets and port. */
function hopIp(hop: string): string {
  if (hop.startsWith('[')) return plainIp(/^\[([^\]]*)\]/.exec(hop)?.[1]);
  return plainIp(/^([0-9.]+):[0-9]+$/.exec(hop)?.[1] ?? hop);
}
