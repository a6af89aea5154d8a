import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demoSign } from '../../src/admin/demo-sign.ts';
import { decodeUserSig } from '../../src/auth/usersig.ts';
import type { Apps } from '../../src/ports/apps.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testApp } from '../support/test-app.ts';
import { RawClient, Scene } from './support.ts';

let scene: Scene;
const folder = mkdtempSync(join(tmpdir(), 'ringback-pages-'));

const app = testApp();
const apps = { get: (id: number) => (id === app.sdkAppId ? app : undefined) } as Apps;

beforeAll(async () => {
  const site = join(folder, 'site');
  mkdirSync(join(site, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(site, 'index.html'), '<h1>front</h1>');
  writeFileSync(join(site, 'assets', 'app-0a1b2c3d.js'), 'let x = 1;');
  writeFileSync(join(site, 'assets', 'app-0a1b2c3d.js.gz'), gzipSync('let x = 1;'));
  const pages = [
    { path: '/demo', folder: site, answers: { '/sign': demoSign(apps, new ManualClock(), app.sdkAppId) } },
    { path: '/console', folder: site, single: true },
  ];
  scene = await Scene.open({ gateway: { pages } });
});

afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true });
});

async function get(target: string, headers: Record<string, string> = {}, method = 'GET') {
  const client = await RawClient.open(scene.port);
  try {
    client.post(target, '', headers, method);
    return await client.answer({ toHead: method === 'HEAD' });
  } finally {
    client.close();
  }
}

describe('built pages', () => {
  it('are served with headers that keep them to themselves', async () => {
    const answer = await get('/demo/');
    expect([answer.status, answer.body]).toEqual([200, '<h1>front</h1>']);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
    const again = await get('/demo/', { 'If-None-Match': answer.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
  });

  it('may keep what is named by its content for ever, and comes compressed', async () => {
    const plain = await get('/demo/assets/app-0a1b2c3d.js');
    expect([plain.status, plain.body]).toEqual([200, 'let x = 1;']);
    expect(plain.headers.get('cache-control')).toContain('immutable');
    const packed = await get('/demo/assets/app-0a1b2c3d.js', { 'Accept-Encoding': 'gzip' });
    expect(packed.headers.get('content-encoding')).toBe('gzip');
  });

  it('send a visitor who leaves the slash out to it, with the query', async () => {
    const answer = await get('/demo?user=a');
    expect([answer.status, answer.headers.get('location')]).toEqual([308, '/demo/?user=a']);
  });

  it('are found by the whole address, as proxies send it', async () => {
    const of = async (path: string) => get(`http://any.host:80${path}`);
    expect((await of('/demo/')).body).toBe('<h1>front</h1>');
    expect((await of('/demo?user=a')).headers.get('location')).toBe('/demo/?user=a');
    expect((await of('/demo/sign?user=alice')).status).toBe(200);
  });

  it('show the front page for any path where the page finds its way by itself, and 404 elsewhere', async () => {
    expect((await get('/console/calls/7')).body).toBe('<h1>front</h1>');
    expect((await get('/demo/calls/7')).status).toBe(404);
    expect((await get('/demonstration')).body).toContain('60002');
  });

  it.each([
    '/demo/../secret.txt',
    '/demo/..%2fsecret.txt',
    '/demo/%2e%2e/secret.txt',
    '/demo//etc/passwd',
    '/demo/..\\secret.txt',
    '/demo/%00',
    '/demo/%',
  ])('give nothing away by %s', async (target) => {
    const answer = await get(target);
    expect(answer.body).not.toContain('secret');
    expect([400, 404, 200]).toContain(answer.status);
    expect(answer.body).not.toContain('root:');
  });

  it('of the demo sign for whom they are asked to, where the server lets them', async () => {
    const answer = await get('/demo/sign?user=alice%20b');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
    const { sdkAppId, userId, userSig } = JSON.parse(answer.body);
    expect([sdkAppId, userId]).toEqual([app.sdkAppId, 'alice b']);
    expect(decodeUserSig(userSig)).toMatchObject({ ok: true, fields: { identifier: 'alice b' } });
    const refused = await get(`/demo/sign?user=${'x'.repeat(33)}`);
    expect([refused.status, JSON.parse(refused.body).error]).toEqual([400, expect.stringContaining('1 to 32')]);
    const mighty = await get('/demo/sign?user=administrator');
    expect([mighty.status, mighty.body]).toEqual([400, expect.stringContaining('is an administrator')]);
    expect(mighty.body).not.toContain('userSig');
    expect((await get('/console/sign?user=alice')).body).toBe('<h1>front</h1>');
  });

  it('are read only', async () => {
    const answer = await get('/demo/', {}, 'POST');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await get('/demo/', {}, 'HEAD')).status).toBe(200);
  });
});
