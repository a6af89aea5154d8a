import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';

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
