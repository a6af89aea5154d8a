/** Hostile traffic over HTTP: at every door of the server, with and without a right of another application. */
import { createHmac } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import tlsSig from 'tls-sig-api-v2';

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
const legacyCommands = [
  'records/get_record_by_callId',
  'records/get_records_by_filter',
  'callback/set',
  'callback/get',
  'callback/update',
  'callback/delete',
  'callback/__proto__',
];
const settings = [
  'session',
  'apps',
  'status',
  'calls',
  'calls/stream',
  'records/export',
  'users',
  'audit',
  'operators',
  'link/use',
  '..%2f..%2fetc%2fpasswd',
  '__proto__',
  '%ff%fe',
];
const post = (path, body, more = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;
const get = (path, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

/** What to do of each kind, by its name. */
export function requestKinds({ job, dice, lines }) {
  const { http, https, sdkAppId, key, other } = job;
  const { random, pick, noise } = dice;
  const { open, once, hold } = lines;

  const signer = new tlsSig.Api(sdkAppId, key);
  const right = signer.genUserSig('administrator', 86_400);
  const foreign = new tlsSig.Api(sdkAppId, 'another key').genUserSig('administrator', 86_400);
  const bomb = deflateSync(Buffer.alloc(3_000_000))
    .toString('base64')
    .replaceAll('+', '*')
    .replaceAll('/', '-')
    .replaceAll('=', '_');
  const wrongSigs = [foreign, right.slice(0, 50), 'x', bomb];
  const text = (length) => noise(length).toString('base64url');

  const query = (sig, app = sdkAppId) =>
    `sdkappid=${app}&identifier=administrator&usersig=${encodeURIComponent(sig)}&random=1&contenttype=json`;
  const target = (sig) => `/v4/${pick(commands)}?${query(sig)}`;
  const legacyTarget = () => `/v1/${pick(legacyCommands)}?${query(random(4) === 0 ? pick(wrongSigs) : right)}`;
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
  const legacyBodies = [
    () => `{"callId":"${'x'.repeat(random(60_000))}"}`,
    () =>
      `{"address":"${pick(['javascript:alert(1)', 'http://169.254.169.254/', `http://${'a'.repeat(3000)}/`])}","actions":[]}`,
    () => `{"address":{},"actions":[${'"caller_call",'.repeat(3000)}null]}`,
    () => '{"begin_time":1e308,"end_time":-1,"page_no":1e99,"page_size":"x","__proto__":{}}',
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
  /** Bodies, cookies and tokens of nobody, and types that pages of other sites can send. */
  const settingsHeads = [
    () => `Cookie: ringback=${text(32)}\r\nX-CSRF-Token: ${text(32)}\r\n`,
    () => `Cookie: __Host-ringback=${text(32)}; ringback=${'x'.repeat(6000)}\r\n`,
    () => `Authorization: Bearer rbt_${noise(6).toString('hex')}_${text(32)}\r\n`,
    () => `Authorization: Bearer ${'rbt_'.repeat(1500)}\r\n`,
    () => 'Content-Type: text/plain\r\nOrigin: https://evil.example\r\n',
    () => 'Content-Type: multipart/form-data; boundary=x\r\n',
    () => 'Content-Type: application/json\r\n',
    () => '',
  ];
  const settingsBodies = [
    () => `{"name":"anna","password":"${text(12)}"}`,
    () => `{"secret":"${text(32)}","password":"long enough for one"}`,
    () => '['.repeat(3000),
    () => 'name=anna&password=guess',
    () => '{"__proto__":{"role":"owner"}}',
  ];
  /** Right in form, and signed: with the own key, for a call of nobody or an application of others; or with none. */
  const pushToken = () => {
    const app = pick([sdkAppId, other, 1, 2 ** 53]);
    const until = pick([Date.now() + 30_000, 0, 2 ** 53 - 1, -1]);
    const fields = [app, `00000000-0000-4000-8000-${noise(6).toString('hex')}`, 'honest-b', 'honest-b-phone', until];
    const said = `rb1.${Buffer.from(JSON.stringify(fields)).toString('base64url')}`;
    const own = createHmac('sha256', key).update('ringback push answer').digest();
    const signed = createHmac('sha256', own).update(said).digest('base64url');
    return pick([`${said}.${signed}`, `${said}.${text(32)}`, said, text(60), 'rb1..', `rb1.${'A'.repeat(7000)}.A`]);
  };
  const pushAnswers = [
    () => post(`/push/${pick(['accept', 'reject', 'ignore'])}`, `{"token":"${pushToken()}"}`),
    () => post(`/push/${pick(['accept', '__proto__', '..', '%00'])}`, '', `Authorization: Bearer ${pushToken()}\r\n`),
    () =>
      post(
        '/push/accept',
        pick(['{"token":{"a":1}}', '['.repeat(2000), 'x'.repeat(20_000), '']),
        'Content-Type: a/b\r\n',
      ),
    () => get('/push/accept', `Authorization: Bearer ${pushToken()}\r\n`),
  ];
  const upgrade = (path, more = 'Sec-WebSocket-Protocol: ringback.v1\r\n') =>
    get(
      path,
      `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${noise(16).toString('base64')}\r\n${more}`,
    );
  const upgrades = [
    () => upgrade(`/listen?${query(pick(wrongSigs))}`),
    () => upgrade(`/listen?${query(right, other)}`),
    () => upgrade('/admin/calls/stream', `Cookie: ringback=${text(32)}\r\n`),
    () => upgrade('/signalling', 'Sec-WebSocket-Protocol: other.v9\r\n'),
    () => upgrade('/signalling', 'Origin: null\r\nSec-WebSocket-Extensions: permessage-deflate; x="\r\n'),
    () => upgrade(`/signalling/${'../'.repeat(500)}`),
    () => get('/signalling', 'Connection: Upgrade\r\nUpgrade: h2c, websocket\r\nSec-WebSocket-Key: x\r\n'),
  ];

  return {
    'broken HTTP': () => once(http, pick(heads)()),
    'bad bodies': () => once(http, post(target(right), pick(bodies)())),
    'wrong signatures': () => once(http, post(target(pick(wrongSigs)), '{}')),
    'the legacy API': () => once(http, post(legacyTarget(), pick([...bodies, ...legacyBodies])())),
    'the settings API': () => {
      const path = `/admin/${pick(settings)}`;
      once(
        http,
        random(2) === 0 ? get(path, pick(settingsHeads)()) : post(path, pick(settingsBodies)(), pick(settingsHeads)()),
      );
    },
    'answers to pushes': () => once(http, pick(pushAnswers)()),
    'upgrades without right': () => once(http, pick(upgrades)()),
    listeners: () => {
      if (random(2) === 0) {
        once(http, get(`/listen?${random(2) === 0 ? query(pick(wrongSigs)) : query(right, other)}`));
        return;
      }
      // To the own application, by many, and none of them reads.
      const socket = open(http);
      socket.pause();
      socket.on('connect', () => socket.write(get(`/listen?${query(right)}`)));
      hold(socket);
    },
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
    'bursts of connections': () => {
      for (let n = 0; n < 10; n += 1) {
        const socket = open(http);
        setTimeout(() => socket.destroy(), 300);
      }
    },
  };
}
