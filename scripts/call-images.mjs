/** `npm run images:calls`: pictures of calls in the demo and in the UI kit example, into docs/images; `npm run build` comes first. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';
import { startServer } from '../packages/server/dist/app.js';
import { loadSettings } from '../packages/server/dist/config/load.js';
import { openLog } from '../packages/server/dist/observe/log.js';
import { isolated } from './lib/namespace.mjs';
import { root } from './lib/setup.mjs';

const out = process.argv[2] ?? join(root, 'docs/images');

// Browsers in a call look at every interface there is.
if (process.env.RINGBACK_ALONE === undefined) {
  const run = isolated(process.execPath, [import.meta.filename, out]);
  if (run === undefined) throw new Error('The system refuses a network namespace (unshare).');
  process.exit(
    spawnSync(run.program, run.args, { stdio: 'inherit', env: { ...process.env, RINGBACK_ALONE: '1' } }).status ?? 1,
  );
}

mkdirSync(out, { recursive: true });
const folder = mkdtempSync(join(tmpdir(), 'ringback-images-'));
const { settings } = loadSettings({
  flags: { data: join(folder, 'data'), dev: true, https: 'off', ops: 'off', http: '127.0.0.1:0' },
  env: {},
});
const server = await startServer({
  settings,
  log: openLog({ level: 'error', fd: 2 }),
  onFatal: (error) => {
    throw error;
  },
});
const url = server.addresses.http;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    '--allow-loopback-in-peer-connection',
    '--autoplay-policy=no-user-gesture-required',
    '--disable-background-networking',
  ],
});
const page = async (address, width = 1100, height = 900) => {
  const context = await browser.newContext({ viewport: { width, height }, permissions: ['camera', 'microphone'] });
  const opened = await context.newPage();
  await opened.goto(address);
  return opened;
};
const shoot = (of, name) => of.screenshot({ path: join(out, `${name}.png`), fullPage: true });
const plays = (of, selector, count = 1) =>
  of.waitForFunction(
    ([all, least]) =>
      [...document.querySelectorAll(all)].filter((one) => one.getVideoPlaybackQuality().totalVideoFrames > 20).length >=
      least,
    [selector, count],
    { timeout: 120_000 },
  );

// The demo: a call that comes in, a call of two, a group.
const users = ['alice', 'bob', 'carol'];
const [alice, ...callees] = await Promise.all(
  users.map(async (user) => {
    const tab = await page(`${url}/demo/?user=${user}`);
    await tab.getByRole('button', { name: 'Sign in' }).click();
    await tab.getByText(`Signed in as ${user}`, { exact: true }).waitFor();
    return tab;
  }),
);
const call = async (whom) => {
  await alice.getByLabel('Whom').fill(whom);
  await alice.getByRole('button', { name: 'Video call' }).click();
};
const [bob, carol] = callees;
await call('bob');
await bob.getByText('alice calls you with video').waitFor();
await shoot(bob, 'demo-incoming');
await bob.getByRole('button', { name: 'Accept' }).click();
await plays(alice, '#tiles video', 2);
await alice.locator('#quality-rows').getByText('bob').waitFor();
await shoot(alice, 'demo-call');
await bob.getByRole('button', { name: 'Hang up' }).click();
await alice.getByLabel('Whom').waitFor();
await call('bob carol');
for (const one of [bob, carol]) await one.getByRole('button', { name: 'Accept' }).click();
await plays(alice, '#tiles video', 3);
await alice.locator('#quality-rows').getByText('carol').waitFor();
await shoot(alice, 'demo-group');
for (const one of [alice, bob, carol]) await one.context().close();

// The UI kit.
process.env.RINGBACK_URL = url;
const common = { configFile: join(root, 'examples/ui-kit/vite.config.mjs'), logLevel: 'error' };
const to = { outDir: join(folder, 'kit'), emptyOutDir: true };
await build({ ...common, build: to });
const kit = await preview({ ...common, build: to, preview: { port: 0 } });
const [address] = kit.resolvedUrls.local;
const [callee, caller] = [await page(`${address}?user=bob`), await page(`${address}?user=alice`)];
for (const one of [callee, caller]) await one.locator('#call:enabled').waitFor();
await caller.locator('#call').click();
// A round button of the kit stands above its name.
const accept = callee.locator('.btn-content', { hasText: 'Accept' }).locator('> :first-child').first();
await accept.waitFor();
await shoot(callee, 'ui-kit-incoming');
await accept.click();
for (const one of [callee, caller]) await plays(one, '#tuicallkit-id video', 2);
await shoot(caller, 'ui-kit-call');

await browser.close();
await kit.close();
await server.close();
rmSync(folder, { recursive: true, force: true });
