/**
 * Hostile traffic of a fixed rate against a server on loopback, in a process of its own. It is told what to do by one JSON
 * argument, ends after `seconds` or when its input ends, and prints what it sent and how much of a core that took.
 *
 * { http, https: ports; sdkAppId, key; rate: actions a second; seconds; seed; from: addresses that it sends from }
 */
import { connect } from 'node:net';
import { deflateSync } from 'node:zlib';
import tlsSig from 'tls-sig-api-v2';
import { WebSocket } from 'ws';

const { http, https, sdkAppId, key, rate, seconds, seed, from } = JSON.parse(process.argv[2] ?? '{}');

let state = seed;
/** 0 to n − 1, the same for the same seed. */
const random = (n) => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};
const pick = (list) => list[random(list.length)];
const noise = (length) => Buffer.from(Array.from({ length }, () => random(256)));

const signer = new tlsSig.Api(sdkAppId, key);
const right = signer.genUserSig('administrator', 86_400);
const foreign = new tlsSig.Api(sdkAppId, 'another key').genUserSig('administrator', 86_400);
const userSigs = Array.from({ length: 8 }, (_, n) => [`rogue${n}`, signer.genUserSig(`rogue${n}`, 86_400)]);
const bomb = deflateSync(Buffer.alloc(3_000_000))
  .toString('base64')
  .replaceAll('+', '*')
  .replaceAll('/', '-')
  .replaceAll('=', '_');

const commands = [
  'call_engine_http_srv/get_call_info',
  'call_engine_http_srv/start_call_by_robot',
  'call_engine_http_srv/end_call',
  'call_record_http_srv/get_record_by_filter',
  'im_open_login_svc/account_check',
  'group_open_http_svc/get_group_info',
  'call_config/get_callback',
  'nothing/at_all',
];
const target = (sig) =>
  `/v4/${pick(commands)}?sdkappid=${sdkAppId}&identifier=administrator&usersig=${encodeURIComponent(sig)}&random=1&contenttype=json`;
const post = (path, body, more = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;
const bodies = [
  () => '{'.repeat(500 + random(5000)),
  () => `{"CallId":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
  () => '{"__proto__":{"CallId":"x"},"constructor":{"prototype":{"a":1}}}',
  () => `{"CallId":"${'x'.repeat(random(60_000))}"}`,
  () => `{"CalleeList_Account":[${'"a",'.repeat(5000)}"b"],"Robot_Account":"r","Timeout":1e308}`,
  () => '{"CallId":"\\ud800"}',
  () => noise(200).toString('latin1'),
  () => `{"StartTime":${random(2 ** 31)},"EndTime":-1,"Page":1e99,"NumberPerPage":1000}`,
];
const heads = [
  () => noise(300),
  () => `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(6000)}\r\n`,
  () => `POST ${target(right)} HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}`,
  () => `POST ${target(right)} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n`,
  () =>
    `POST ${target(right)} HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n`,
  () => `GET /${'a'.repeat(40_000)} HTTP/1.1\r\n\r\n`,
  () => 'GET / HTTP/9.9\r\n\r\n',
  () => `GET /console/..%2f..%2fetc/passwd HTTP/1.1\r\nHost: x\r\n\r\n`,
  () => 'OPTIONS * HTTP/1.1\r\nExpect: 200-maybe\r\n\r\n',
];
const frames = [
  () => noise(100).toString('latin1'),
  () => '['.repeat(5000),
  () => '{"jsonrpc":"2.0","id":1,"method":"__proto__","params":{}}',
  () => '{"jsonrpc":"2.0","id":{},"method":"signIn","params":[]}',
  () =>
    `{"jsonrpc":"2.0","id":1,"method":"signIn","params":{"sdkAppId":${sdkAppId},"userId":"rogue0","userSig":"${'A'.repeat(3000)}","platform":"Web","deviceId":"x"}}`,
];
const requests = [
  () => ['call', { callees: ['nobody-at-all'], mediaType: 'Audio' }],
  () => ['call', { callees: Array.from({ length: 500 }, (_, n) => `x${n}`), mediaType: 'Video' }],
  () => ['accept', { callId: 'f'.repeat(36) }],
  () => ['signal', { callId: 'x', to: '__proto__', data: { a: 'x'.repeat(20_000) } }],
  () => ['invite', { callId: noise(20).toString('latin1'), users: [null] }],
  () => ['fly', { to: 'the moon' }],
  () => ['groupMembers', { groupId: '__proto__', limit: 1e9 }],
];

/** Sockets that are held open on purpose; the oldest goes when there are too many. */
const held = [];
const hold = (socket, most = 150) => {
  held.push(socket);
  if (held.length > most) held.shift().destroy();
};

const open = (port) => {
  const socket = connect({ host: '127.0.0.1', port, localAddress: pick(from) });
  socket.on('error', () => {});
  return socket;
};
/** Sends and hangs up once something came back, at the latest after a second. */
const once = (port, bytes) => {
  const socket = open(port);
  socket.setTimeout(1000, () => socket.destroy());
  socket.on('connect', () => socket.write(bytes));
  socket.on('data', () => socket.destroy());
};
/** A WebSocket that ends after a second, whatever becomes of it. */
const socketOf = (began) => {
  const socket = new WebSocket(`ws://127.0.0.1:${http}/signalling`, 'ringback.v1', { localAddress: pick(from) });
  socket.on('error', () => {});
  socket.on('open', () => began(socket));
  setTimeout(() => socket.terminate(), 1000);
};

const kinds = {
  'broken HTTP': () => once(http, heads[random(heads.length)]()),
  'bad bodies': () => once(http, post(target(right), bodies[random(bodies.length)]())),
  'wrong signatures': () => once(http, post(target(pick([foreign, right.slice(0, 50), 'x', bomb])), '{}')),
  'slow heads': () => {
    const socket = open(http);
    socket.on('connect', () => socket.write('POST /v4/ HTTP/1.1\r\nX: '));
    hold(socket);
  },
  'slow bodies': () => {
    const socket = open(http);
    socket.on('connect', () => socket.write(`POST ${target(right)} HTTP/1.1\r\nContent-Length: 60000\r\n\r\n{`));
    hold(socket);
  },
  'silent connections': () => hold(open(pick([http, https]))),
  resets: () => {
    const socket = open(pick([http, https]));
    socket.on('connect', () => socket.resetAndDestroy());
  },
  'broken TLS': () => once(https, pick([noise(200), Buffer.from([22, 3, 1, 0x40, 0]), 'GET / HTTP/1.1\r\n\r\n'])),
  'deaf readers': () => {
    const socket = open(http);
    socket.pause();
    socket.on('connect', () => socket.write(post(target(right), '{"CallId":"x"}').repeat(20)));
    hold(socket);
  },
  'frames without sign-in': () => socketOf((socket) => socket.send(frames[random(frames.length)]())),
  'signed-in rogues': () =>
    socketOf((socket) => {
      const [userId, userSig] = pick(userSigs);
      const params = { sdkAppId, userId, userSig, platform: 'Web', deviceId: `d${random(4)}` };
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'signIn', params }));
      socket.once('message', () => {
        for (let n = 0; n < 20; n += 1) {
          const [method, more] = requests[random(requests.length)]();
          socket.send(JSON.stringify({ jsonrpc: '2.0', id: n + 2, method, params: more }));
        }
      });
    }),
  'bursts of connections': () => {
    for (let n = 0; n < 10; n += 1) {
      const socket = open(http);
      setTimeout(() => socket.destroy(), 300);
    }
  },
};

const names = Object.keys(kinds);
const sent = Object.fromEntries(names.map((name) => [name, 0]));
const began = performance.now();
const cpu = process.cpuUsage();
let due = 0;

function finish() {
  clearInterval(timer);
  const { user, system } = process.cpuUsage(cpu);
  const took = performance.now() - began;
  console.log(JSON.stringify({ sent, actions: due, seconds: took / 1000, cores: (user + system) / 1000 / took }));
  process.exit(0);
}

const timer = setInterval(() => {
  const elapsed = (performance.now() - began) / 1000;
  if (elapsed >= seconds) {
    finish();
    return;
  }
  // After a pause of the machine the rate is not made up for: that would be a burst.
  due = Math.max(due, Math.floor(elapsed * rate) - rate / 5);
  for (; due < elapsed * rate; due += 1) {
    const name = pick(names);
    sent[name] += 1;
    kinds[name]();
  }
  // What is slow on purpose goes on, a byte at a time.
  for (const socket of held) if (random(50) === 0 && socket.writable) socket.write('y');
}, 20);
process.stdin.on('end', finish).resume();
