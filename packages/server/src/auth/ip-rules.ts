import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import type { App } from '../ports/apps.ts';

/** An IPv4 address that arrives on an IPv6 socket is written `::ffff:1.2.3.4`. */
export const plainIp = (ip: string): string => (ip.startsWith('::ffff:') && isIPv4(ip.slice(7)) ? ip.slice(7) : ip);

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

/** An application is a value: what was compiled for it is good for as long as it lives. */
const compiled = new WeakMap<App, BlockList>();

/** True when the application takes requests from this address; without an allow-list it takes them from anywhere. */
export function ipAllowed(app: App, ip: string): boolean {
  if (app.allowIps.length === 0) return true;
  let list = compiled.get(app);
  if (list === undefined) {
    list = compileIpRules(app.allowIps);
    compiled.set(app, list);
  }
  const plain = plainIp(ip);
  return list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}
