import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deviceId, requestId, sdkAppId, userId } from 'ringback-protocol';
import { Compile } from 'typebox/compile';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdminDoor } from '../../src/admin/http/door.ts';
import { operations } from '../../src/admin/index.ts';
import type { Operation } from '../../src/admin/operation.ts';
import { leaseKey } from '../../src/calls/lease-keeper.ts';
import type { Cause } from '../../src/calls/requests.ts';
import type { ConsoleRole } from '../../src/ports/console.ts';
import { appA, briefWrite, idOf } from '../stores/support/fake-calls.ts';
import { type AdminScene, adminScene } from '../support/admin-scene.ts';

// biome-ignore lint/suspicious/noExplicitAny: answers are judged by the tests, member by member.
type Json = any;

let scene: AdminScene;
let door: AdminDoor;
let server: Server;
let token: string;
const failures: unknown[] = [];
const restId = requestId(`Id-${'0a'.repeat(16)}-O-Seq-10001`);

beforeEach(async () => {
  scene = await adminScene();
  failures.length = 0;
  door = await AdminDoor.open({
    operator: scene.operator,
    openStream: scene.openStream,
    auth: scene.auth,
    store: scene.store.console,
    clock: scene.clock,
    failed: (_, error) => failures.push(error),
  });
  server = createServer((request, response) => door.handle(request, response, { clientIp: '10.0.0.1', https: true }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  token = await tokenOf('owner');
  await scene.ask('app.create', { id: 7 });
});

afterEach(async () => {
  vi.restoreAllMocks();
  door.endStreams();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await door.close();
  await scene.close();
  expect(failures).toEqual([]);
});

async function tokenOf(role: ConsoleRole, operator = 'cli'): Promise<string> {
  return (await scene.auth.makeToken({ label: 'test', role, operator, expiresAt: 0 })).text;
}

const urlOf = (path: string): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/admin${path}`;

function send(method: string, path: string, body?: unknown, as = token): Promise<Response> {
  return fetch(urlOf(path), {
    method,
    headers: { authorization: `Bearer ${as}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}

const schemas = (operations as readonly unknown[] as readonly Operation[]).map(
  ({ http: [method, path], answer, name }) => ({
    name,
    method,
    path: new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`),
    exact: !path.includes(':'),
    check: Compile(answer),
  }),
);

/** Asks, and checks that what comes back is what the documents promise. */
async function ask(method: string, path: string, body?: unknown, as = token): Promise<Json> {
  const response = await send(method, path, body, as);
  const answer = (await response.json()) as Json;
  if (response.status !== 200) return { status: response.status, ...answer };
  const plain = path.split('?')[0] ?? '';
  const schema = schemas
    .filter((one) => one.method === method && one.path.test(plain))
    .sort((a, b) => Number(b.exact) - Number(a.exact))[0];
  if (schema === undefined) throw new Error(`no operation at ${path}`);
  expect([schema.name, [...schema.check.Errors(answer)]]).toEqual([schema.name, []]);
  return answer;
}

const device = (user: string): Cause => ({
  cause: 'device',
  actor: userId(user),
  device: deviceId('phone'),
  requestId: requestId('x'),
  origin: { clientIp: '192.0.2.1', platform: 'Web' },
});
const rest: Cause = {
  cause: 'rest',
  actor: userId('administrator'),
  device: '',
  requestId: restId,
  origin: { clientIp: '192.0.2.9', platform: 'RESTAPI' },
};

/** A call that rings. */
async function ring(caller: string, callee: string, cause: Cause = device(caller), robot = false) {
  const app = scene.store.apps.get(7) as never;
  for (const user of [caller, callee]) await scene.store.accounts.ensure(sdkAppId(7), userId(user));
  const { callId } = await scene.calls.start(
    app,
    {
      caller: userId(caller),
      robot,
      device: robot ? '' : deviceId('phone'),
      callees: [userId(callee)],
      mediaType: 'Audio',
      chatGroupId: '',
      roomId: '',
      roomIdType: 0,
      userData: '',
      timeout: 30_000,
    },
    cause,
  );
  return callId;
}

/** A call that was answered after `rang` ms, talked in for `talked`, and hung up by its caller. */
async function talk(caller: string, callee: string, rang = 4000, talked = 60_000) {
  const callId = await ring(caller, callee);
  const app = scene.store.apps.get(7) as never;
  scene.clock.advance(rang);
  await scene.calls.apply(
    app,
    callId,
    { type: 'accept', userId: userId(callee), device: deviceId('phone') },
    device(callee),
  );
  // The devices of a test send no pings, so their leases must not run out.
  for (let left = talked; left > 0; left -= 5000) {
    scene.clock.advance(Math.min(5000, left));
    for (const user of [caller, callee])
      scene.calls.leases.heard(leaseKey(sdkAppId(7), userId(user), deviceId('phone')));
  }
  await scene.calls.apply(
    app,
    callId,
    { type: 'hangUp', userId: userId(caller), device: deviceId('phone') },
    device(caller),
  );
  return callId;
}

async function refuse(user: string, callee: string) {
  const callId = await ring(user, callee);
  const event = { type: 'reject', userId: userId(callee), device: deviceId('phone') } as const;
  await scene.calls.apply(scene.store.apps.get(7) as never, callId, event, device(callee));
  scene.clock.advance(1000);
  return callId;
}

describe('records in the settings API', () => {
  it('come newest first, page by page, by result, by user and by id', async () => {
    const ids = [await talk('ann', 'ben'), await refuse('ann', 'cleo'), await refuse('dan', 'ben')];
    const first = await ask('GET', '/apps/7/records?limit=2');
    expect([first.total, first.records.map((one: Json) => one.callId)]).toEqual([3, [ids[2], ids[1]]]);
    const second = await ask('GET', `/apps/7/records?limit=2&after=${encodeURIComponent(first.next)}`);
    expect([second.next, second.records.map((one: Json) => one.callId)]).toEqual([undefined, [ids[0]]]);
    const of = async (query: string) =>
      (await ask('GET', `/apps/7/records?${query}`)).records.map((one: Json) => one.callId);
    expect(await of('user=ben&order=asc')).toEqual([ids[0], ids[2]]);
    expect(await of('result=Reject')).toEqual([ids[2], ids[1]]);
    expect(await of(`callId=${ids[1]}`)).toEqual([ids[1]]);
    expect(await of('callId=nothing')).toEqual([]);
    expect(await of('user=ben&type=MultiCall')).toEqual([]);
    const one = await ask('GET', `/apps/7/records/${ids[0]}`);
    expect(one).toMatchObject({ caller: 'ann', members: ['ann', 'ben'], result: 'NormalEnd', roomIdType: 2 });
    expect(one.acceptedAt - one.startedAt).toBe(4000);
  });

  it('are refused with a code that says why', async () => {
    expect(await ask('GET', '/apps/7/records/x')).toMatchObject({ status: 404, error: { code: 'record_unknown' } });
    expect(await ask('GET', '/apps/7/records?after=x')).toMatchObject({
      status: 400,
      error: { code: 'bad_page', field: 'after' },
    });
    expect(await ask('GET', '/apps/8/records')).toMatchObject({
      status: 404,
      error: { name: 'app_unknown', code: 'app_unknown', data: { app: 8, known: '7' } },
    });
    expect(await ask('GET', '/apps/7/records?result=Maybe')).toMatchObject({
      error: { code: 'field_form', field: 'result' },
    });
  });

  it('are exported whole, with their number first, and no spreadsheet takes a name for a formula', async () => {
    await talk('=1+1', 'ben,"x"');
    for (let n = 0; n < 12; n += 1) await refuse('ann', 'cleo');
    const csv = await send('GET', '/apps/7/exports/records?format=csv');
    expect(csv.headers.get('x-total-count')).toBe('13');
    expect(csv.headers.get('content-disposition')).toMatch(/^attachment; filename="calls-7-.*\.csv"$/);
    const lines = (await csv.text()).split('\r\n');
    expect(lines).toHaveLength(15);
    expect(lines[0]).toBe(
      'CallId,CallType,MediaType,Caller_Account,CalleeList_Account,StartTime,AcceptTime,EndTime,CallResult,RoomId,RoomIdType,ChatGroupId',
    );
    expect(lines[1]).toContain(`,'=1+1,"[""=1+1"",""ben,\\""x\\""""]",`);
    const json = await send('GET', '/apps/7/exports/records?format=jsonl&result=Reject&order=desc');
    expect([json.headers.get('x-total-count'), json.headers.get('content-type')]).toEqual(['12', 'application/jsonl']);
    const rows = (await json.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toHaveLength(12);
    expect(rows[0]).toMatchObject({ Caller_Account: 'ann', CalleeList_Account: ['ann', 'cleo'], CallResult: 'Reject' });
    const { entries } = await ask('GET', '/audit');
    expect(entries.filter((one: Json) => one.operation === 'records.export')).toHaveLength(2);
    expect((await send('GET', '/apps/7/exports/records?format=xls')).status).toBe(400);
  });

  it('are exported to ten at once of one operator at most, and whoever is done or gone makes room', async () => {
    await refuse('ann', 'ben');
    const actor = { who: 'dana', role: 'viewer', ip: '' } as const;
    const open = (gone: AbortController, who: string = actor.who) => {
      const host = { allowed: () => true, signal: gone.signal, closing: () => false };
      return scene.openStream('records.export', { app: 7, format: 'csv' }, { ...actor, who }, host);
    };
    const gone = Array.from({ length: 11 }, () => new AbortController());
    // All at once, so that none is counted only when it is read.
    const all = await Promise.allSettled(gone.map((one) => open(one)));
    const refused = all.filter((one) => one.status === 'rejected');
    expect(refused.map(({ reason }) => [reason.reason, reason.code, reason.data])).toEqual([
      ['console_streams', 'exports_too_many', { most: 10 }],
    ]);
    const other = new AbortController();
    await open(other, 'emil');
    gone[0]?.abort();
    await open(other);
    await expect(open(other)).rejects.toMatchObject({ code: 'exports_too_many' });
    for (const one of [...gone, other]) one.abort();
    const program = await tokenOf('viewer');
    for (let n = 0; n < 12; n += 1) {
      const answer = await send('GET', '/apps/7/exports/records?format=csv', undefined, program);
      expect([answer.status, (await answer.text()).split('\r\n').length]).toEqual([200, 3]);
    }
  });

  it('are exported no further when whoever asked has gone, or may not read them any more', async () => {
    await scene.ask('app.create', { id: Number(appA) });
    const writes = Array.from({ length: 600 }, (_, n) => {
      const people = { caller: userId(`c${n}`), callees: [userId(`d${n}`)] };
      return briefWrite({ callId: idOf(n), at: scene.clock.now() - 3_600_000 + n * 1000, ...people });
    });
    await Promise.all(writes.map((write) => scene.store.calls.commit(write)));
    const text = await tokenOf('viewer');
    const visitor = scene.auth.byToken(text);
    if (visitor === undefined) throw new Error('the token is not known');
    const open = async (signal: AbortSignal) => {
      const host = { allowed: () => scene.auth.holds(visitor), signal, closing: () => false };
      const input = { app: Number(appA), format: 'jsonl' };
      const { headers, pieces } = await scene.openStream('records.export', input, { ...visitor, ip: '' }, host);
      expect(headers['x-total-count']).toBe('600');
      const pages = pieces[Symbol.asyncIterator]();
      expect(String((await pages.next()).value).split('\n')).toHaveLength(501);
      return pages;
    };
    const gone = new AbortController();
    const left = await open(gone.signal);
    gone.abort();
    expect((await left.next()).done).toBe(true);
    const over = new AbortController();
    const barred = await open(over.signal);
    await scene.store.console.removeToken(text.slice(4, 16));
    await expect(barred.next()).rejects.toMatchObject({ reason: 'console_session' });
    over.abort();
  });

  it('are not read for a HEAD, which takes nothing', async () => {
    for (const path of ['/apps/7/exports/records?format=csv', '/calls/stream']) {
      expect([path, (await send('HEAD', path)).status]).toEqual([path, 404]);
    }
  });
});

describe('statistics in the settings API', () => {
  it('count calls by bucket, and say how many were answered and how long they rang and talked', async () => {
    const from = scene.clock.now();
    for (let n = 0; n < 5; n += 1) await talk('ann', 'ben', 4000, 60_000);
    await refuse('ann', 'ben');
    const stats = await ask('GET', `/apps/7/stats?from=${from}&to=${scene.clock.now()}&bucket=60`);
    expect(stats).toMatchObject({ total: 6, answered: 5, bucket: 60, types: { SingleCall: 6, MultiCall: 0 } });
    expect(stats.results).toMatchObject({ NormalEnd: 5, Reject: 1, Offline: 0 });
    expect(stats.buckets.reduce((sum: number, one: Json) => sum + one.n, 0)).toBe(6);
    expect(stats.ring.median).toBeGreaterThan(3300);
    expect(stats.ring.median).toBeLessThan(4800);
    expect(stats.talk.median).toBeGreaterThan(50_000);
    expect(stats.talk.median).toBeLessThan(72_000);
    const year = await ask('GET', `/apps/7/stats?from=${from - 300 * 86_400_000}&to=${scene.clock.now()}`);
    expect([year.total, year.bucket, year.talk.n]).toEqual([6, 604_800, 5]);
    expect(await ask('GET', `/apps/7/stats?from=0&to=${from}&bucket=60`)).toMatchObject({
      status: 400,
      error: { code: 'stats_too_many_buckets', field: 'bucket' },
    });
  });
});

describe('the timeline of a call', () => {
  it('has steps with their reasons, the notices and to whom, and media on one axis', async () => {
    const callId = await talk('ann', 'ben');
    const [record] = (await ask('GET', '/apps/7/records')).records;
    const place = { app: sdkAppId(7), callId, startedAt: record.startedAt };
    scene.store.mediaEvents.add(place, record.acceptedAt, { what: 'moved', from: 'p2p', to: 'sfu' });
    await expect.poll(async () => (await scene.store.mediaEvents.of(place, 9)).length).toBe(1);
    const { call, entries } = await ask('GET', `/apps/7/calls/${callId}/timeline`);
    expect(call).toMatchObject({ live: false, result: 'NormalEnd', members: ['ann', 'ben'] });
    const told = entries.map((one: Json) => {
      if (one.kind === 'step') return `${one.actor} ${one.reason}${one.ends ? ` ends ${one.ends}` : ''}`;
      return one.kind === 'notice' ? `${one.method} ${one.to} ${one.reason ?? ''}`.trim() : `${one.kind} ${one.what}`;
    });
    expect(told).toEqual([
      'ann started',
      'callReceived ben',
      'ben answered',
      'callChanged ann,ben',
      'callEnded ben 7',
      'media moved',
      'ann hungUp ends NormalEnd',
      'callChanged ben',
      'callEnded ann 1',
      'callEnded ben 1',
    ]);
    const cut = await ask('GET', `/apps/7/calls/${callId}/timeline?limit=4`);
    expect([cut.truncated, cut.entries]).toEqual([true, entries.slice(-4)]);
    expect(cut.entries[0]).toMatchObject({ kind: 'step', reason: 'hungUp', ends: 'NormalEnd' });
  });

  it('names the REST request that started or ended it, which leads back to the call', async () => {
    scene.requests.note(
      { requestId: restId, app: sdkAppId(7), clientIp: '192.0.2.9' },
      'call_engine_http_srv/start_call_by_robot',
      0,
      3,
      scene.clock.now(),
    );
    const callId = await ring('robot', 'ben', rest, true);
    scene.clock.advance(1000);
    await ask('POST', `/calls/${callId}/end`, {});
    const { entries } = await ask('GET', `/apps/7/calls/${callId}/timeline`);
    expect(entries[0]).toMatchObject({
      kind: 'request',
      requestId: restId,
      code: 0,
      clientIp: '192.0.2.9',
      remembered: true,
    });
    expect(entries.filter((one: Json) => one.kind === 'step').map((one: Json) => one.reason)).toEqual([
      'startedByServer',
      'endedByOperator',
    ]);
    for (const id of [restId, '0a'.repeat(16)]) {
      expect(await ask('GET', `/requests/${id}`)).toMatchObject({
        callId,
        type: 'start',
        code: 0,
        app: 7,
        remembered: true,
      });
    }
    expect(await ask('GET', `/requests/Id-${'0b'.repeat(16)}-O-Seq-1`)).toMatchObject({
      status: 404,
      error: { code: 'request_unknown' },
    });
    expect((await ask('GET', '/requests?app=7')).requests).toHaveLength(1);
    expect((await ask('GET', '/requests?failed=true')).requests).toEqual([]);
    expect(await ask('GET', '/requests/rates')).toMatchObject({ nodes: 1, minutes: [{ n: 1, codes: { 0: 1 } }] });
    const until = scene.clock.now() - 3_600_000;
    expect((await ask('GET', `/requests/rates?to=${until}`)).minutes).toEqual([]);
  });
});

describe('users and groups in the settings API', () => {
  it('are imported, found by the beginning of their ids, changed, kicked and deleted', async () => {
    const users = [
      { userId: 'ann b,c', nick: 'Ann' },
      { userId: 'anna' },
      { userId: 'ben' },
      { userId: 'é' },
      { userId: 'ben' },
    ];
    expect(await ask('POST', '/apps/7/users', { users })).toEqual({
      made: 3,
      changed: 0,
      refused: [
        { userId: 'é', code: 'user_id' },
        { userId: 'ben', code: 'twice' },
      ],
    });
    const page = await ask('GET', '/apps/7/users?prefix=ann&limit=1');
    expect([page.users.map((one: Json) => one.userId), page.next]).toEqual([['ann b,c'], 'ann b,c']);
    const next = await ask('GET', `/apps/7/users?prefix=ann&limit=1&after=${encodeURIComponent(page.next)}`);
    expect([next.users.map((one: Json) => one.userId), next.next]).toEqual([['anna'], undefined]);
    const path = `/apps/7/users/${encodeURIComponent('ann b,c')}`;
    expect(await ask('PATCH', path, { nick: 'Anne' })).toMatchObject({ nick: 'Anne' });
    scene.presence.online(sdkAppId(7), userId('ann b,c'), { device: deviceId('phone'), platform: 'iOS', since: 5 });
    expect(await ask('GET', path)).toMatchObject({
      nick: 'Anne',
      admin: false,
      callId: '',
      groups: [],
      devices: [{ device: 'phone', platform: 'iOS', since: 5 }],
    });
    await ask('POST', `${path}/kick`, {});
    expect((await ask('GET', path)).kickedAt).toBeGreaterThan(0);
    await ask('DELETE', path);
    expect(await ask('GET', path)).toMatchObject({
      status: 404,
      error: { name: 'account_unknown', code: 'user_unknown' },
    });
    expect(await ask('DELETE', '/apps/7/users/administrator')).toMatchObject({ error: { code: 'user_is_admin' } });
  });

  it('500 of the largest size are imported at once, however their text is written; a stranger’s are not read', async () => {
    const text = '\u{1f600}'.repeat(125);
    const users = Array.from({ length: 500 }, (_, n) => ({
      userId: `${n}`.padStart(32, '"'),
      nick: text,
      avatar: text,
    }));
    const escaped = JSON.stringify({ users }).replace(
      /[^ -~]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    const post = (body: string, as: string) =>
      fetch(urlOf('/apps/7/users'), {
        method: 'POST',
        headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
        body,
      });
    expect(await (await post(escaped, token)).json()).toEqual({ made: 500, changed: 0, refused: [] });
    expect(await scene.ask('users.import', { app: 7, users })).toEqual({ made: 0, changed: 500, refused: [] });
    expect((await ask('GET', `/apps/7/users/${encodeURIComponent(users[499]?.userId ?? '')}`)).avatar).toBe(text);
    const tooLong = await post(' '.repeat(2_100_000), token);
    expect([tooLong.status, await tooLong.json()]).toMatchObject([
      413,
      { error: { message: 'The body must be a JSON object of at most 2048 KiB.' } },
    ]);
    expect((await post(' '.repeat(2_100_000), 'rbt_of_nobody')).status).toBe(401);
    expect((await ask('PATCH', '/apps/7/users/0', { nick: 'x'.repeat(70_000) })).error.message).toContain('64 KiB');
  });

  it('who is online is found among many, a bounded number of accounts at a time', async () => {
    const app = sdkAppId(7);
    const name = (n: number) => `user-${String(n).padStart(4, '0')}`;
    const all = Array.from({ length: 2600 }, (_, n) => ({ userId: name(n) }));
    for (let n = 0; n < all.length; n += 500) await ask('POST', '/apps/7/users', { users: all.slice(n, n + 500) });
    const signIn = (n: number) =>
      scene.presence.online(app, userId(name(n)), { device: deviceId('phone'), platform: 'iOS', since: 5 });
    const find = async (query: string) => {
      const page = await ask('GET', `/apps/7/users?online=true&prefix=user&${query}`);
      return [page.users.map((one: Json) => one.userId), page.next];
    };
    signIn(2550);
    expect(await find('limit=2')).toEqual([[], name(2499)]);
    expect(await find(`limit=2&after=${name(2499)}`)).toEqual([[name(2550)], undefined]);
    for (const n of [1, 2, 700]) signIn(n);
    expect(await find('limit=2')).toEqual([[name(1), name(2)], name(2)]);
    expect(await find(`limit=2&after=${name(2)}`)).toEqual([[name(700)], name(2502)]);
    expect((await ask('GET', '/apps/7/users?online=false&prefix=user&limit=1')).users[0].userId).toBe(name(0));
    expect((await send('GET', '/apps/7/users?online=perhaps')).status).toBe(400);
  });

  it('groups are found by the beginning of their ids', async () => {
    const base = { introduction: '', notification: '', faceUrl: '', maxMembers: 10, applyJoin: 'FreeAccess' };
    const more = { inviteJoin: 'FreeAccess', muteAll: false, data: {}, owner: '', members: [] };
    for (const [groupId, type] of [
      ['room-2', 'Public'],
      ['hall', 'Public'],
      ['room-1', 'Public'],
      ['room-3', 'Community'],
    ]) {
      await scene.store.groups.create(sdkAppId(7), { ...base, ...more, groupId, type, name: '' } as never, 100);
    }
    const find = async (query: string) => {
      const page = await ask('GET', `/apps/7/groups?${query}`);
      return [page.total, page.groups.map((one: Json) => one.groupId), page.next];
    };
    expect(await find('prefix=room&limit=2')).toEqual([4, ['room-1', 'room-2'], 'room-2']);
    expect(await find('prefix=room&limit=2&after=room-2')).toEqual([4, ['room-3'], undefined]);
    expect(await find('prefix=room&type=Community')).toEqual([1, ['room-3'], undefined]);
    expect(await find('prefix=x')).toEqual([4, [], undefined]);
    for (const bad of ['prefix=%C3%A9', 'prefix=room&after=%00', `prefix=${'x'.repeat(65)}`]) {
      expect([bad, (await send('GET', `/apps/7/groups?${bad}`)).status]).toEqual([bad, 400]);
    }
  });

  it('groups are listed page by page, with their members', async () => {
    const base = {
      type: 'Public',
      introduction: '',
      notification: '',
      faceUrl: '',
      maxMembers: 10,
      applyJoin: 'FreeAccess',
      inviteJoin: 'FreeAccess',
      muteAll: false,
      data: {},
    } as const;
    for (const user of ['ann', 'ben', 'cleo']) await scene.store.accounts.ensure(sdkAppId(7), userId(user));
    for (const name of ['one', 'two', 'three']) {
      const members = ['ben', 'cleo'].map(
        (user) => ({ userId: userId(user), role: 'Member', nameCard: '', data: {} }) as const,
      );
      await scene.store.groups.create(sdkAppId(7), { ...base, name, owner: userId('ann'), members } as never, 100);
    }
    const first = await ask('GET', '/apps/7/groups?limit=2');
    expect([first.total, first.groups.map((one: Json) => one.name)]).toEqual([3, ['one', 'two']]);
    const second = await ask('GET', `/apps/7/groups?limit=2&after=${first.next}`);
    expect([second.next, second.groups.map((one: Json) => one.name)]).toEqual([undefined, ['three']]);
    const id = encodeURIComponent(second.groups[0].groupId);
    expect(await ask('GET', `/apps/7/groups/${id}`)).toMatchObject({ name: 'three', owner: 'ann', memberCount: 3 });
    const members = await ask('GET', `/apps/7/groups/${id}/members?limit=2`);
    expect([members.total, members.members.length]).toEqual([3, 2]);
    expect((await ask('GET', `/apps/7/groups/${id}/members?after=${members.next}`)).members).toHaveLength(1);
    expect(await ask('GET', '/apps/7/groups/none')).toMatchObject({ status: 404, error: { code: 'group_unknown' } });
  });
});

describe('settings of an application', () => {
  it('are changed one by one, and given back to the server', async () => {
    const changed = await ask('PATCH', '/apps/7', {
      name: 'Seven',
      allowIps: ['203.0.113.0/24'],
      disabledCommands: ['call_engine_http_srv/end_call'],
      packageExpiresAt: 5,
      settings: { maxMembers: 20, glare: 'busy', rates: { '*': 50 } },
    });
    expect(changed).toMatchObject({
      name: 'Seven',
      allowIps: ['203.0.113.0/24'],
      packageExpiresAt: 5,
      overrides: { maxMembers: 20, glare: 'busy', rates: { '*': 50 } },
      settings: { maxMembers: 20, glare: 'busy', multiDevice: 'ring-all' },
    });
    const back = await ask('PATCH', '/apps/7', { settings: { maxMembers: null } });
    expect([back.overrides.maxMembers, back.settings.maxMembers, back.name]).toEqual([undefined, 9, 'Seven']);
    const code = async (body: object) => (await ask('PATCH', '/apps/7', body)).error.code;
    expect(await code({ allowIps: ['somewhere'] })).toBe('ip_rule_form');
    expect(await code({ disabledCommands: ['a/b'] })).toBe('command_unknown');
    expect(await code({ settings: { rates: { nothing: 1 } } })).toBe('command_unknown');
    expect(await code({ settings: { maxMembers: 1 } })).toBe('field_form');
  });

  it('keys and secrets are shown when they are made, and over HTTP never again', async () => {
    const [key] = (await ask('POST', '/apps', { id: 8 })).keys;
    expect(key.secret).toMatch(/^[0-9a-f]{64}$/);
    expect(await ask('GET', '/apps/8?reveal=true')).toMatchObject({ status: 403, error: { code: 'reveal_local' } });
    expect((await ask('GET', '/apps/8')).keys[0].secret).toBeUndefined();
    await ask('POST', '/apps/8/endpoints', { id: 'crm', url: 'http://127.0.0.1:9/', events: ['end-call'] });
    expect((await send('GET', '/apps/8/endpoints/crm/secrets')).status).toBe(404);
    expect((await scene.ask('app.show', { id: 8, reveal: true })) as Json).toMatchObject({
      keys: [{ secret: key.secret }],
    });
  });
});

describe('the stream of live calls', () => {
  /** Reads events until one fits. */
  async function reader(as = token, query = '') {
    const response = await send('GET', `/calls/stream${query}`, undefined, as);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    const chunks = (response.body as ReadableStream<Uint8Array>).getReader();
    let text = '';
    return {
      cancel: () => chunks.cancel(),
      next: async (): Promise<{ event: string; data: Json } | undefined> => {
        for (;;) {
          const end = text.indexOf('\n\n');
          if (end >= 0) {
            const block = text.slice(0, end);
            text = text.slice(end + 2);
            const [, event = '', data = '{}'] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
            if (event !== '') return { event, data: JSON.parse(data) };
            continue;
          }
          const { done, value } = await chunks.read();
          if (done) return undefined;
          text += new TextDecoder().decode(value);
        }
      },
    };
  }

  it('begins with all calls, tells of each that comes, changes and goes, and ends with the session', async () => {
    const first = await ring('ann', 'ben');
    const program = await tokenOf('viewer');
    const stream = await reader(program);
    expect(await stream.next()).toMatchObject({ event: 'snapshot', data: { total: 1, calls: [{ callId: first }] } });
    const second = await ring('cleo', 'dan');
    expect(await stream.next()).toMatchObject({
      event: 'changes',
      data: { total: 2, calls: [{ callId: second }], ended: [] },
    });
    await ask('POST', `/calls/${first}/end`, {});
    expect(await stream.next()).toMatchObject({
      event: 'changes',
      data: { total: 1, calls: [], ended: [{ app: 7, callId: first }] },
    });
    await scene.store.console.removeToken(program.slice(4, 16));
    expect(await stream.next()).toEqual({ event: 'bye', data: { reason: 'session' } });
    expect(await stream.next()).toBeUndefined();
  });

  it('fills the list up again when some that it shows are over and more are there', async () => {
    const made: string[] = [];
    for (let n = 0; n < 4; n += 1) {
      made.push(await ring(`caller${n}`, `callee${n}`));
      scene.clock.advance(1000);
    }
    const stream = await reader(token, '?limit=2');
    const ids = (data: Json): string[] => data.calls.map((one: Json) => one.callId);
    const first = await stream.next();
    expect([first?.event, ids(first?.data), first?.data.total]).toEqual(['snapshot', made.slice(0, 2), 4]);
    await ask('POST', `/calls/${made[0]}/end`, {});
    expect(await stream.next()).toMatchObject({ event: 'changes', data: { ended: [{ callId: made[0] }], total: 3 } });
    const again = await stream.next();
    expect([again?.event, ids(again?.data), again?.data.total]).toEqual(['snapshot', made.slice(1, 3), 3]);
    await stream.cancel();
  });

  it('is open ten times for one operator at most, and a closed one makes room', async () => {
    const program = await tokenOf('viewer');
    const open = [];
    for (let n = 0; n < 10; n += 1) {
      const one = await reader(program);
      await one.next();
      open.push(one);
    }
    const refused = await send('GET', '/calls/stream', undefined, program);
    expect([refused.status, ((await refused.json()) as Json).error.name]).toEqual([429, 'console_streams']);
    await open[0]?.cancel();
    await expect
      .poll(async () => {
        const again = await send('GET', '/calls/stream', undefined, program);
        await again.body?.cancel();
        return again.status;
      })
      .toBe(200);
    for (const one of open.slice(1)) await one.cancel();
  });
});

describe('roles and trust', () => {
  it('a viewer reads everything but secrets and changes nothing; an operator ends and kicks', async () => {
    await scene.store.accounts.ensure(sdkAppId(7), userId('ben'));
    const [viewer, operator] = [await tokenOf('viewer'), await tokenOf('operator')];
    for (const path of [
      '/apps/7/records',
      '/apps/7/stats',
      '/apps/7/users',
      '/apps/7/groups',
      '/calls',
      '/requests',
      '/requests/rates',
      '/webhooks/health',
    ]) {
      expect([path, (await send('GET', path, undefined, viewer)).status]).toEqual([path, 200]);
    }
    const status = async (method: string, path: string, body: unknown, as: string) =>
      (await send(method, path, body, as)).status;
    expect(await status('POST', '/apps/7/users/ben/kick', {}, viewer)).toBe(403);
    expect(await status('POST', '/apps/7/users/ben/kick', {}, operator)).toBe(200);
    expect(await status('PATCH', '/apps/7', { name: 'x' }, operator)).toBe(403);
    expect(await status('POST', '/apps/7/users', { users: [{ userId: 'x' }] }, operator)).toBe(403);
    const { entries } = await ask('GET', '/audit');
    expect(entries.map((one: Json) => [one.operation, one.outcome])).toContainEqual(['users.kick', 'ok']);
    expect(entries.map((one: Json) => [one.operation, one.outcome])).toContainEqual([
      'users.kick',
      'console_forbidden',
    ]);
  });

  it('a token can never do more than the one who made it, and goes with that one, also when a token made it', async () => {
    for (const [name, role] of [
      ['anna', 'owner'],
      ['bea', 'owner'],
    ] as const) {
      const { secret } = await scene.auth.makeLink(name, role);
      await scene.auth.redeem(secret, 'correct horse', { ip: '10.0.0.9', agent: '' });
    }
    const first = await tokenOf('owner', 'bea');
    const second = (await ask('POST', '/tokens', { label: 'child', role: 'owner' }, first)) as Json;
    expect(second).toMatchObject({ operator: 'bea', role: 'owner', given: 'owner' });
    expect((await ask('POST', '/apps', { id: 20 }, second.text)).id).toBe(20);
    await ask('PUT', '/operators/bea/role', { role: 'viewer' });
    for (const text of [first, second.text]) {
      expect((await send('POST', '/apps', {}, text)).status).toBe(403);
      expect((await send('GET', '/apps', undefined, text)).status).toBe(200);
    }
    expect((await ask('GET', '/tokens')).find((one: Json) => one.id === second.id)).toMatchObject({
      role: 'viewer',
      given: 'owner',
    });
    await ask('DELETE', '/operators/bea');
    for (const text of [first, second.text]) expect((await send('GET', '/apps', undefined, text)).status).toBe(401);
  });

  it('each change is in the audit log before it is made, with its application', async () => {
    const log = async () =>
      (await scene.store.console.auditLog({ limit: 3 })).map((one) => [one.operation, one.app, one.outcome]);
    const callId = await ring('ann', 'ben');
    // What a crash at this moment would leave.
    const applied = vi.spyOn(scene.calls, 'apply').mockRejectedValueOnce(new Error('cut off'));
    const ended = vi.spyOn(scene.store.console, 'auditEnd').mockRejectedValueOnce(new Error('cut off'));
    expect((await send('POST', `/calls/${callId}/end`)).status).toBe(500);
    expect((await log())[0]).toEqual(['calls.end', 7, 'begun']);
    expect(failures.splice(0)).toHaveLength(1);
    expect([applied.mock.calls.length, ended.mock.calls.length]).toEqual([1, 1]);
    await ask('POST', `/calls/${callId}/end`);
    expect((await log())[0]).toEqual(['calls.end', 7, 'ok']);
    expect((await send('POST', `/calls/${idOf(99)}/end`)).status).toBe(404);
    expect((await log())[0]).toEqual(['calls.end', 0, 'no_such_call']);
    const written = vi.spyOn(scene.store.console, 'audit').mockRejectedValueOnce(new Error('the disk is full'));
    expect((await send('POST', '/apps', { id: 21 })).status).toBe(500);
    expect(failures.splice(0)).toHaveLength(1);
    expect([written.mock.calls.length, scene.store.apps.get(21)]).toEqual([1, undefined]);
  });

  it('who signs in or sets a password is in the audit log before it is done', async () => {
    const { console } = scene.store;
    const { secret } = await scene.auth.makeLink('anna', 'owner');
    const headers = { 'content-type': 'application/json' };
    const post = (path: string, body: object) =>
      fetch(urlOf(path), { method: 'POST', headers, body: JSON.stringify(body) }).then(({ status }) => status);
    const claim = { name: 'anna', password: 'correct horse' };
    const full = () => vi.spyOn(console, 'audit').mockRejectedValueOnce(new Error('the disk is full'));
    full();
    expect(await post('/link/use', { link: secret, password: 'correct horse' })).toBe(500);
    expect(console.operator('anna')).toBeUndefined();
    expect(await post('/link/use', { link: secret, password: 'correct horse' })).toBe(200);
    full();
    expect(await post('/session', claim)).toBe(500);
    expect(console.sessions()).toHaveLength(1);
    vi.spyOn(console, 'auditEnd').mockRejectedValueOnce(new Error('cut off'));
    expect(await post('/session', claim)).toBe(200);
    expect(await post('/session', claim)).toBe(200);
    expect(await post('/session', { ...claim, password: 'wrong' })).toBe(401);
    expect((await console.auditLog({ limit: 5 })).map((one) => [one.operation, one.who, one.outcome])).toEqual([
      ['session.signIn', '?anna', 'console_sign_in'],
      ['session.signIn', 'anna', 'ok'],
      ['session.signIn', 'anna', 'begun'],
      ['session.signIn', '?anna', 'internal'],
      ['session.link', 'anna', 'ok'],
    ]);
    expect(failures.splice(0)).toHaveLength(2);
  });

  it('the audit log keeps the start of what is long, and says that it is cut', async () => {
    const users = Array.from({ length: 100 }, (_, n) => ({ userId: `someone-${n}`, nick: `"${'n'.repeat(40)}"` }));
    await ask('POST', '/apps/7/users', { users });
    const [entry] = await scene.store.console.auditLog({ limit: 1 });
    const input = JSON.parse(entry?.input ?? '') as Json;
    expect(input.characters).toBe(JSON.stringify({ users, app: 7 }).length);
    expect(input.cut).toHaveLength(4000);
    expect(input.cut).toContain('"someone-20"');
    expect([entry?.app, entry?.outcome]).toEqual([7, 'ok']);
  });

  it('strangers cannot flood the audit log, nor pass for somebody in it', async () => {
    const rows = async () =>
      (await scene.store.console.auditLog({ limit: 1000 })).filter((one) => one.operation.startsWith('session.'));
    const before = (await rows()).length;
    const post = (path: string, body: object) =>
      fetch(urlOf(path), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    for (let n = 0; n < 13; n += 1) await post('/session', { name: 'cli', password: 'x' });
    for (let n = 0; n < 33; n += 1) await post('/link/use', { link: 'x', password: 'correct horse' });
    const written = (await rows()).slice(0, (await rows()).length - before);
    expect(written.length).toBeLessThanOrEqual(40);
    expect(written.every(({ who }) => who.startsWith('?'))).toBe(true);
    const last = await fetch(urlOf('/link'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ link: 'x' }),
    });
    expect(last.status).toBe(429);
  }, 120_000);
});

describe('URLs and names of push providers and endpoints', () => {
  it('are refused by a word of their own, which pages say in their languages', async () => {
    const flaws = [
      ['url_scheme', 'ftp://a.example', {}],
      ['url_form', 'https://', {}],
      ['url_login', 'https://me:you@a.example/', {}],
      ['url_private', 'http://10.1.2.3/', { address: '10.1.2.3' }],
    ] as const;
    for (const [code, url, data] of flaws) {
      const error = { name: 'bad_params', code, data, field: 'url' };
      const push = await ask('PUT', '/apps/7/push-providers/x', { kind: 'webhook', url });
      expect([code, push]).toMatchObject([code, { status: 400, error }]);
      expect(await ask('POST', '/apps/7/endpoints', { id: 'x', url })).toMatchObject({ status: 400, error });
    }
    const set = { kind: 'webhook', url: 'https://push.example.com/', new: true };
    expect(await ask('PUT', '/apps/7/push-providers/own', set)).toMatchObject({ name: 'own' });
    expect(await ask('PUT', '/apps/7/push-providers/own', set)).toMatchObject({
      status: 400,
      error: { code: 'push_exists', field: 'name', data: { app: 7, provider: 'own' } },
    });
  });
});
