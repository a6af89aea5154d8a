import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { ProxyTrust, plainIp } from '../packages/server/src/gateway/client-ip.ts';
import { AddressGuard } from '../packages/server/src/webhooks/guard.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const proxies = ['10.0.0.1', '10.0.0.2', '2001:db8::1'];
const trust = new ProxyTrust(proxies);
const peers = fc.constantFrom(...proxies, '203.0.113.9', '2001:db8::9', '');
const hops = fc.constantFrom(
  ...[...proxies, '203.0.113.7', '203.0.113.7:4711', '[2001:db8::7]:443', '[2001:db8::7]', '::ffff:203.0.113.7'],
  ...['unknown', '_hidden', '', ' ', '1.2.3', '01.2.3.4', '1.2.3.4.5', '::1%lo', '[::1', ']', '203.0.113.7, 10.0.0.1'],
);
const header = fc.oneof(
  fc.array(hops, { maxLength: 6 }).map((all) => all.join(', ')),
  spoilt('203.0.113.7, 10.0.0.2', '[2001:db8::7]:1, 10.0.0.1'),
  noise,
);

/** An address out of a hop, with whatever else proxies write. */
const addressIn = (hop: string): string =>
  plainIp(
    hop
      .trim()
      .replace(/^\[([^\]]*)\].*$/s, '$1')
      .replace(/^([\d.]+):\d+$/, '$1'),
  );

describe('what proxies say of a caller', () => {
  fuzzed(
    'is believed of those that are trusted, from the right, and no further',
    fc.tuple(
      peers,
      fc.oneof(fc.constant(undefined), header),
      fc.oneof(fc.constantFrom('https', 'wss', 'http, HTTPS'), header),
    ),
    ([peer, forwarded, proto]) => {
      const facts = trust.read(peer, forwarded, proto);
      expect(facts.trusted).toBe(proxies.includes(peer));
      expect([undefined, 'http', 'https']).toContain(facts.proto);
      if (!facts.trusted) {
        expect(facts).toEqual({ clientIp: peer, trusted: false, proto: undefined });
        return;
      }
      const said = (forwarded ?? '').split(',').map(addressIn);
      let at = said.length - 1;
      while (at >= 0 && proxies.includes(said[at] as string)) at -= 1;
      const stranger = said[at];
      const last = said[at + 1];
      const expected = stranger !== undefined && isIP(stranger) !== 0 ? stranger : (last ?? peer);
      expect(facts.clientIp).toBe(expected);
    },
  );
});

/** The first bits of the addresses that only this machine, its network, or nobody has. */
const closed: readonly (readonly [string, number])[] = [
  ...(['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'] as const),
  ...(['192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/3'] as const),
].map((range) => [range.split('/')[0] as string, Number(range.split('/')[1])]);

const bitsOf = (ipv4: string): string =>
  ipv4
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('');

const isClosed = (ipv4: string): boolean =>
  closed.some(([from, bits]) => bitsOf(ipv4).startsWith(bitsOf(from).slice(0, bits)));

const guard = new AddressGuard([]);
const octet = fc.oneof(fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 168, 198, 224, 255), fc.nat(255));
const address = fc.tuple(octet, octet, octet, octet);
const written = fc.tuple(address, fc.nat(5)).map(([parts, way]): readonly [string, string] => {
  const [a, b, c, d] = parts;
  const ipv4 = parts.join('.');
  const number = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const ways = [
    ipv4,
    String(number),
    `0x${number.toString(16)}`,
    `${a}.${(b << 16) | (c << 8) | d}`,
    `[::ffff:${ipv4}]`,
    parts.map((part) => `0${part.toString(8)}`).join('.'),
  ];
  return [ipv4, ways[way] as string];
});

describe('the URL of a webhook', () => {
  fuzzed('leads to no address of our own network, however it is written', written, ([ipv4, host]) => {
    expect(guard.flaw(`http://${host}:8080/hook`)?.code, host).toBe(isClosed(ipv4) ? 'url_private' : undefined);
  });

  fuzzed(
    'is one that can be gone to, or has a flaw that is told in a sentence',
    fc.oneof(spoilt('https://example.com/hook?a=1', 'http://[2001:db8::1]:80/', 'https://user:pw@example.com'), noise),
    (text) => {
      const problem = guard.problem(text);
      if (problem !== undefined) {
        expect(problem.length).toBeGreaterThan(5);
        expect(problem.length).toBeLessThan(300);
        return;
      }
      const { protocol, username, password, hostname } = new URL(text);
      expect(['http:', 'https:']).toContain(protocol);
      expect(username + password).toBe('');
      expect(hostname).not.toBe('');
      if (isIP(hostname) === 4) expect(isClosed(hostname)).toBe(false);
    },
  );
});
