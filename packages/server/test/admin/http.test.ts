import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdminDoor } from '../../src/admin/http/door.ts';
import { operations, streams } from '../../src/admin/index.ts';
import type { ConsoleRole } from '../../src/ports/console.ts';
import { type AdminScene, adminScene } from '../support/admin-scene.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are judged by the tests, member by member.
type Json = any;

interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly cookie: string;
}

let scene: AdminScene;
let door: AdminDoor;
let server: Server;
let https: boolean;
let clientIp: string;
const failures: unknown[] = [];

beforeEach(async () => {
  scene = await adminScene();
  https = true;
  clientIp = '10.0.0.1';
  failures.length = 0;
  door = await AdminDoor.open({
    operator: scene.operator,
    openStream: scene.openStream,
    auth: scene.auth,
    store: scene.store.console,
    clock: scene.clock,
    failed: (_, error) => failures.push(error),
  });
  server = createServer((request, response) => door.handle(request, response, { clientIp, https }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await door.close();
  await scene.close();
  expect(failures).toEqual([]);
});

async function call(
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/admin${path}`, {
    method,
    headers: { ...(options.body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.has('access-control-allow-origin')).toBe(false);
  return {
    status: response.status,
    body: text === '' ? undefined : JSON.parse(text),
    cookie: response.headers.get('set-cookie') ?? '',
  };
}

/** Signs somebody in by a link; answers the headers that this browser sends from then on. */
async function signedIn(name: string, role: ConsoleRole = 'owner', password = 'correct horse') {
  const { secret } = await scene.auth.makeLink(name, role);
  const answer = await call('POST', '/link/use', { body: { link: secret, password } });
  expect(answer.status).toBe(200);
  return { cookie: answer.cookie.split(';')[0] ?? '', 'x-csrf-token': answer.body.csrf as string };
}

describe('a request without a body', () => {
  it('may say that it is JSON all the same', async () => {
    const { id } = (await scene.ask('app.create', {})) as { id: number };
    const headers = { ...(await signedIn('kim')), 'content-type': 'application/json' };
    expect((await call('GET', `/apps/${id}/endpoints`, { headers })).status).toBe(200);
    const made = { body: { id: 'crm', url: 'http://127.0.0.1:1/' }, headers };
    expect((await call('POST', `/apps/${id}/endpoints`, made)).status).toBe(200);
    expect((await call('POST', `/apps/${id}/endpoints/crm/pause`, { headers })).status).toBe(200);
    expect((await call('DELETE', `/apps/${id}/endpoints/crm`, { headers })).status).toBe(200);
  });
});

describe('a replay that something breaks off', () => {
  it('is told to whoever asked for it, and why to the log alone', async () => {
    const { id } = (await scene.ask('app.create', {})) as { id: number };
    const headers = await signedIn('kim');
    await call('POST', `/apps/${id}/endpoints`, { body: { id: 'crm', url: 'http://127.0.0.1:1/' }, headers });
    const why = new Error('the database at 10.0.0.7 is away');
    vi.spyOn(scene.store.pendingEvents, 'replay').mockImplementationOnce(async (_endpoint, _choice, each) => {
      each?.({ count: 500, fresh: 0 });
      throw why;
    });
    const { status, body } = await call('POST', `/apps/${id}/webhooks/replay`, { body: { parked: true }, headers });
    expect(status).toBe(503);
    expect(body.error).toMatchObject({ code: 'replay_broke_off', data: { count: 500 } });
    expect(JSON.stringify(body)).not.toContain('10.0.0.7');
    expect(failures.splice(0)).toEqual([why]);
  });
});

describe('signing in to the settings API', () => {
  it('by a link sets a password, once; by the password from then on', async () => {
    const { secret } = await scene.auth.makeLink('anna', 'owner');
    expect((await call('POST', '/link', { body: { link: secret } })).body).toEqual({ name: 'anna' });
    expect((await call('POST', '/link/use', { body: { link: secret, password: 'short' } })).status).toBe(400);
    const used = await call('POST', '/link/use', { body: { link: secret, password: 'correct horse' } });
    expect(used.body).toMatchObject({ name: 'anna', role: 'owner', csrf: expect.any(String) });
    expect(used.cookie).toMatch(/^__Host-ringback=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure; Max-Age=/);
    expect((await call('POST', '/link/use', { body: { link: secret, password: 'correct horse' } })).status).toBe(410);
    const cookie = used.cookie.split(';')[0] ?? '';
    expect((await call('GET', '/session', { headers: { cookie } })).body).toMatchObject({
      name: 'anna',
      role: 'owner',
    });
    const again = await call('POST', '/session', { body: { name: 'anna', password: 'correct horse' } });
    expect(again.status).toBe(200);
    for (const wrong of [
      { name: 'anna', password: 'wrong horse' },
      { name: 'nobody', password: 'correct horse' },
    ]) {
      const answer = await call('POST', '/session', { body: wrong });
      expect([answer.status, answer.body.error.name, answer.cookie]).toEqual([401, 'console_sign_in', '']);
    }
  });

  it('keeps passwords and secrets out of the database and the audit log', async () => {
    const { cookie } = await signedIn('anna');
    const text = JSON.stringify([
      scene.store.console.operators(),
      scene.store.console.sessions(),
      await scene.store.console.auditLog({ limit: 100 }),
    ]);
    expect(text).not.toContain('correct horse');
    expect(text).not.toContain(cookie.split('=')[1]);
    expect(text).toContain('scrypt$32768$8$1$');
  });

  it('with wrong passwords is closed for a quarter of an hour for the address, and for nobody else', async () => {
    await signedIn('anna');
    const attempt = (name: string) => call('POST', '/session', { body: { name, password: 'wrong horse' } });
    for (let i = 0; i < 10; i += 1) expect((await attempt('anna')).status).toBe(401);
    expect((await call('POST', '/session', { body: { name: 'anna', password: 'correct horse' } })).status).toBe(429);
    clientIp = '10.0.0.2';
    expect((await call('POST', '/session', { body: { name: 'anna', password: 'correct horse' } })).status).toBe(200);
    expect((await attempt('other')).status).toBe(401);
    clientIp = '10.0.0.1';
    scene.clock.advance(15 * 60_000);
    expect((await call('POST', '/session', { body: { name: 'anna', password: 'correct horse' } })).status).toBe(200);
  }, 120_000);

  it('lasts twelve hours without a request and a week in all', async () => {
    const headers = await signedIn('anna');
    const alive = async () => (await call('GET', '/session', { headers })).status;
    scene.clock.advance(11 * 3_600_000);
    expect(await alive()).toBe(200);
    scene.clock.advance(11 * 3_600_000);
    expect(await alive()).toBe(200);
    scene.clock.advance(12 * 3_600_000);
    expect(await alive()).toBe(401);
    const other = await signedIn('anna');
    for (let hours = 0; hours < 7 * 24; hours += 8) {
      expect((await call('GET', '/session', { headers: other })).status).toBe(200);
      scene.clock.advance(8 * 3_600_000);
    }
    expect((await call('GET', '/session', { headers: other })).status).toBe(401);
  });

  it('ends with signing out, and everywhere else with a new password', async () => {
    const [one, two] = [
      await signedIn('anna'),
      await call('POST', '/session', { body: { name: 'anna', password: 'correct horse' } }),
    ];
    const cookie = two.cookie.split(';')[0] ?? '';
    const change = { old: 'correct horse', password: 'another horse' };
    expect((await call('POST', '/password', { body: { ...change, old: 'wrong horse' }, headers: one })).status).toBe(
      401,
    );
    expect((await call('POST', '/password', { body: change, headers: one })).status).toBe(200);
    expect((await call('GET', '/session', { headers: { cookie } })).status).toBe(401);
    expect((await call('GET', '/session', { headers: one })).status).toBe(200);
    const out = await call('DELETE', '/session', { headers: one });
    expect([out.status, out.cookie]).toEqual([200, expect.stringContaining('Max-Age=0')]);
    expect((await call('GET', '/session', { headers: one })).status).toBe(401);
  });

  it('over plain HTTP, in development, uses a cookie without the mark of HTTPS', async () => {
    https = false;
    const headers = await signedIn('anna');
    expect(headers.cookie).toMatch(/^ringback=/);
    expect((await call('GET', '/session', { headers })).status).toBe(200);
  });
});

describe('the settings API', () => {
  it('is closed to everybody who is not signed in', async () => {
    const all = operations as readonly { readonly http: readonly [string, string]; readonly local?: true }[];
    for (const { http, local } of [...all, ...streams.map((one) => ({ http: one.http, local: undefined }))]) {
      const [method, path] = http;
      const address = path.replace(/:\w+/g, '1');
      const answer = await call(method, address, method === 'GET' || method === 'DELETE' ? {} : { body: {} });
      // What only the command line can do has no address at all.
      expect([method, address, answer.status]).toEqual([method, address, local === true ? 404 : 401]);
    }
    expect((await call('GET', '/nothing')).status).toBe(404);
  });

  it('takes a change from a browser only with the token of its session', async () => {
    const { cookie, 'x-csrf-token': token } = await signedIn('anna');
    const make = (headers: Record<string, string>) => call('POST', '/apps', { body: { name: 'One' }, headers });
    expect((await make({ cookie })).body.error.name).toBe('console_csrf');
    expect((await make({ cookie, 'x-csrf-token': 'x' })).status).toBe(403);
    expect(await make({ cookie, 'x-csrf-token': token })).toMatchObject({ status: 200, body: { name: 'One' } });
    expect((await call('GET', '/apps', { headers: { cookie } })).body).toHaveLength(1);
  });

  it('lets each role do what it may, and no more', async () => {
    const roles = {
      viewer: await signedIn('vic', 'viewer'),
      operator: await signedIn('olga', 'operator'),
      owner: await signedIn('owen'),
    };
    await call('POST', '/apps', { body: { id: 7 }, headers: roles.owner });
    const status = async (headers: Record<string, string>, method: string, path: string, body?: object) =>
      (await call(method, path, { headers, ...(body && { body }) })).status;
    expect(await status(roles.viewer, 'GET', '/apps/7')).toBe(200);
    expect(await status(roles.viewer, 'GET', '/apps/7?reveal=true')).toBe(403);
    expect(await status(roles.owner, 'GET', '/apps/7?reveal=true')).toBe(403);
    expect(await status(roles.viewer, 'GET', '/audit')).toBe(403);
    expect(await status(roles.operator, 'GET', '/audit')).toBe(200);
    expect(await status(roles.viewer, 'POST', '/calls/none/end', {})).toBe(403);
    expect(await status(roles.operator, 'POST', '/calls/none/end', {})).toBe(404);
    expect(await status(roles.operator, 'POST', '/apps/7/disable', {})).toBe(403);
    expect(await status(roles.owner, 'POST', '/apps/7/disable', {})).toBe(200);
    expect(await status(roles.operator, 'DELETE', '/operators/vic')).toBe(403);
    expect(await status(roles.owner, 'DELETE', '/operators/vic')).toBe(200);
    expect(await status(roles.viewer, 'GET', '/apps')).toBe(401);
    expect(await status(roles.owner, 'DELETE', '/operators/owen')).toBe(400);
    expect(await status(roles.owner, 'PUT', '/operators/owen/role', { role: 'viewer' })).toBe(400);
  });

  describe('does what waits for its turn by the rights of then', () => {
    /** Holds the lane of changes until it is let go. */
    const holdLane = async (headers: Record<string, string>) => {
      await call('POST', '/apps', { body: { id: 7 }, headers });
      const { apps } = scene.store;
      const change = apps.change.bind(apps);
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const spy = vi.spyOn(apps, 'change').mockImplementationOnce(async (...asked) => {
        await held;
        return change(...asked);
      });
      const holding = call('POST', '/apps/7/disable', { body: {}, headers });
      await vi.waitFor(() => expect(spy).toHaveBeenCalled());
      return { release, holding };
    };
    /** Sends a change, and lets it come to where it waits. */
    const queued = async (...asked: Parameters<typeof call>) => {
      const visits = vi.spyOn(scene.auth, 'visitor');
      const answer = call(...asked);
      await vi.waitFor(() => expect(visits).toHaveBeenCalled());
      visits.mockRestore();
      await new Promise((resolve) => setTimeout(resolve, 20));
      return { answer };
    };
    const invite = { body: { name: 'eve', role: 'owner' } };

    it('and so nothing for an owner who was removed meanwhile', async () => {
      const [owen, mallory] = [await signedIn('owen'), await signedIn('mallory')];
      const { release, holding } = await holdLane(owen);
      const removed = await queued('DELETE', '/operators/mallory', { headers: owen });
      const invited = await queued('POST', '/operators/links', { ...invite, headers: mallory });
      release();
      expect([(await holding).status, (await removed.answer).status]).toEqual([200, 200]);
      const { status, body } = await invited.answer;
      expect([status, body.error.name]).toEqual([401, 'console_session']);
      expect(scene.store.console.links()).toEqual([]);
    });

    it('and so nothing for a token that was removed meanwhile', async () => {
      const owen = await signedIn('owen');
      const { id, text } = (await call('POST', '/tokens', { body: { label: 'x', role: 'owner' }, headers: owen })).body;
      const { release } = await holdLane(owen);
      const removed = await queued('DELETE', `/tokens/${id}`, { headers: owen });
      const headers = { authorization: `Bearer ${text}` };
      const invited = await queued('POST', '/operators/links', { ...invite, headers });
      release();
      expect([(await removed.answer).status, (await invited.answer).status]).toEqual([200, 401]);
      expect(scene.store.console.links()).toEqual([]);
    });

    it('and so nothing for whoever may not do it, who is told at once and does not fill the audit log', async () => {
      const [owen, vic] = [await signedIn('owen'), await signedIn('vic', 'viewer')];
      const { release, holding } = await holdLane(owen);
      let isHeld = true;
      void holding.then(() => {
        isHeld = false;
      });
      const flood = Array.from({ length: 200 }, () => call('POST', '/apps/7/enable', { body: {}, headers: vic }));
      const statuses = (await Promise.all(flood)).map(({ status }) => status);
      expect([new Set(statuses), isHeld]).toEqual([new Set([403]), true]);
      release();
      expect((await holding).status).toBe(200);
      const rows = async () =>
        (await scene.store.console.auditLog({ limit: 1000, who: 'vic' })).map((one) => one.outcome);
      expect((await rows()).filter((outcome) => outcome === 'console_forbidden')).toHaveLength(60);
      scene.clock.advance(60_000);
      expect((await call('POST', '/apps/7/enable', { body: {}, headers: vic })).status).toBe(403);
      expect((await rows()).filter((outcome) => outcome === 'console_forbidden')).toHaveLength(61);
    });

    it('and so what the role of then allows', async () => {
      const [owen, mallory] = [await signedIn('owen'), await signedIn('mallory')];
      const { release } = await holdLane(owen);
      const role = await queued('PUT', '/operators/mallory/role', { body: { role: 'operator' }, headers: owen });
      const invited = await queued('POST', '/operators/links', { ...invite, headers: mallory });
      const ended = await queued('POST', '/calls/none/end', { body: {}, headers: mallory });
      release();
      expect((await role.answer).status).toBe(200);
      expect([(await invited.answer).status, (await ended.answer).status]).toEqual([403, 404]);
    });
  });

  it.each([
    ['is removed', 'DELETE', '/operators/mallory', undefined],
    ['is an owner no longer', 'PUT', '/operators/mallory/role', { role: 'operator' }],
  ])('lets nobody in by a link of somebody who %s since', async (_, method, path, body) => {
    const [owen, mallory] = [await signedIn('owen'), await signedIn('mallory')];
    const link = async (name: string, headers: Record<string, string>): Promise<string> =>
      (await call('POST', '/operators/links', { body: { name, role: 'owner' }, headers })).body.link;
    const [made, good] = [await link('eve', mallory), await link('ann', owen)];
    expect((await call('POST', '/link', { body: { link: made } })).body).toEqual({ name: 'eve' });
    expect((await call(method, path, { headers: owen, ...(body && { body }) })).status).toBe(200);
    expect((await call('POST', '/link', { body: { link: made } })).status).toBe(410);
    const use = (link: string) => call('POST', '/link/use', { body: { link, password: 'correct horse' } });
    expect([(await use(made)).status, (await use(good)).status]).toEqual([410, 200]);
    expect(scene.store.console.operator('eve')).toBeUndefined();
  });

  it('invites nobody under the name of the command line, nor somebody who is there already', async () => {
    const headers = await signedIn('owen');
    const invite = async (body: object) => {
      const answer = await call('POST', '/operators/links', { body, headers });
      return [answer.status, answer.body.error?.code, answer.body.error?.field];
    };
    expect(await invite({ name: 'cli', role: 'owner' })).toEqual([400, 'operator_reserved', 'name']);
    expect(await invite({ name: 'owen', role: 'viewer', isNew: true })).toEqual([400, 'operator_exists', 'name']);
    expect(await invite({ name: 'owen' })).toEqual([200, undefined, undefined]);
    expect(await invite({ name: 'vic', isNew: true })).toEqual([200, undefined, undefined]);
  });

  it('notes every change and every look at a secret, without the secret', async () => {
    const headers = await signedIn('anna');
    const key = 'k'.repeat(40);
    await call('POST', '/apps', { body: { id: 7, key }, headers });
    await call('GET', '/apps/7?reveal=true', { headers });
    await call('GET', '/apps/7', { headers });
    await call('POST', '/apps', { body: { id: 7 }, headers });
    const { entries } = (await call('GET', '/audit?limit=3', { headers })).body;
    expect(entries.map((one: Json) => [one.who, one.ip, one.operation, one.app, one.outcome])).toEqual([
      ['anna', '10.0.0.1', 'app.create', 7, 'bad_params'],
      ['anna', '10.0.0.1', 'app.show', 7, 'console_forbidden'],
      ['anna', '10.0.0.1', 'app.create', 7, 'ok'],
    ]);
    expect(JSON.stringify(entries)).not.toContain(key);
    const mine = (await call('GET', '/audit?app=7&who=anna', { headers })).body.entries;
    expect(mine).toHaveLength(3);
    const page = (await call('GET', '/audit?limit=1', { headers })).body;
    const next = (await call('GET', `/audit?limit=1&before=${page.next}`, { headers })).body;
    expect(next.entries[0].operation).toBe('app.show');
  });

  it('notes of the addresses of webhooks and pushes where they go, and nothing that may be a secret', async () => {
    const headers = await signedIn('anna');
    await call('POST', '/apps', { body: { id: 7 }, headers });
    const secret = 'hidden-in-the-url';
    const add = async (id: string, url: string) =>
      (await call('POST', '/apps/7/endpoints', { body: { id, url }, headers })).status;
    expect(await add('one', `https://hooks.example.com/services/T0/${secret}`)).toBe(200);
    expect(await add('two', `https://hooks.example.com:8443/?token=${secret}`)).toBe(200);
    expect(await add('three', `https://me:${secret}@hooks.example.com/`)).toBe(400);
    expect(await add('four', `hooks.example.com/services/${secret}`)).toBe(400);
    expect(await add('five', 'https://hooks.example.com')).toBe(200);
    const push = { kind: 'webhook', url: `https://push.example.com/${secret}` };
    expect((await call('PUT', '/apps/7/push-providers/own', { body: push, headers })).status).toBe(200);
    expect((await call('POST', '/apps/7/endpoints/five/pause', { headers })).status).toBe(200);
    const replay = { body: { parked: true, endpoint: 'five' }, headers };
    expect((await call('POST', '/apps/7/webhooks/replay', replay)).status).toBe(200);
    const entries = await scene.store.console.auditLog({ limit: 8 });
    expect(JSON.stringify(entries)).not.toContain(secret);
    const noted = entries.map(({ input }) => JSON.parse(input) as Json).reverse();
    expect(noted.slice(0, 6).map(({ url }) => url)).toEqual([
      'https://hooks.example.com/•••',
      'https://hooks.example.com:8443/•••',
      'https://hooks.example.com/•••',
      '•••',
      'https://hooks.example.com',
      'https://push.example.com/•••',
    ]);
    expect(noted[7].endpoint).toBe('five');
  });

  it('serves programs with a token of their own, which is shown once and can be taken away', async () => {
    const headers = await signedIn('anna');
    const made = await call('POST', '/tokens', { body: { label: 'deploy', role: 'operator', days: 1 }, headers });
    const { text, id } = made.body;
    expect(text).toMatch(/^rbt_[0-9a-f]{12}_[\w-]{43}$/);
    const program = { authorization: `Bearer ${text}` };
    expect((await call('GET', '/session', { headers: program })).body).toEqual({
      name: `token:${id}`,
      role: 'operator',
    });
    expect((await call('POST', '/apps', { body: {}, headers: program })).status).toBe(403);
    expect((await call('GET', '/apps', { headers: program })).status).toBe(200);
    expect(JSON.stringify((await call('GET', '/tokens', { headers })).body)).not.toContain(text.slice(-20));
    expect((await call('GET', '/apps', { headers: { authorization: `Bearer ${text}x` } })).status).toBe(401);
    expect((await call('GET', '/apps', { headers: { authorization: `Bearer ${text.slice(0, -2)}AA` } })).status).toBe(
      401,
    );
    scene.clock.advance(86_400_000);
    expect((await call('GET', '/apps', { headers: program })).status).toBe(401);
    expect((await call('DELETE', `/tokens/${id}`, { headers: await signedIn('anna') })).status).toBe(200);
  });

  it('says what is wrong with a request', async () => {
    const headers = await signedIn('anna');
    const error = async (method: string, path: string, body?: unknown) => {
      const answer = await call(method, path, { headers, ...(body !== undefined && { body }) });
      return [answer.status, answer.body.error.field];
    };
    expect(await error('GET', '/apps/none')).toEqual([400, 'id']);
    expect(await error('GET', '/apps/7')).toEqual([404, undefined]);
    expect(await error('POST', '/apps', { colour: 'blue' })).toEqual([400, 'colour']);
    expect(await error('POST', '/apps', ['x'])).toEqual([400, undefined]);
    expect(await error('POST', '/apps', { name: 'x'.repeat(70_000) })).toEqual([413, undefined]);
    expect(await error('GET', '/audit?limit=5000')).toEqual([400, 'limit']);
    expect(await error('POST', '/session', { name: 7 })).toEqual([400, undefined]);
  });

  it('describes itself: every operation has an address of its own', async () => {
    const { body } = await call('GET', '/openapi.json');
    const ids = Object.values(body.paths as Record<string, Record<string, Json>>).flatMap((one) =>
      Object.values(one).map(({ operationId }) => operationId),
    );
    const session = ids.filter((id) => id.startsWith('session.'));
    expect(session).toHaveLength(6);
    const listed = (operations as readonly { readonly name: string; readonly local?: true }[]).filter(
      ({ local }) => local !== true,
    );
    expect(ids.filter((id) => !session.includes(id)).sort()).toEqual(
      [...listed, ...streams].map(({ name }) => name).sort(),
    );
    for (const one of Object.values(body.paths as Record<string, Record<string, Json>>).flatMap(Object.values)) {
      for (const { schema } of Object.values(one.responses['200'].content as Record<string, Json>)) {
        expect([one.operationId, Object.keys(schema).length > 0]).toEqual([one.operationId, true]);
      }
    }
  });
});
