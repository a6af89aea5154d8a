/**
 * `npm run bench:devices`: what an idle, signed-in device costs in memory.
 *
 * Signs in `--devices` (default 15 000) devices from several loopback addresses, without TLS and then with it, lets them be for
 * `--seconds` (default 30, pings included), and divides what the server's resident memory has grown by their number. A process of
 * this system may have as many files open as `ulimit -n` says: the number is bounded by that.
 */
import { WebSocket } from 'ws';
import { Installation, residentMb } from './lib/installation.mjs';
import { options } from './lib/options.mjs';
import { cpuMs } from './lib/process.mjs';
import { round, table } from './lib/stats.mjs';

const { devices, seconds } = options('What an idle, signed-in device costs in memory, without TLS and with it.', {
  devices: [15_000, 'devices, from several loopback addresses'],
  seconds: [30, 's that they are let be'],
});
/** Devices that sign in at the same time. */
const lanes = 40;
/** Devices of one loopback address; a server lets in 5000. */
const perAddress = 1500;
/** ms between two pings, as the signalling reference asks for. */
const pingEvery = 25_000;

/** Devices that are signed in; each is a socket that answers nothing. */
async function signIn(server) {
  const sockets = [];
  let next = 0;
  const lane = async () => {
    for (let n = next++; n < devices; n = next++) {
      const userId = `idle${n}`;
      const socket = new WebSocket(server.socketUrl, 'ringback.v1', {
        perMessageDeflate: false,
        rejectUnauthorized: false,
        localAddress: `127.0.0.${2 + Math.floor(n / perAddress)}`,
      });
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      const params = {
        sdkAppId: server.sdkAppId,
        userId,
        userSig: server.userSig(userId),
        platform: 'Web',
        deviceId: `d${n}`,
      };
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'signIn', params }));
      const answer = await new Promise((resolve) => socket.once('message', resolve));
      if (!String(answer).includes('"result"')) throw new Error(`A device was refused: ${answer}`);
      sockets.push(socket);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return sockets;
}

async function measure(tls) {
  const server = await Installation.start({ tls });
  try {
    // The first devices bring in code that all share.
    const warm = await server.pairs(tls ? 0 : 5);
    await new Promise((resolve) => setTimeout(resolve, Math.min(2, seconds) * 1000));
    const before = residentMb(server.pid);
    const began = performance.now();
    const sockets = await signIn(server);
    const took = (performance.now() - began) / 1000;
    let lost = 0;
    for (const socket of sockets) socket.on('close', () => (lost += 1));
    let at = 0;
    // Evenly over the time between two pings of a device.
    const tick = 50;
    const each = Math.ceil((sockets.length * tick) / pingEvery);
    const pinging = setInterval(() => {
      for (let n = 0; n < each; n += 1, at += 1) {
        sockets[at % sockets.length].send('{"jsonrpc":"2.0","id":2,"method":"ping","params":{}}');
      }
    }, tick);
    const cpu = cpuMs(server.pid);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const busy = (cpuMs(server.pid) - cpu) / (seconds * 1000);
    const after = residentMb(server.pid);
    clearInterval(pinging);
    if (lost > 0) throw new Error(`${lost} devices were lost.`);
    for (const socket of [...sockets, ...warm.flatMap(({ a, b }) => [a.socket, b.socket])]) socket.terminate();
    const kb = ((after - before) * 1024) / sockets.length;
    return { kb, before, after, perSecond: sockets.length / took, busy };
  } finally {
    await server.stop();
  }
}

const plain = await measure(false);
const tls = await measure(true);
table(
  ['', 'kB a device', 'devices a GB', 'server before MB', 'with them MB', 'sign-ins/s', 'cores while idle'],
  [
    ['without TLS', plain],
    ['with TLS', tls],
  ].map(([name, { kb, before, after, perSecond, busy }]) => [
    name,
    kb.toFixed(1),
    Math.round((1024 * 1024) / kb),
    Math.round(before),
    Math.round(after),
    Math.round(perSecond),
    busy.toFixed(2),
  ]),
);
console.log(
  JSON.stringify({
    devices,
    device_kb: round(plain.kb),
    device_tls_kb: round(tls.kb),
    devices_per_gb: Math.round((1024 * 1024) / plain.kb),
    devices_tls_per_gb: Math.round((1024 * 1024) / tls.kb),
    idle_cores: round(plain.busy),
  }),
);
process.exit(0);
