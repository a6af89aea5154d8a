import { readFileSync } from 'node:fs';
import { BlockList, isIPv6 } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const guides = fileURLToPath(new URL('../guides', import.meta.url));
const guide = readFileSync(join(guides, 'media.md'), 'utf8');

/** What the guide puts into `turnserver.conf`. */
const lines = (/`turnserver\.conf`:\n\n```\n([\s\S]*?)^```$/m.exec(guide)?.[1] ?? '').split('\n');

/** What coturn relays nothing to; it tells the two kinds of addresses apart, whichever stands for which. */
const denied = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const line of lines) {
  const [, from, to] = /^denied-peer-ip=([^-]+)(?:-(.+))?$/.exec(line) ?? [];
  if (from === undefined) continue;
  const family = isIPv6(from) ? 'ipv6' : 'ipv4';
  denied[family].addRange(from, to ?? from, family);
}

it('the coturn of the guide takes TLS at the port that devices are told of', () => {
  const port = /turns:turn\.example\.com:(\d+)/.exec(guide)?.[1];
  expect(lines).toContain(`tls-listening-port=${port}`);
  for (const file of ['cert', 'pkey']) expect(lines).toContainEqual(expect.stringMatching(`^${file}=/`));
});

it.each([
  ...['0.0.0.1', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.31.0.1', '192.168.1.1'],
  ...['::1', 'fd00::1', 'fe80::1', '::ffff:10.1.2.3', '64:ff9b::a01:203'],
])('it relays nothing to %s', (address) => {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  expect(denied[family].check(address, family)).toBe(true);
});

it('it relays to devices, by UDP alone', () => {
  expect(denied.ipv4.check('203.0.113.7', 'ipv4')).toBe(false);
  expect(denied.ipv6.check('2001:db8::7', 'ipv6')).toBe(false);
  expect(lines).toContain('no-tcp-relay');
});
