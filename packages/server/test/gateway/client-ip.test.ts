import { expect, it } from 'vitest';
import { ProxyTrust } from '../../src/gateway/client-ip.ts';

const trust = new ProxyTrust(['10.0.0.0/8', '2001:db8::/32']);

it.each([
  ['one address', '203.0.113.7', '203.0.113.7'],
  ['with a port', '203.0.113.7:4711', '203.0.113.7'],
  ['of IPv6 in brackets', '[2a00::7]:443', '2a00::7'],
  ['behind two proxies that are trusted', '203.0.113.7, [2001:db8::1]:1, 10.0.0.2', '203.0.113.7'],
  ['what the caller says of itself', '198.51.100.1, 203.0.113.7', '203.0.113.7'],
  ['none', 'unknown', '10.0.0.1'],
  ['with a bracket that does not end', '[2a00::7', '10.0.0.1'],
])('a caller behind a trusted proxy: %s', (_, forwarded, expected) => {
  expect(trust.read('10.0.0.1', forwarded, undefined)).toEqual({ clientIp: expected, trusted: true, proto: undefined });
});

it('a proxy that is not trusted is the caller, whatever it says', () => {
  const facts = trust.read('203.0.113.9', '198.51.100.1', 'https');
  expect(facts).toEqual({ clientIp: '203.0.113.9', trusted: false, proto: undefined });
});
