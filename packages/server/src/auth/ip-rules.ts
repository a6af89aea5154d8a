import { type BlockList, isIPv4, isIPv6 } from 'node:net';
import { compileIpRules } from '../config/ip-rules.ts';
import type { App } from '../ports/apps.ts';

/** An IPv4 address that arrives on an IPv6 socket is written `::ffff:1.2.3.4`. */
export const plainIp = (ip: string): string => (ip.startsWith('::ffff:') && isIPv4(ip.slice(7)) ? ip.slice(7) : ip);

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
