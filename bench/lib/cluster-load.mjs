/**
 * The load of `bench:cluster`, in a process of its own. Each line on its input is a job, each answer a line of JSON:
 * `open` signs pairs of devices in, the two of a pair at different nodes; `play` has them call each other at a rate;
 * `idle` signs in devices that do nothing; `ping` has these ping; `ask` sends a REST command again and again; `hook` sets where
 * webhooks go; `close` ends them.
 */
import { createInterface } from 'node:readline';
import tlsSig from 'tls-sig-api-v2';
import { Device, playRate } from './pairs.mjs';
import { median, percentile } from './stats.mjs';

const setUps = new Map();

async function signIn(setUp, url, userId) {
  const device = new Device(`${url.replace('http', 'ws')}/signalling`, 'ringback.v1');
  await device.opened();
  const { sdkAppId, key } = setUp;
  const userSig = new tlsSig.Api(sdkAppId, key).genUserSig(userId, 86_400);
  await device.ask('signIn', { sdkAppId, userId, userSig, platform: 'Web', deviceId: `device-${userId}` });
  return device;
}

/** The query of an administrator's request. */
function signed(sdkAppId, key) {
  const usersig = new tlsSig.Api(sdkAppId, key).genUserSig('administrator', 86_400);
  return new URLSearchParams({ sdkappid: sdkAppId, identifier: 'administrator', usersig, contenttype: 'json' });
}

async function command(base, name, query, body) {
  const url = `${base}/v4/${name}?${query}&random=1`;
  const { ErrorCode, ErrorInfo } = await (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).json();
  if (ErrorCode !== 0) throw new Error(`${name}: ${ErrorCode} ${ErrorInfo}`);
}

const jobs = {
  async open({ name, urls, sdkAppId, key, pairs }) {
    const setUp = { urls, sdkAppId, key, pairs: [], idle: [] };
    setUps.set(name, setUp);
    for (let i = 0; i < pairs; i += 1) {
      const names = { a: `a${i}`, b: `b${i}` };
      // Neighbours: with two nodes or more, every call crosses from one to another.
      const a = await signIn(setUp, urls[i % urls.length], names.a);
      const b = await signIn(setUp, urls[(i + 1) % urls.length], names.b);
      setUp.pairs.push({ a, b, names });
    }
    return {};
  },
  async play({ name, perSecond, seconds }) {
    const { pairs } = setUps.get(name);
    const played = await playRate(pairs, { perSecond, seconds, lenient: true });
    const { done, skipped, failed, rings, seconds: took } = played;
    return { done, skipped, failed, took, p50: median(rings), p99: percentile(rings, 0.99) };
  },
  async idle({ name, count }) {
    const setUp = setUps.get(name);
    const { urls, idle } = setUp;
    for (let i = 0; i < count; i += 1) idle.push(await signIn(setUp, urls[i % urls.length], `idle${i}`));
    return { done: count };
  },
  async ping({ name, rounds }) {
    const { idle } = setUps.get(name);
    // A few at a time, as pings come in life.
    for (let round = 0; round < rounds; round += 1) {
      for (let at = 0; at < idle.length; at += 20) {
        await Promise.all(idle.slice(at, at + 20).map((device) => device.ask('ping', {})));
      }
    }
    return { done: rounds * idle.length };
  },
  async ask({ name, count, lanes }) {
    const { urls, sdkAppId, key, pairs } = setUps.get(name);
    const { a, names } = pairs[0];
    const { callId } = await a.ask('call', { callees: [names.b], mediaType: 'Audio', timeoutMs: 300_000 });
    const query = signed(sdkAppId, key);
    let left = count;
    const lane = async (n) => {
      while (left > 0) {
        left -= 1;
        await command(urls[n % urls.length], 'call_engine_http_srv/get_call_info', query, { CallId: callId });
        // Well below what the command allows.
        await new Promise((resolve) => setTimeout(resolve, (1000 * lanes) / 100));
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, n) => lane(n)));
    await a.ask('hangUp', { callId });
    return { done: count };
  },
  async hook({ name, url }) {
    const { urls, sdkAppId, key } = setUps.get(name);
    const commands = ['StartCall', 'MemberChanged', 'EndCall'].map((word) => `Call.CallbackAfter${word}`);
    const body = { Url: url, CallbackCommandList: commands };
    await command(urls[0], 'call_config/set_callback', signed(sdkAppId, key), body);
    return {};
  },
  async close({ name }) {
    const { pairs, idle } = setUps.get(name);
    for (const { a, b } of pairs) for (const one of [a, b]) one.close();
    for (const one of idle) one.close();
    setUps.delete(name);
    return {};
  },
};

// Whoever says nothing for a minute is signed out.
setInterval(() => {
  for (const { pairs, idle } of setUps.values()) {
    for (const device of [...pairs.flatMap(({ a, b }) => [a, b]), ...idle]) device.send('ping', {});
  }
}, 20_000).unref();

process.once('SIGTERM', () => process.exit(0));
console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const { job, ...params } = JSON.parse(line);
  try {
    console.log(JSON.stringify(await jobs[job](params)));
  } catch (error) {
    console.log(JSON.stringify({ error: `${job}: ${error instanceof Error ? error.message : error}` }));
  }
}
