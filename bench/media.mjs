/**
 * `npm run bench:media`: how long two people who have just answered wait for each other's picture.
 *
 * Two pages of a real Chromium call each other with `ringback-sdk` over a development server, one call after another:
 * the callee accepts and opens its camera, as applications do. A call's figure is the time from `accept()` to the first
 * picture that is decoded, on the side where that is later. `bare` is the yardstick: two connections within one page that
 * hand descriptions to each other directly, from the first step to the first picture.
 *
 * `--calls` (of each kind; one more, the first, does not count). Everything runs in a network namespace of its own.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { providePrograms } from '../scripts/lib/debian.mjs';
import { isolated } from '../scripts/lib/namespace.mjs';
import { options } from './lib/options.mjs';
import { startNode, stop } from './lib/process.mjs';
import { median, percentile, round, table } from './lib/stats.mjs';

const { calls } = options("How long two people who have just answered wait for each other's picture.", {
  calls: [20, 'calls of each kind; one more, the first, does not count'],
});
const inside = 'BENCH_ISOLATED';
const targets = { p2p: 500, sfu: 800 };

if (process.env[inside] === undefined) {
  const missing = providePrograms('bench:media', { chromium: 'chromium', unshare: 'util-linux', ip: 'iproute2' });
  if (missing.length > 0) process.exit(1);
  const run = isolated(process.execPath, [fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
  if (run === undefined) {
    console.error('This system refuses a network namespace (unshare); the benchmark does not run without one.');
    process.exit(1);
  }
  process.exit(
    spawnSync(run.program, run.args, { stdio: 'inherit', env: { ...process.env, [inside]: '1' } }).status ?? 1,
  );
}
if (Object.keys(networkInterfaces()).some((name) => name !== 'lo')) throw new Error('This is no namespace.');

const ringback = fileURLToPath(new URL('../packages/server/bin/ringback.mjs', import.meta.url));
const sdk = readFileSync(new URL('../packages/sdk/dist/ringback-sdk.umd.cjs', import.meta.url), 'utf8');

/** What the pages do; `RingbackSDK` is the global of the bundle. */
const page = `<!doctype html><meta charset="utf-8"><title>bench</title>
<div id="own" style="width:320px;height:240px"></div><div id="other" style="width:320px;height:240px"></div>
<script src="/sdk.js"></script>
<script>
const { TUICallEngine, TUICallEvent, TUICallType } = RingbackSDK;
const pcs = [];
const Bare = RTCPeerConnection;
globalThis.RTCPeerConnection = class extends Bare { constructor(...all) { super(...all); pcs.push(this); } };
const now = () => performance.timeOrigin + performance.now();
const rest = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The time of the first picture that any connection of this page decodes. */
async function firstPicture(connections, until = now() + 15000) {
  while (now() < until) {
    for (const pc of connections) {
      if (pc.connectionState === 'closed') continue;
      for (const report of (await pc.getStats()).values()) {
        if (report.type === 'inbound-rtp' && report.kind === 'video' && report.framesDecoded > 0) return now();
      }
    }
    await rest(5);
  }
  throw new Error('No picture came within 15 s.');
}

let engine, ended, received, entered;
async function signIn(server, sdkAppId, userID, userSig) {
  TUICallEngine.configure({ server });
  engine = TUICallEngine.createInstance({ SDKAppID: sdkAppId });
  engine.on(TUICallEvent.ON_CALL_RECEIVED, () => received?.());
  engine.on(TUICallEvent.USER_VIDEO_AVAILABLE, ({ userID, isVideoAvailable }) => {
    if (isVideoAvailable) engine.startRemoteView({ userID, videoViewDomID: 'other' }).catch(() => {});
  });
  engine.on(TUICallEvent.CALL_END, () => ended?.());
  await engine.login({ userID, userSig });
}
const rung = () => new Promise((resolve) => { received = resolve; });
const over = () => new Promise((resolve) => { ended = resolve; });
async function call(other) {
  pcs.length = 0;
  await engine.openCamera('own');
  await engine.calls({ userIDList: [other], type: TUICallType.VIDEO_CALL });
}
async function accept() {
  pcs.length = 0;
  const at = now();
  await engine.accept();
  await engine.openCamera('own');
  return at;
}
const picture = () => firstPicture(pcs);
const hangUp = () => engine.hangup();

/** The yardstick. */
async function bare() {
  const at = now();
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 480 } });
  const [a, b] = [new Bare(), new Bare()];
  a.onicecandidate = ({ candidate }) => candidate && b.addIceCandidate(candidate);
  b.onicecandidate = ({ candidate }) => candidate && a.addIceCandidate(candidate);
  for (const pc of [a, b]) for (const track of stream.getTracks()) pc.addTrack(track, stream);
  await a.setLocalDescription();
  await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription();
  await a.setRemoteDescription(b.localDescription);
  const seen = Math.max(await firstPicture([a]), await firstPicture([b]));
  for (const pc of [a, b]) pc.close();
  for (const track of stream.getTracks()) track.stop();
  return seen - at;
}
globalThis.loaded = true;
</script>`;

const web = createServer((request, response) => {
  const script = request.url === '/sdk.js';
  response.setHeader('content-type', script ? 'text/javascript' : 'text/html').end(script ? sdk : page);
});
await new Promise((resolve) => web.listen(0, '127.0.0.1', resolve));
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    '--allow-loopback-in-peer-connection',
    '--autoplay-policy=no-user-gesture-required',
    '--disable-features=WebRtcHideLocalIpsWithMdns',
    '--disable-background-networking',
    '--no-first-run',
  ],
});

async function openPage() {
  const opened = await (await browser.newContext()).newPage();
  await opened.goto(`http://127.0.0.1:${web.address().port}/`);
  await opened.waitForFunction('globalThis.loaded');
  return opened;
}

/** Times (ms) of calls over one provider. */
async function measure(provider) {
  const data = mkdtempSync(join(tmpdir(), 'ringback-bench-'));
  const flags = ['--http', '127.0.0.1:0', '--https', 'off', '--ops', 'off', '--media-provider', provider];
  const server = await startNode([ringback, 'serve', '--dev', '--data', data, ...flags], {
    ready: /"http":"([^"]+)".*"server started"/,
  });
  const [, url] = server.match;
  const pages = [await openPage(), await openPage()];
  try {
    for (const [index, user] of ['alice', 'bob'].entries()) {
      const signed = await (await fetch(`${url}/demo/sign?user=${user}`)).json();
      await pages[index].evaluate(([...all]) => signIn(...all), [url, signed.sdkAppId, user, signed.userSig]);
    }
    const [alice, bob] = pages;
    const times = [];
    for (let i = 0; i <= calls; i += 1) {
      const rings = bob.evaluate(() => rung());
      await alice.evaluate(() => call('bob'));
      await rings;
      const ends = alice.evaluate(() => over());
      const later = alice.evaluate(() => picture());
      const accepted = await bob.evaluate(() => accept());
      const seen = Math.max(...(await Promise.all([later, bob.evaluate(() => picture())])));
      if (i > 0) times.push(seen - accepted);
      await bob.evaluate(() => hangUp());
      await ends;
    }
    return times;
  } finally {
    for (const one of pages) await one.context().close();
    await stop(server.child);
    rmSync(data, { recursive: true, force: true });
  }
}

try {
  const bench = await openPage();
  const bare = [];
  for (let i = 0; i <= calls; i += 1) {
    const took = await bench.evaluate(() => bare());
    if (i > 0) bare.push(took);
  }
  await bench.context().close();
  const [p2p, sfu] = [await measure('auto'), await measure('sfu')];
  const line = (name, times, target) => [
    name,
    Math.round(median(times)),
    Math.round(percentile(times, 0.95)),
    round(median(times) / median(bare)).toFixed(2),
    target === undefined ? '' : `at most ${target}`,
  ];
  table(
    ['to the first picture', 'median ms', 'p95 ms', 'of bare', 'target'],
    [line('bare', bare), line('p2p', p2p, targets.p2p), line('sfu', sfu, targets.sfu)].map((row) => row.map(String)),
  );
  console.log(
    JSON.stringify({
      p2p_first_frame_ms: round(median(p2p)),
      sfu_first_frame_ms: round(median(sfu)),
      bare_first_frame_ms: round(median(bare)),
      p2p_ratio: round(median(p2p) / median(bare)),
      sfu_ratio: round(median(sfu) / median(bare)),
    }),
  );
  process.exitCode = median(p2p) <= targets.p2p && median(sfu) <= targets.sfu ? 0 : 1;
} finally {
  await browser.close();
  web.closeAllConnections();
  web.close();
}
