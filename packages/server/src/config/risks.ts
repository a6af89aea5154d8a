import { isIPv6 } from 'node:net';
import { isLoopback, listenAddress } from './address.ts';
import { compileIpRules, privateRanges } from './ip-rules.ts';
import type { Settings } from './settings.ts';

/** Settings that are legal each, but probably not meant together; one sentence each. */
export function riskyPairs(settings: Settings): readonly string[] {
  const risks: string[] = [];
  const http = listenAddress(settings, 'http');
  const https = listenAddress(settings, 'https');
  const ops = listenAddress(settings, 'ops');
  for (const [name, address] of [
    ['http', http],
    ['https', https],
  ] as const) {
    if (settings.dev && address !== undefined && !isLoopback(address.host)) {
      risks.push(
        `${name} listens on ${address.host} in development mode: anybody who reaches it can use the application.`,
      );
    }
  }
  if (ops !== undefined && !isLoopback(ops.host)) {
    risks.push(
      `ops listens on ${ops.host}: metrics and health are open to whoever reaches it. Keep it on 127.0.0.1, or let ` +
        'through only who collects them; metrics.token guards the main ports, not this one.',
    );
  }
  if (settings['gateway.trustProxy'].length > 0 && http === undefined) {
    risks.push('gateway.trustProxy is set, but http is off: there is no port for the proxy to send plain HTTP to.');
  }
  if (settings['gateway.trustProxy'].some((one) => /\/0+$/.test(one))) {
    risks.push('gateway.trustProxy trusts every address: any client can pretend to come from any address.');
  }
  if (settings['webhooks.allowPrivate'].some((one) => /\/0+$/.test(one))) {
    risks.push('webhooks.allowPrivate allows every address: whoever may call the API can reach your own network.');
  }
  if (http === undefined && https === undefined)
    risks.push('http and https are both off: nobody can reach the server.');
  if (settings['limits.commandRate'] > settings['limits.appRate']) {
    risks.push('limits.commandRate exceeds limits.appRate: the limit of the application is met first (60011).');
  }
  if (settings['records.windowDays'] > settings['records.keepDays']) {
    risks.push('records.windowDays exceeds records.keepDays: queries look further back than records are kept.');
  }
  if (settings.redis !== '' && settings.database === '') {
    risks.push('redis is set, but not database: no other server can share the embedded one.');
  }
  if (settings['secrets.otherKey'] !== '' && settings['secrets.masterKey'] === '') {
    risks.push('secrets.otherKey is set, but not secrets.masterKey: secrets that change are kept without encryption.');
  }
  risks.push(...mediaRisks(settings));
  return risks;
}

/** The same of media: calls go on without it, so nobody would hear of these otherwise. */
function mediaRisks(settings: Settings): readonly string[] {
  const risks: string[] = [];
  const provider = settings['media.provider'];
  const janus = settings['media.janus.urls'];
  if (provider === 'janus' && janus.length === 0) {
    risks.push('media.provider is janus, but media.janus.urls is empty: calls have no media.');
  }
  if (janus.length > 0 && (provider === 'sfu' || provider === 'p2p')) {
    risks.push(`media.janus.urls is set, but media.provider is ${provider}: no call goes through Janus.`);
  }
  if (provider === 'p2p') risks.push('media.provider is p2p: calls of more than two have no media.');
  if (settings['media.turn.urls'].length > 0 && settings['media.turn.secret'] === '') {
    risks.push('media.turn.urls is set without media.turn.secret: devices get no credentials, so TURN refuses them.');
  }
  if (settings['media.turn.secret'] !== '' && settings['media.turn.urls'].length === 0) {
    risks.push('media.turn.secret is set without media.turn.urls: no device is told of a TURN server.');
  }
  const address = settings['media.sfu.address'];
  if ((provider === 'auto' || provider === 'sfu') && !settings.dev && isLoopback(address)) {
    risks.push(`media.sfu.address is ${address}: the SFU can be reached from this computer only.`);
  } else if (provider === 'auto' && !settings.dev && janus.length > 0 && !isShown(settings)) {
    risks.push(
      'media.janus.urls is set, but not media.sfu.announce: calls for which no Janus makes a room go through the ' +
        'built-in SFU, which devices cannot reach where this server has a private address only. Announce a public ' +
        'one, or set media.provider to janus.',
    );
  }
  return risks;
}

/** Whether devices outside are told of an address of the built-in SFU that they can reach. */
function isShown(settings: Settings): boolean {
  const address = settings['media.sfu.address'];
  if (settings['media.sfu.announce'] !== '') return true;
  return !compileIpRules(privateRanges).check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}
