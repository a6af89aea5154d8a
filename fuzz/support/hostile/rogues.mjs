/** Hostile traffic over the signalling socket: without a sign-in, with one, and from inside of calls. */
import tlsSig from 'tls-sig-api-v2';
import { WebSocket } from 'ws';

/** Trios that call each other; so many that each is out of its last call, however that ended, before its turn comes again. */
const trios = 150;

/** What to do of each kind, by its name; `reached` counts how far they came. */
export function rogueKinds({ job, dice, reached }) {
  const { http, sdkAppId, key, from } = job;
  const { random, pick, noise } = dice;
  const signer = new tlsSig.Api(sdkAppId, key);
  const userSigs = new Map();
  const sigOf = (userId) => {
    if (!userSigs.has(userId)) userSigs.set(userId, signer.genUserSig(userId, 86_400));
    return userSigs.get(userId);
  };

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

  const description = () => {
    const lines = [
      'v=0',
      `o=- ${random(2 ** 31)} 2 IN IP4 127.0.0.1`,
      's=-',
      't=0 0',
      'a=group:BUNDLE 0 1',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'c=IN IP4 169.254.169.254',
      `a=ice-ufrag:${'u'.repeat(random(300))}`,
      'a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa',
      `a=fingerprint:sha-256 ${Array(32).fill('AA').join(':')}`,
      `a=setup:${pick(['actpass', 'active', 'x'])}`,
      'a=mid:0',
      'a=sendonly',
      'a=rtpmap:111 opus/48000/2',
      `m=video 9 UDP/TLS/RTP/SAVPF ${'96 '.repeat(random(500))}`,
      'a=mid:0',
      'a=rtpmap:96 VP8/90000',
    ];
    lines.splice(random(lines.length), random(3), noise(30).toString('latin1'));
    return lines.join('\r\n');
  };
  const sample = { userId: 'x', rtt: 20, loss: 0.9, jitter: 2, width: 640, height: 480, freezes: 0, fps: 20 };
  /** What the media service is told. */
  const media = [
    (epoch) => ({ type: 'hello', epoch, mode: pick(['p2p', 'room', 'x']) }),
    (epoch) => ({ type: 'offer', epoch, sdp: description() }),
    (epoch) => ({ type: 'offer', epoch, sdp: noise(2000).toString('latin1') }),
    (epoch) => ({ type: 'answer', epoch, n: pick([0, 1, 2 ** 53 - 1]), sdp: description() }),
    (epoch) => ({
      type: 'candidate',
      epoch,
      pc: pick(['up', 'down', '__proto__']),
      candidate: 'candidate:1 1 udp 2130706431 169.254.169.254 80 typ host',
      mid: '0',
    }),
    (epoch) => ({ type: 'want', epoch, userId: pick(['__proto__', 'honest-a', '']), layer: 'high' }),
    () => ({ type: 'state', audio: random(2) === 0, video: pick([true, 1]) }),
    (epoch) => ({ type: 'failed', epoch, text: noise(random(900)).toString('latin1') }),
    () => ({ type: 'stats', samples: Array(random(130)).fill(sample) }),
    () => JSON.parse('{"type":"__proto__","__proto__":{"epoch":1}}'),
    () => [[[[]]], null, 1e308, 'x'.repeat(60_000)],
  ];
  /** What a member asks for inside of a call. */
  const misdeeds = [
    (callId, { epoch }) => ['signal', { callId, to: '', data: pick(media)(pick([epoch, epoch, 0, 1e9])) }],
    (callId, { epoch }) => ['signal', { callId, to: '', data: pick(media)(epoch) }],
    (callId, { others }) => ['signal', { callId, to: pick(others), data: { a: 'x'.repeat(random(20_000)) } }],
    (callId) => ['signal', { callId, to: pick(['honest-a', '__proto__']), data: null }],
    (callId, { others }) => ['invite', { callId, users: [pick(others), '__proto__', 'honest-a', 'nobody-at-all'] }],
    (callId) => ['invite', { callId, users: Array.from({ length: 300 }, (_, n) => `x${n}`), push: { title: 5 } }],
    (callId) => ['invite', { callId, users: [pick(['rogue0', 'rogue1'])], timeoutMs: pick([0, -1, 1000, 1e9]) }],
    (callId) => [pick(['accept', 'reject', 'ignore', 'ringing', 'join']), { callId }],
    (callId) => ['switchMedia', { callId, mediaType: pick(['Audio', 'Video', 'Smell']) }],
    (callId) => ['resume', { callId, eventSeq: pick([0, -1, 1e9, 2 ** 53]) }],
    (callId) => ['ping', { callId, eventSeq: {} }],
    () => ['findCall', { roomId: '__proto__', chatGroupId: '' }],
    () => ['registerPush', { provider: 'none', token: { endpoint: 'http://169.254.169.254/' } }],
  ];

  /** A WebSocket that ends after a while, whatever becomes of it. */
  const socketOf = (began, ms = 1000) => {
    const socket = new WebSocket(`ws://127.0.0.1:${http}/signalling`, 'ringback.v1', { localAddress: pick(from) });
    socket.on('error', () => {});
    socket.on('open', () => began(socket));
    setTimeout(() => socket.terminate(), ms);
    return socket;
  };
  const ask = (socket, id, method, params) => socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  const signIn = (socket, userId, deviceId) =>
    ask(socket, 1, 'signIn', { sdkAppId, userId, userSig: sigOf(userId), platform: 'Web', deviceId });

  /** One of a call: answers when it rings; once somebody has answered it misbehaves, and leaves in good or bad manner. */
  const member = (userId, others, signedIn) => {
    const self = { others, epoch: 0, count: 10, asked: new Map(), callId: '' };
    const socket = socketOf(() => signIn(socket, userId, 'd'), 1500);
    self.ask = (method, params) => {
      self.count += 1;
      self.asked.set(self.count, method);
      if (socket.readyState === WebSocket.OPEN) ask(socket, self.count, method, params);
    };
    const misbehave = (callId) => {
      if (self.callId !== '') return;
      self.callId = callId;
      for (let n = 0; n < 6; n += 1) self.ask(...pick(misdeeds)(callId, self));
      // The other half of them says nothing: its line is cut.
      if (random(2) === 0) setTimeout(() => self.ask('hangUp', { callId }), 600);
    };
    socket.on('message', (data) => {
      const { id, method, params, result } = JSON.parse(String(data));
      if (id === 1 && result !== undefined) signedIn(self);
      else if (result !== undefined) took(self.asked.get(id));
      if (method === 'callReceived') self.ask('accept', { callId: params.callId });
      if (method === 'callChanged') misbehave(params.callId);
      if (method !== 'media') return;
      reached.media += 1;
      self.epoch = params.data.epoch ?? self.epoch;
      // Again with what the service takes for this device's own.
      if (params.data.type === 'setup')
        self.ask('signal', { callId: params.callId, to: '', data: pick(media)(self.epoch) });
    });
  };
  const took = (method) => {
    if (method === 'accept') reached.answers += 1;
    if (method === 'signal') reached.signals += 1;
    if (method === 'hangUp') reached.ends += 1;
  };
  let turn = 0;

  return {
    'frames without sign-in': () => socketOf((socket) => socket.send(pick(frames)())),
    'signed-in rogues': () =>
      socketOf((socket) => {
        signIn(socket, `rogue${random(8)}`, `d${random(4)}`);
        socket.once('message', () => {
          for (let n = 0; n < 20; n += 1) ask(socket, n + 2, ...pick(requests)());
        });
      }),
    'rogues in calls': () => {
      turn = (turn + 1) % trios;
      const names = ['a', 'b', 'c'].map((part) => `rogue-${turn}${part}`).slice(0, 2 + random(2));
      const there = [];
      for (const name of names) {
        const others = names.filter((one) => one !== name);
        member(name, others, (self) => {
          there.push(self);
          if (there.length < names.length) return;
          self.ask('call', { callees: self.others, mediaType: pick(['Audio', 'Video']) });
        });
      }
    },
  };
}
