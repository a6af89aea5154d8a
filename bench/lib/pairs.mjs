/** Pairs of sockets that call each other, for the server and for the relay alike. */
import { WebSocket } from 'ws';

let count = 0;

/** One device: sends requests, counts what arrives, hands notices to whoever waits for one. */
export class Device {
  constructor(url, protocol) {
    this.socket = new WebSocket(url, protocol, { perMessageDeflate: false });
    this.received = [];
    this.recording = false;
    this.onFrame = undefined;
    this.socket.on('message', (data) => {
      const text = data.toString();
      if (this.recording) this.received.push(text);
      this.onFrame?.(text);
    });
  }

  opened() {
    return new Promise((resolve, reject) => {
      this.socket.once('open', resolve);
      this.socket.once('error', reject);
    });
  }

  send(method, params) {
    count += 1;
    const frame = JSON.stringify({ jsonrpc: '2.0', id: count, method, params });
    this.socket.send(frame);
    return count;
  }

  /** Sends and waits for the answer; for set-up, not for the measured part. */
  async ask(method, params) {
    const before = this.onFrame;
    const answer = await new Promise((resolve) => {
      const id = this.send(method, params);
      this.onFrame = (text) => {
        const frame = JSON.parse(text);
        if (frame.id === id) resolve(frame);
        else before?.(text);
      };
    });
    this.onFrame = before;
    if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
    return answer.result;
  }

  close() {
    this.socket.terminate();
  }
}

/**
 * One complete call of a pair: call, ring, accept, connected, hang-up, over for both.
 * Against the relay the recorded frames come back, so the same code drives both.
 */
export function playCall(pair, { onRing } = {}) {
  const { a, b, names } = pair;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('A call did not complete within 20 s.')), 20_000);
    const startedAt = performance.now();
    let ringMs = 0;
    let setUpMs = 0;
    let callId = '';
    let over = 0;
    const ended = () => {
      over += 1;
      if (over < 2) return;
      clearTimeout(timer);
      a.onFrame = undefined;
      b.onFrame = undefined;
      resolve({ ringMs, setUpMs, totalMs: performance.now() - startedAt });
    };
    b.onFrame = (text) => {
      if (text.includes('"callReceived"')) {
        ringMs = performance.now() - startedAt;
        onRing?.(ringMs);
        callId = JSON.parse(text).params.callId;
        b.send('accept', { callId });
      } else if (text.includes('"callEnded"')) ended();
    };
    a.onFrame = (text) => {
      if (text.includes('"Answer"')) {
        setUpMs = performance.now() - startedAt;
        a.send('hangUp', { callId });
      } else if (text.includes('"callEnded"')) ended();
      else if (text.includes('"error"')) reject(new Error(text));
    };
    a.send('call', { callees: [names.b], mediaType: 'Audio', timeoutMs: 30_000 });
  });
}

/**
 * Starts calls at a steady rate over all pairs, round robin, for a time. Resolves when the last one is over. A call that
 * does not complete is an error, or with `lenient` counted; its pair is not used any more.
 */
export async function playRate(pairs, { perSecond, seconds, lenient = false }) {
  const rings = [];
  const setUps = [];
  const free = [...pairs];
  const running = new Set();
  const total = Math.round(perSecond * seconds);
  const beginning = performance.now();
  let skipped = 0;
  let failed = 0;
  let done = 0;
  for (let i = 0; i < total; i += 1) {
    const due = beginning + (i * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0.5) await new Promise((resolve) => setTimeout(resolve, wait));
    const pair = free.shift();
    if (pair === undefined) {
      skipped += 1;
      continue;
    }
    const call = playCall(pair).then(
      ({ ringMs, setUpMs }) => {
        rings.push(ringMs);
        setUps.push(setUpMs);
        done += 1;
        free.push(pair);
        running.delete(call);
      },
      (error) => {
        if (!lenient) throw error;
        failed += 1;
        running.delete(call);
      },
    );
    running.add(call);
  }
  await Promise.all(running);
  return { done, skipped, failed, rings, setUps, seconds: (performance.now() - beginning) / 1000 };
}

/** Keeps every pair busy all the time. */
export async function playFlatOut(pairs, { seconds }) {
  const until = performance.now() + seconds * 1000;
  const beginning = performance.now();
  let done = 0;
  await Promise.all(
    pairs.map(async (pair) => {
      while (performance.now() < until) {
        await playCall(pair);
        done += 1;
      }
    }),
  );
  return { done, seconds: (performance.now() - beginning) / 1000 };
}
