import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { controlClient, NoServer } from '../../src/admin/control-client.ts';
import { controlPath } from '../../src/admin/control-path.ts';
import { DataInUse, DataLock, holderOf, isLocked } from '../../src/stores/data-lock.ts';
import { type AdminScene, adminScene, rawPost } from '../support/admin-scene.ts';
import { testApp } from '../support/test-app.ts';

const built = fileURLToPath(new URL('../../dist/stores/data-lock.js', import.meta.url));

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'ringback-lock-'));
  folders.push(made);
  return made;
};

afterEach(() => {
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true });
});

describe('the control socket', () => {
  let scene: AdminScene;
  afterEach(() => scene.close());

  it('is for its owner only, and goes with its server', async () => {
    scene = await adminScene();
    expect(scene.control.path).toBe(join(scene.data, 'control.sock'));
    expect(statSync(scene.control.path).mode & 0o777).toBe(0o600);
    await scene.control.close();
    expect(existsSync(scene.control.path)).toBe(false);
    await expect(scene.ask('status', {})).rejects.toMatchObject({ name: 'NoServer', silent: false });
  });

  it('that a dead server left behind is replaced', async () => {
    const data = folder();
    writeFileSync(join(data, 'control.sock'), '');
    scene = await adminScene(data);
    expect(await scene.ask('status', {})).toMatchObject({ apps: 0 });
  });

  it('of a directory with a path that is too long for a socket is elsewhere, for its owner only', async () => {
    const data = join(folder(), 'd'.repeat(120));
    mkdirSync(data);
    scene = await adminScene(data);
    expect(Buffer.byteLength(scene.control.path)).toBeLessThan(104);
    // The digits of a hash may well have some of them in a row.
    expect(scene.control.path).not.toContain('d'.repeat(100));
    expect(statSync(scene.control.path).mode & 0o777).toBe(0o600);
    expect(statSync(join(scene.control.path, '..')).mode & 0o777).toBe(0o700);
    expect(controlPath(join(data, '..', 'd'.repeat(120)))).toBe(scene.control.path);
    expect(controlPath(`${data}e`)).not.toBe(scene.control.path);
    expect(await scene.ask('status', {})).toMatchObject({ apps: 0 });
  });

  it('answers what is no operation, no JSON, no POST or too long with a sentence, and goes on', async () => {
    scene = await adminScene();
    const { path } = scene.control;
    const failed = (name: string, message: string) => ({
      ok: false,
      error: { name, message: expect.stringContaining(message) },
    });
    expect(await rawPost(path, '/app.list', '{')).toEqual(failed('body_not_json', 'not JSON'));
    expect(await rawPost(path, '/app.list', 'x'.repeat(70_000))).toEqual(failed('body_not_json', '65536'));
    expect(await rawPost(path, '/app.list', '[['.repeat(30_000))).toEqual(failed('body_not_json', 'not JSON'));
    expect(await rawPost(path, '/app.list', '7')).toEqual(failed('bad_params', 'a JSON object'));
    expect(await rawPost(path, '/app.list', 'null')).toEqual(failed('bad_params', 'a JSON object'));
    expect(await rawPost(path, '/app.list', '{"__proto__":1}')).toEqual(failed('bad_params', '__proto__'));
    expect(await rawPost(path, '/', '{}')).toEqual(failed('bad_params', 'no operation'));
    expect(await rawPost(path, '/__proto__', '{}')).toEqual(failed('bad_params', 'no operation'));
    expect(await rawPost(path, '/app.list', '', 'DELETE')).toEqual(failed('method_not_post', 'POST'));
    expect(await rawPost(path, '/app.list', '')).toEqual({ ok: true, result: [] });
    const garbage = connect(path);
    garbage.on('error', () => {});
    garbage.write('\x16\x03\x01 this is no HTTP\r\n\r\n');
    await new Promise((resolve) => garbage.once('close', resolve));
    expect(await scene.ask('app.list', {})).toEqual([]);
    expect(scene.failures).toEqual([]);
  });

  it('tells nothing of an inner failure but that there is one; the server hears of it', async () => {
    scene = await adminScene();
    // An application that no operation would make.
    await scene.store.apps.save(testApp({ keys: [] }));
    await expect(scene.ask('usersig.make', { app: 1_400_000_001, user: 'a', expire: 1 })).rejects.toThrow(
      'The server could not do it; its log says why.',
    );
    expect(scene.failures).toHaveLength(1);
  });
});

describe('the client of the control socket', () => {
  it('says that no server runs, whether the socket was never there or nobody is behind it', async () => {
    const data = folder();
    await expect(controlClient(data)('status', {})).rejects.toBeInstanceOf(NoServer);
    await expect(controlClient(join(data, 'nowhere'))('status', {})).rejects.toMatchObject({ silent: false });
    // A socket without a listener, as a killed process leaves it.
    await new Promise((resolve) => {
      const script = `require('net').createServer().listen(${JSON.stringify(join(data, 'control.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`;
      spawn(process.execPath, ['-e', script]).once('exit', resolve);
    });
    expect(existsSync(join(data, 'control.sock'))).toBe(true);
    await expect(controlClient(data)('status', {})).rejects.toMatchObject({ name: 'NoServer', silent: false });
  });

  it('gives up on a server that hangs, and says that there is one', async () => {
    const scene = await adminScene();
    try {
      const held = scene.store.calls.live;
      scene.store.calls.live = () => new Promise(() => {});
      await expect(controlClient(scene.data, 200)('status', {})).rejects.toMatchObject({ silent: true });
      scene.store.calls.live = held;
    } finally {
      await scene.close();
    }
  });
});

describe('the lock of a data directory', () => {
  it('is held by one at a time, and who is refused learns by whom', async () => {
    const data = folder();
    const lock = await DataLock.take(data, 'server');
    expect(isLocked(data)).toBe(true);
    const error = await DataLock.take(data, 'server').catch((one: unknown) => one);
    expect(error).toBeInstanceOf(DataInUse);
    expect(String(error)).toContain(`${data} is in use by a Ringback server, process ${process.pid}.`);
    lock.release();
    expect(isLocked(data)).toBe(false);
    expect(holderOf(data)).toBeUndefined();
    const next = await DataLock.take(data, 'command');
    expect(holderOf(data)).toEqual({ pid: process.pid, role: 'command' });
    next.release();
  });

  it('is waited for while a command holds it', async () => {
    const data = folder();
    const command = await DataLock.take(data, 'command');
    setTimeout(() => command.release(), 200);
    const lock = await DataLock.take(data, 'server');
    expect(holderOf(data)?.role).toBe('server');
    lock.release();
  });

  it('ends with its process, however that ends', async () => {
    const data = folder();
    const script = `
      import { DataLock } from ${JSON.stringify(built)};
      globalThis.lock = await DataLock.take(${JSON.stringify(data)}, 'server');
      console.log('locked');
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(isLocked(data)).toBe(true);
    const error = await DataLock.take(data, 'server').catch((one: unknown) => one);
    expect(error).toMatchObject({ name: 'DataInUse', holder: { pid: child.pid, role: 'server' } });
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    // Its name is still there; the lock is not.
    expect(readFileSync(join(data, 'ringback.pid'), 'utf8')).toContain(String(child.pid));
    expect(isLocked(data)).toBe(false);
    (await DataLock.take(data, 'server')).release();
  });

  it('looking for it makes nothing', () => {
    const data = join(folder(), 'nothing');
    expect(isLocked(data)).toBe(false);
    expect(existsSync(data)).toBe(false);
  });

  it('of a directory that cannot be made is refused with a sentence', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    await expect(DataLock.take(join(file, 'data'), 'server')).rejects.toThrow(
      /cannot be used: a part of its path is a file/,
    );
  });
});
