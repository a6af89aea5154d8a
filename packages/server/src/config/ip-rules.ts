import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

/** Ranges that only this machine, its network or nobody has (IANA special-purpose registries). */
export const privateRanges = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
] as const;

/** True for an address or a CIDR range. */
export function isIpRule(rule: string): boolean {
  const [address = '', prefix, ...rest] = rule.split('/');
  if (rest.length > 0 || isIP(address) === 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (isIPv4(address) ? 32 : 128));
}

/** Makes one list of many rules; those that are no rules are left out. */
export function compileIpRules(rules: readonly string[]): BlockList {
  const list = new BlockList();
  for (const rule of rules.filter(isIpRule)) {
    const [address = '', prefix] = rule.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}
