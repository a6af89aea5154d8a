import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nodeId } from 'ringback-protocol';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { AdminDoor } from '../../src/admin/http/door.ts';
import { ConsoleAuth } from '../../src/auth/console-auth.ts';
import { PostgresConsole } from '../../src/stores/postgres-console.ts';
import { migratePostgres } from '../../src/stores/postgres-migrate.ts';
import { PgliteDatabase } from '../stores/support/pglite.ts';
import { ManualClock } from '../support/manual-clock.ts';

const from = { ip: '10.0.0.1', agent: '' };
const [old, password] = ['correct horse', 'another horse'];
const clock = new ManualClock();

let db: PgliteDatabase;
/** Of two nodes, which learn of each other when told to. */
let here: { readonly store: PostgresConsole; readonly auth: ConsoleAuth };
let there: typeof here;

beforeAll(async () => {
  db = new PgliteDatabase();
  await migratePostgres(db);
}, 180_000);

afterAll(() => db.close());

const node = async (name: string) => {
  const store = await PostgresConsole.open({ db, node: nodeId(name) });
  return { store, auth: new ConsoleAuth({ store, clock }) };
};
const learn = async (): Promise<void> => {
  for (const { store } of [here, there]) await store.refresh();
};
const reset = async (word: string) => {
  const { secret } = await here.auth.makeLink('anna', 'owner');
  return here.auth.redeem(secret, word, from);
};
const visits = (secret: string) => [here, there].map(({ auth }) => auth.bySession(secret)?.who);

/** Closes what a test has opened. */
const closers: (() => Promise<void>)[] = [];

interface Answer {
  readonly name?: string;
  readonly role?: string;
  readonly error?: { readonly name: string };
}

/** Asks the settings API of a node. */
const doorOf = async ({ store, auth }: typeof here) => {
  const unused = async (): Promise<never> => {
    throw new Error('nobody works here');
  };
  const failures: unknown[] = [];
  const failed = (_: string, error: unknown) => failures.push(error);
  const door = await AdminDoor.open({ operator: unused, openStream: unused, auth, store, clock, failed });
  const arrival = { clientIp: from.ip, https: true };
  const server = createServer((request, response) => door.handle(request, response, arrival));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await door.close();
    expect(failures).toEqual([]);
  });
  const { port } = server.address() as AddressInfo;
  return async (path: string, headers: Readonly<Record<string, string>>, body?: object) => {
    const answer = await fetch(`http://127.0.0.1:${port}/admin${path}`, {
      headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: JSON.parse(text) as Answer };
  };
};
const cookie = (secret: string) => ({ cookie: `__Host-ringback=${secret}` });
const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const madeUp = () => randomBytes(32).toString('base64url');

/** Reads of all sessions since `vi.spyOn`. */
const readsOf = (spy: { readonly mock: { readonly calls: readonly (readonly unknown[])[] } }): number =>
  spy.mock.calls.filter(([sql]) => /FROM console_sessions$/.test(String(sql))).length;

afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers.splice(0)) await close();
});

beforeEach(async () => {
  [here, there] = [await node('n1'), await node('n2')];
  await reset(old);
  await learn();
});

test.each(['before', 'after'])(
  'a password set on one node ends a session made on another %s it, unheard of',
  async (when) => {
    const signIn = () => there.auth.signIn({ name: 'anna', password: old, ...from });
    const early = when === 'before' ? await signIn() : undefined;
    const { secret: good } = await reset(password);
    const { secret } = early ?? (await signIn());
    const visitor = there.auth.bySession(secret);
    expect(visitor?.who).toBe('anna');
    await learn();
    expect([visits(secret), visits(good)]).toEqual([
      [undefined, undefined],
      ['anna', 'anna'],
    ]);
    expect(visitor && [here, there].map(({ auth }) => auth.holds(visitor))).toEqual([false, false]);
  },
);

test('the browser that changes the password is signed in on all nodes', async () => {
  const { secret } = await here.auth.signIn({ name: 'anna', password: old, ...from });
  const visitor = here.auth.bySession(secret);
  if (visitor === undefined) throw new Error('nobody is signed in');
  await there.store.refresh();
  await here.auth.changePassword(visitor, old, password);
  expect(visits(secret)).toEqual(['anna', 'anna']);
  await learn();
  expect(visits(secret)).toEqual(['anna', 'anna']);
});

test('the browser that changed the password stays signed in when another node, which has not heard of it, is asked', async () => {
  const { secret } = await here.auth.signIn({ name: 'anna', password: old, ...from });
  const visitor = here.auth.bySession(secret);
  if (visitor === undefined) throw new Error('nobody is signed in');
  await there.store.refresh();
  await here.auth.changePassword(visitor, old, password);
  clock.advance(60_000);
  // By its request the other node notes a sign of life.
  expect(there.auth.bySession(secret)?.who).toBe('anna');
  // Notes and links are written in turn.
  await there.auth.makeLink('anna', 'owner');
  await learn();
  expect(visits(secret)).toEqual(['anna', 'anna']);
  const { hash } = visitor.session ?? { hash: '' };
  expect([here, there].map(({ store }) => store.session(hash)?.seenAt)).toEqual([clock.now(), clock.now()]);
});

test('who signs in at one node is known at the other at once, by session, token and link', async () => {
  const [ask, askThere] = [await doorOf(here), await doorOf(there)];
  const { headers } = await ask('/session', {}, { name: 'anna', password: old });
  const [sent = ''] = headers.get('set-cookie')?.split(';') ?? [];
  const many = await Promise.all(Array.from({ length: 5 }, () => askThere('/session', { cookie: sent })));
  expect(many.map(({ status, body }) => [status, body.name])).toEqual(Array(5).fill([200, 'anna']));
  const { text } = await here.auth.makeToken({ label: 'x', role: 'viewer', operator: 'anna', expiresAt: 0 });
  expect(await askThere('/session', bearer(text))).toMatchObject({ status: 200, body: { role: 'viewer' } });
  const { secret: first } = await here.auth.makeLink('bea', 'owner');
  expect(await askThere('/link', {}, { link: first })).toMatchObject({ status: 200, body: { name: 'bea' } });
  const { secret: second } = await here.auth.makeLink('bea', 'owner');
  const used = await askThere('/link/use', {}, { link: second, password });
  expect(used).toMatchObject({ status: 200, body: { name: 'bea' } });
  // What was used up there is used up here, though this node has not heard of it.
  expect(await ask('/link/use', {}, { link: second, password })).toMatchObject({ status: 410 });
});

test('made-up secrets, however many, have the database read five times a second at most', async () => {
  const askThere = await doorOf(there);
  const reads = vi.spyOn(db, 'query');
  const begun = performance.now();
  for (const headersOf of [
    () => cookie(madeUp()),
    () => bearer(`rbt_0123456789ab_${madeUp()}`),
    () => cookie(madeUp()),
  ]) {
    const many = await Promise.all(Array.from({ length: 100 }, () => askThere('/session', headersOf())));
    expect(new Set(many.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1);
    expect(many[0]).toMatchObject({ status: 401, body: { error: { name: 'console_session' } } });
  }
  const most = Math.ceil((performance.now() - begun) / 200) + 1;
  expect(readsOf(reads)).toBeLessThanOrEqual(most);
  reads.mockClear();
  // What cannot be a secret is asked of nobody.
  for (const headers of [{}, cookie('short'), bearer('rbt_1_2'), cookie(`${madeUp()}x`)]) {
    expect((await askThere('/session', headers)).status).toBe(401);
  }
  expect((await askThere('/link', {}, { link: 'short' })).status).toBe(410);
  expect(reads).not.toHaveBeenCalled();
});

test('a database that is away leaves it at what a node knows', async () => {
  const askThere = await doorOf(there);
  const { secret } = await there.auth.signIn({ name: 'anna', password: old, ...from });
  vi.spyOn(db, 'query').mockRejectedValue(new Error('the database is away'));
  expect((await askThere('/session', cookie(secret))).status).toBe(200);
  expect((await askThere('/session', cookie(madeUp()))).status).toBe(401);
  vi.restoreAllMocks();
  const { secret: next } = await here.auth.signIn({ name: 'anna', password: old, ...from });
  expect((await askThere('/session', cookie(next))).status).toBe(200);
});

test('wrong sign-ins and made-up links are counted and turned away as ever, whatever is read meanwhile', async () => {
  const askThere = await doorOf(there);
  const signIn = async (word: string) => (await askThere('/session', {}, { name: 'anna', password: word })).body;
  const reads = vi.spyOn(db, 'query');
  const answers: unknown[] = [];
  for (let n = 0; n < 12; n += 1) answers.push((await signIn('wrong horse')).error?.name);
  expect(answers).toEqual([...Array(10).fill('console_sign_in'), 'console_wait', 'console_wait']);
  expect(readsOf(reads)).toBe(0);
  const asks = Array.from({ length: 32 }, () => askThere('/link', {}, { link: madeUp() }));
  const names = (await Promise.all(asks)).map(({ body }) => body.error?.name);
  const wait = names.filter((name) => name === 'console_wait').length;
  expect([wait, names.filter((name) => name === 'console_link').length]).toEqual([2, 30]);
});
