import { nodeId } from 'ringback-protocol';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
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
