import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../lib/setup.mjs';

const run = promisify(execFile);
const sdk = join(root, 'packages/sdk');

/** What an app uses; types are checked as strictly as the compiler can. */
const app = `
import Engine, { CallEndReason, createClient, TIM, TUICallEngine, TUICallEngineError, TUICallEvent, TUICallType } from 'ringback-sdk';
import chat from 'ringback-sdk/chat';

TUICallEngine.configure({ server: 'https://calls.example.com', getUserSig: async (userId) => userId });
export const engine: Engine = TUICallEngine.createInstance({ SDKAppID: 1400000077 });
engine.on(TUICallEvent.ON_CALL_RECEIVED, ({ callerId, inviteData }) => {
  const caller: string = callerId;
  const type: number = inviteData.callType;
  console.log(caller, type);
});
engine.on(TUICallEvent.ERROR, function (this: unknown, { code, msg }) { console.log(code.toFixed(), msg.length); }, {});
const entered = ({ userID }: { userID: string }) => console.log(userID);
engine.on(TUICallEvent.USER_ENTER, entered, null);
engine.off(TUICallEvent.USER_ENTER, entered);

export async function dial(): Promise<number> {
  try {
    return (await engine.calls({ userIDList: ['bob'], type: TUICallType.VIDEO_CALL })).code;
  } catch (error) {
    if (!(error instanceof TUICallEngineError)) throw error;
    return error.code;
  }
}

export async function answer(): Promise<void> {
  const client = createClient({ sdkAppId: 1400000077 });
  for await (const { name, event } of client.events()) if (name === 'incoming') await event.call.accept();
}

// @ts-expect-error A user to call is not a number.
export const wrong = () => engine.calls({ userIDList: [1], type: 1 });

const tim = chat.create({ SDKAppID: 1400000077 });
console.log(JSON.stringify({ same: Engine === TUICallEngine, code: await dial(), tim: typeof tim.login, event: typeof TIM.EVENT, reason: typeof CallEndReason }));
`;

const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  outDir: 'built',
  skipLibCheck: false,
  target: 'es2023',
  lib: ['es2023', 'dom', 'dom.iterable'],
  types: [],
};

describe('the package of the SDK, in an app outside the checkout', () => {
  let folder: string;
  let installed: string;
  let packed: string;

  const npm = (...args: readonly string[]) =>
    run('npm', [...args, '--offline', '--no-audit', '--no-fund'], {
      cwd: folder,
      env: { ...process.env, npm_config_cache: join(folder, '.cache') },
    });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-app-'));
    installed = join(folder, 'node_modules/ringback-sdk');
    await npm('pack', sdk, '--ignore-scripts', '--silent');
    packed = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
    writeFileSync(join(folder, 'package.json'), '{ "name": "app", "private": true, "type": "module" }');
    await npm('install', join(folder, packed));
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('needs no other package, and brings neither its sources nor its tests', () => {
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['ringback-sdk']);
    expect(readdirSync(installed).filter((name) => name !== 'README.md')).toEqual(['dist', 'package.json']);
    expect(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')).dependencies).toBeUndefined();
  });

  it('is one global of a page that loads it as a script', () => {
    const page: { RingbackSDK?: { readonly [name: string]: unknown } } = {};
    runInNewContext(readFileSync(join(installed, 'dist/ringback-sdk.umd.cjs'), 'utf8'), page);
    expect(Object.keys(page)).toEqual(['RingbackSDK']);
    expect(page.RingbackSDK).toMatchObject({ TUICallEngine: expect.anything(), createClient: expect.anything() });
    expect(page.RingbackSDK?.default).toBe(page.RingbackSDK?.TUICallEngine);
  });

  it('can be required, and then has what the modules have', async () => {
    const required = createRequire(join(folder, 'app.cjs'))('ringback-sdk') as object;
    const imported = (await import(join(installed, 'dist/index.js'))) as object;
    expect(Object.keys(required).sort()).toEqual(Object.keys(imported).sort());
  });

  it.each([
    ['bundlers', { module: 'esnext', moduleResolution: 'bundler' }],
    ['Node', { module: 'nodenext', moduleResolution: 'nodenext' }],
  ])(
    'has types that the strictest compiler takes as %s resolve them, and runs without a browser',
    async (_, resolution) => {
      writeFileSync(join(folder, 'app.ts'), app);
      rmSync(join(folder, 'built'), { recursive: true, force: true });
      const config = { compilerOptions: { ...strict, ...resolution }, files: ['app.ts'] };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      const found = await run(process.execPath, [tsc, '-p', folder]).then(
        ({ stdout }) => stdout,
        (error: { readonly stdout: string }) => error.stdout,
      );
      expect(found).toBe('');
      const { stdout } = await run(process.execPath, ['built/app.js'], { cwd: folder });
      expect(JSON.parse(stdout)).toEqual({
        same: true,
        code: -1201,
        tim: 'function',
        event: 'object',
        reason: 'object',
      });
    },
  );

  it('can be installed from the checkout as it stands', async () => {
    await npm('install', sdk);
    const { stdout } = await run(
      process.execPath,
      ['-e', `import('ringback-sdk').then((all) => console.log(typeof all.default))`],
      {
        cwd: folder,
      },
    );
    expect(stdout).toBe('function\n');
  }, 60_000);
});
