import { nodeId, sdkAppId, userId } from 'ringback-protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { KeptApp } from '../../src/ports/apps.ts';
import type { PendingEvent } from '../../src/ports/outbox.ts';
import { LanePlacements } from '../../src/stores/lane-placements.ts';
import { migrations } from '../../src/stores/migrations/index.ts';
import { openPostgres } from '../../src/stores/postgres.ts';
import { PostgresCallWriter } from '../../src/stores/postgres-call-writer.ts';
import { appliedMigrations, migratePostgres } from '../../src/stores/postgres-migrate.ts';
import { PostgresPool } from '../../src/stores/postgres-pool.ts';
import type { SqlDatabase, SqlSession, SqlValue } from '../../src/stores/sql-database.ts';
import type { Store } from '../../src/stores/store.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testApp } from '../support/test-app.ts';
import {
  acceptWrite,
  alice,
  appA,
  appB,
  bob,
  briefWrite,
  carol,
  endWrite,
  idOf,
  inviteWrite,
  leaveWrite,
  noon,
  startWrite,
} from './support/fake-calls.ts';
import { PostgresServer, postgresPrograms } from './support/postgres-server.ts';

describe.skipIf(postgresPrograms() === undefined)('PostgreSQL', () => {
  let server: PostgresServer;
  let url: string;
  const open: (Store | PostgresPool)[] = [];
  beforeAll(async () => {
    server = await PostgresServer.start();
  }, 120_000);
  beforeEach(async () => {
    url = await server.database();
    return async () => {
      for (const one of open.splice(0)) await one.close();
    };
  });
  afterAll(() => server.dispose());

  const node = async (name: string): Promise<Store> => {
    const store = await openPostgres({ url, node: nodeId(name), clock: new ManualClock() });
    open.push(store);
    return store;
  };
  const pool = (): PostgresPool => {
    const made = new PostgresPool(url);
    open.push(made);
    return made;
  };

  describe('its schema', () => {
    test('is made once, however many nodes start at once', async () => {
      const ran = await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => (await node(name)).migrated));
      const names = migrations.map(({ name }) => name);
      expect(ran.filter(({ length }) => length > 0)).toEqual([names]);
      expect(await appliedMigrations(pool())).toEqual(names);
    });

    test('is taken over from a process that died while it held the lock', async () => {
      const db = pool();
      await migratePostgres(db);
      await db.query("DELETE FROM ringback_migrations WHERE name = '008-revisions'");
      await db.query('DROP TABLE revisions');
      await db.query("INSERT INTO ringback_locks VALUES ('migrations', 'dead', now() - interval '1 second')");
      expect(await migratePostgres(db)).toEqual(['008-revisions']);
      expect((await db.query('SELECT * FROM ringback_locks')).count).toBe(0);
    });

    test('waits for a process that is at it', async () => {
      const db = pool();
      await migratePostgres(db);
      await db.query("DELETE FROM ringback_migrations WHERE name = '008-revisions'");
      await db.query('DROP TABLE revisions');
      await db.query("INSERT INTO ringback_locks VALUES ('migrations', 'other', now() + interval '1 minute')");
      const migrated = migratePostgres(db);
      const early = await Promise.race([migrated, new Promise((resolve) => setTimeout(() => resolve('waits'), 500))]);
      expect(early).toBe('waits');
      await db.query('DELETE FROM ringback_locks');
      expect(await migrated).toEqual(['008-revisions']);
    });

    test('waits for one that is in a long migration, for as long as its transaction holds the lock', async () => {
      const db = pool();
      await migratePostgres(db);
      await db.query("DELETE FROM ringback_migrations WHERE name = '008-revisions'");
      await db.query('DROP TABLE revisions');
      await db.query("INSERT INTO ringback_locks VALUES ('migrations', 'other', now() + interval '1 minute')");
      let migrated: Promise<unknown> = Promise.resolve();
      await pool().transaction(async (session) => {
        await session.query("UPDATE ringback_locks SET until = until + interval '1 second'");
        migrated = migratePostgres(db);
        migrated.catch(() => {});
        // Longer than a statement waits for a row.
        await new Promise((resolve) => setTimeout(resolve, 4000));
        await session.query('DELETE FROM ringback_locks');
      });
      expect(await migrated).toEqual(['008-revisions']);
    });

    test('gets an index while others write to the table, also where an attempt was broken off', async () => {
      const db = pool();
      await migratePostgres(db);
      await db.query("DELETE FROM ringback_migrations WHERE name = '014-indexes'");
      await db.query('DROP INDEX outbox_owner');
      // As an attempt leaves it that was ended while it waited for others.
      const valid = async () =>
        (await db.query('SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)', ['outbox_owner'])).rows;
      const write = (session: SqlSession, call: string) =>
        session.query(
          `INSERT INTO outbox (app, endpoint, started_at, call_id, event_seq, format, part, first_at, attempts, parked)
           VALUES (1, 'e', 1, $1, 1, 'v4', 1, 0, 0, 0)`,
          [call],
        );
      await db.transaction(async (session) => {
        await write(session, 'a');
        await db.apart(async (other) => {
          await other.query("SELECT set_config('statement_timeout', '300', false)");
          const broken = other.query('CREATE INDEX CONCURRENTLY outbox_owner ON outbox (owner)');
          await expect(broken).rejects.toThrow(/timeout/);
        });
      });
      expect(await valid()).toEqual([{ indisvalid: false }]);
      let migrated: Promise<readonly string[]> | undefined;
      await db.transaction(async (session) => {
        await write(session, 'b');
        migrated = migratePostgres(db);
        migrated.catch(() => {});
        // It waits for this transaction, and others go on meanwhile.
        await vi.waitFor(async () => {
          const waits = `SELECT 1 FROM pg_stat_activity
            WHERE query ~ '^(CREATE|DROP) INDEX CONCURRENTLY' AND wait_event_type = 'Lock'`;
          expect((await db.query(waits)).count).toBe(1);
        }, 20_000);
        await write(db, 'c');
        await db.query("UPDATE outbox SET attempts = 1 WHERE call_id = 'c'");
      });
      expect(await migrated).toEqual(['014-indexes']);
      expect(await valid()).toEqual([{ indisvalid: true }]);
      expect(await appliedMigrations(db)).toEqual(migrations.map(({ name }) => name));
      expect((await db.query('SELECT * FROM ringback_locks')).count).toBe(0);
    }, 60_000);

    test('stays locked by who makes an index for hours, also where that one may have a single connection', async () => {
      const db = pool();
      await migratePostgres(db);
      await db.query("DELETE FROM ringback_migrations WHERE name = '014-indexes'");
      await db.query('DROP INDEX outbox_owner');
      const until = async () =>
        (await db.query<{ until: string }>('SELECT until::text AS until FROM ringback_locks')).rows[0]?.until;
      const single = new PostgresPool(url, { connections: 1 });
      open.push(single);
      let migrated: Promise<readonly string[]> | undefined;
      // Nobody waits for the minute that the lock holds.
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      try {
        await db.transaction(async (session) => {
          await session.query("SELECT set_config('idle_in_transaction_session_timeout', '0', true)");
          await session.query('LOCK TABLE outbox IN ROW EXCLUSIVE MODE');
          migrated = migratePostgres(single);
          migrated.catch(() => {});
          await vi.waitFor(async () => {
            const waits = `SELECT 1 FROM pg_stat_activity
              WHERE query ~ '^CREATE INDEX CONCURRENTLY' AND wait_event_type = 'Lock'`;
            expect((await db.query(waits)).count).toBe(1);
          }, 20_000);
          const before = await until();
          expect(before).toBeDefined();
          vi.advanceTimersByTime(15_000);
          await vi.waitFor(async () => expect(await until()).not.toBe(before), 4000);
        });
      } finally {
        vi.useRealTimers();
      }
      expect(await migrated).toEqual(['014-indexes']);
      expect((await db.query('SELECT * FROM ringback_locks')).count).toBe(0);
    }, 60_000);

    test('of a newer version is worked with where it only adds, and else refused with what to do', async () => {
      const db = pool();
      await migratePostgres(db);
      await db.query("INSERT INTO ringback_migrations VALUES ('999-from-the-future', 0)");
      expect((await node('a')).newer).toEqual(['999-from-the-future']);
      await db.query("INSERT INTO ringback_migrations VALUES ('999-from-the-future!', 0)");
      await expect(node('b')).rejects.toThrow(/newer Ringback.*999-from-the-future!/s);
    });
  });

  test('that ends a transaction between two of its statements fails that transaction, and nothing else', async () => {
    const db = pool();
    let went = false;
    const lost = db.transaction(async (session) => {
      await session.query('SELECT 1');
      await server.cut();
      // The end of the connection arrives while nobody asks anything.
      await new Promise((resolve) => setTimeout(resolve, 300));
      went = true;
      await session.query('SELECT 2');
    });
    await expect(lost).rejects.toThrow();
    expect(went).toBe(true);
    expect((await db.query<{ n: number }>('SELECT 3 AS n')).rows).toEqual([{ n: 3 }]);
  });

  test('is waited for in a migration, however long a statement takes, and nowhere else', async () => {
    const hasty = new PostgresPool(url, { patience: 200 });
    open.push(hasty);
    const slow = (mode?: 'unhurried') =>
      hasty.transaction(async (session) => {
        await session.query("SELECT set_config('statement_timeout', '0', true)");
        return (await session.query<{ done: string }>("SELECT 'done' AS done FROM pg_sleep(1.6)")).rows;
      }, mode);
    await expect(slow()).rejects.toThrow(/timeout/i);
    expect(await slow('unhurried')).toEqual([{ done: 'done' }]);
  });

  test('that takes no further connection is noticed before one is needed, and so is that it takes them again', async () => {
    const db = new PostgresPool(url, { probes: 500 });
    open.push(db);
    await db.query('SELECT 1');
    const name = new URL(url).pathname.slice(1);
    await server.ask(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await vi.waitFor(() => expect(db.health.refusedFor).toBeGreaterThan(0), 30_000);
    expect((await db.query<{ n: number }>('SELECT 3 AS n')).rows).toEqual([{ n: 3 }]);
    expect(db.health.silentFor).toBe(0);
    await server.ask(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await vi.waitFor(() => expect(db.health.refusedFor).toBe(0), 30_000);
  }, 90_000);

  test('that answers no more is noticed by what waits for it, and a refusal is an answer', async () => {
    const db = pool();
    await expect(db.query('SELECT 1 / 0')).rejects.toThrow(/division/);
    expect(db.health.silentFor).toBe(0);
    const slow = db.query('SELECT pg_sleep(2)');
    await vi.waitFor(() => expect(db.health.silentFor).toBeGreaterThan(500), 10_000);
    await slow;
    expect(db.health.silentFor).toBe(0);
    await server.stop();
    try {
      await expect(db.query('SELECT 1')).rejects.toThrow();
      expect(db.health.refusedFor).toBeGreaterThan(0);
      await vi.waitFor(() => expect(db.health.silentFor).toBeGreaterThan(500), 10_000);
    } finally {
      await server.run();
    }
    await vi.waitFor(() => db.query('SELECT 1'), 10_000);
    expect([db.health.silentFor, db.health.refusedFor]).toEqual([0, 0]);
  }, 60_000);

  test('that cannot be reached is refused with a sentence that does not tell the password', async () => {
    const elsewhere = 'postgres://ringback:geheim@127.0.0.1:1/ringback';
    const opening = openPostgres({ url: elsewhere, node: nodeId('a'), clock: new ManualClock() });
    await expect(opening).rejects.toThrow(
      /^The database postgres:\/\/127.0.0.1:1\/ringback cannot be used: .*ECONNREFUSED/,
    );
  });

  test('answers to a change only when it is on disk, also where the server is set otherwise', async () => {
    const db = pool();
    await db.query(
      "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET synchronous_commit = off'; END $$",
    );
    const { rows } = await pool().query<{ value: string }>("SELECT current_setting('synchronous_commit') AS value");
    expect(rows).toEqual([{ value: 'on' }]);
  });

  describe('written by two nodes', () => {
    const users = [alice, bob, carol, userId('dave')];

    test('of steps of one call at the same moment one counts, and the others learn what it is now', async () => {
      const [a, b] = [(await node('a')).calls, (await node('b')).calls];
      const start = startWrite({ callId: idOf(1) });
      await a.commit(start);
      expect(await b.load(appA, idOf(1))).toEqual(start.call);
      let { call } = start;
      for (let round = 0; round < 20; round += 1) {
        const [one, two] = [inviteWrite(call, carol), leaveWrite(call, bob)];
        const results = await Promise.all([a.commit(one), b.commit(two)]);
        expect([...results].sort()).toEqual(['ok', 'version']);
        call = results[0] === 'ok' ? one.call : two.call;
        // The one that lost starts from what has won; the one that did not take part knows an old one, and is told.
        const [won, lost] = results[0] === 'ok' ? [a, b] : [b, a];
        expect(await lost.load(appA, idOf(1))).toEqual(call);
        const back = results[0] === 'ok' ? leaveWrite(call, carol) : inviteWrite(call, bob);
        expect(await won.commit(back)).toBe('ok');
        expect(await lost.load(appA, idOf(1))).toEqual(call);
        expect(await lost.isBehind(call)).toBe(true);
        expect(await lost.load(appA, idOf(1))).toEqual(back.call);
        expect(await lost.isBehind(back.call)).toBe(false);
        call = back.call;
      }
      expect(await b.commit(endWrite(call))).toBe('ok');
      expect(await a.isBehind(call)).toBe(true);
      expect(await a.load(appA, idOf(1))).toBeUndefined();
    });

    test('what another says that a call is, is gone on from without a question', async () => {
      const [a, b] = [(await node('a')).calls, (await node('b')).calls];
      const start = startWrite({ callId: idOf(1) });
      await a.commit(start);
      let { call } = start;
      const markOf = (said: typeof call) => {
        const { callId, version, eventSeq } = said;
        return { callId, version, eventSeq, over: false, call: said };
      };
      b.hear(appA, markOf(call));
      // No promise: nothing was asked.
      expect(b.load(appA, idOf(1))).toEqual(call);
      const accept = acceptWrite(call, bob);
      expect(await b.commit(accept)).toBe('ok');
      // What is older than what is known changes nothing.
      b.hear(appA, markOf(call));
      call = accept.call;
      expect(b.load(appA, idOf(1))).toEqual(call);
      // What is news, but does not say what the call is, or speaks of another one: an old one is not gone on from.
      const { call: _, ...bare } = markOf(call);
      for (const mark of [
        bare,
        { ...bare, call: { ...call, version: 7 } },
        { ...bare, call: { ...call, callId: idOf(2) } },
      ]) {
        a.hear(appA, { ...mark, version: mark.version + 1 });
        expect(a.load(appA, idOf(1))).toBeInstanceOf(Promise);
        expect(await a.load(appA, idOf(1))).toEqual(call);
      }
      a.hear(appA, { ...markOf({ ...call, version: 0 }), callId: idOf(3) });
      expect(await a.load(appA, idOf(3))).toBeUndefined();
      // It comes while an own write is under way.
      const [invite, leave] = [inviteWrite(call, carol), leaveWrite(call, bob)];
      const results = await Promise.all([
        a.commit(invite),
        b.commit(leave).then((result) => {
          if (result === 'ok') a.hear(appA, markOf(leave.call));
          return result;
        }),
      ]);
      expect([...results].sort()).toEqual(['ok', 'version']);
      call = results[0] === 'ok' ? invite.call : leave.call;
      expect(await a.load(appA, idOf(1))).toEqual(call);
      expect(await a.commit(endWrite(call))).toBe('ok');
      a.hear(appA, markOf({ ...call, version: 99 }));
      expect(a.load(appA, idOf(1))).toBeUndefined();
    });

    test('nobody is in two calls, whatever both do at once, and what lost leaves nothing', async () => {
      const [a, b] = [(await node('a')).calls, (await node('b')).calls];
      const db = pool();
      for (let round = 0; round < 30; round += 1) {
        const pick = (n: number) => users[(round + n) % 4] as (typeof users)[number];
        const one = startWrite({ callId: idOf(10 * round + 1), caller: pick(0), callees: [pick(1), pick(2)] });
        const two = startWrite({ callId: idOf(10 * round + 2), caller: pick(2), callees: [pick(3)] });
        // Some that are in no one's way go in the same batches.
        const others = [3, 4, 5].map((n) => briefWrite({ callId: idOf(10 * round + n) }));
        const [first, second, ...rest] = await Promise.all([
          a.commit(one),
          b.commit(two),
          a.commit(others[0] as never),
          b.commit(others[1] as never),
          b.commit(others[2] as never),
        ]);
        expect([first, second].sort()).toEqual(['ok', 'seat']);
        expect(rest).toEqual(['ok', 'ok', 'ok']);
        const { rows } = await db.query<{ n: number }>('SELECT count(DISTINCT call_id) AS n FROM seats');
        expect(rows[0]?.n).toBe(1);
        const [won, lost] = first === 'ok' ? [one, two] : [two, one];
        expect(await a.history(appA, lost.callId, 0)).toEqual([]);
        expect(await (first === 'ok' ? b : a).commit(endWrite(won.call))).toBe('ok');
      }
      expect((await db.query('SELECT 1 FROM seats')).count).toBe(0);
      const window = { from: noon / 1000 - 60, to: noon / 1000 + 60, perPage: 1, page: 1 };
      expect((await a.records(appA, window)).total).toBe(120);
    });

    test('what waited for an endpoint that is off does not go to the URL that another node sets', async () => {
      const [a, b] = [await node('a'), await node('b')];
      const endpoint = { app: appA, id: 'crm', format: 'v4', commands: [], secrets: [], token: '' } as const;
      await a.endpoints.save({ ...endpoint, url: 'https://example.com/', state: 'active' });
      await vi.waitFor(() => expect(b.endpoints.get(appA, 'crm')).toBeDefined(), 10_000);
      const event = (n: number): PendingEvent => ({
        ...{ app: appA, endpoint: 'crm', startedAt: noon + n, callId: idOf(n), eventSeq: 1, format: 'v4', part: 0 },
        ...{ eventTime: noon, command: 'Call.CallbackAfterStartCall', body: '{}', clientIp: '', platform: 'Web' },
        ...{ firstAt: 0, attempts: 0 },
      });
      await a.pendingEvents.add(Array.from({ length: 12_000 }, (_, n) => event(n)));
      await a.endpoints.change(appA, 'crm', (kept) => kept && { ...kept, url: '' });
      // It may not have heard of that yet.
      await b.endpoints.change(appA, 'crm', (kept) => kept && { ...kept, url: 'https://example.com/new' });
      const { rows } = await pool().query<{ n: number }>('SELECT count(*) AS n FROM outbox');
      expect(rows).toEqual([{ n: 0 }]);
      await b.pendingEvents.add([event(20_000)]);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect((await pool().query<{ n: number }>('SELECT count(*) AS n FROM outbox')).rows).toEqual([{ n: 1 }]);
      // Of one that is removed and made anew, too.
      await a.pendingEvents.add(Array.from({ length: 12_000 }, (_, n) => event(n)));
      await a.endpoints.remove(appA, 'crm');
      await b.endpoints.save({ ...endpoint, url: 'https://example.com/third', state: 'active' });
      await b.pendingEvents.add([event(20_001)]);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const left = await pool().query('SELECT call_id FROM outbox');
      expect(left.rows).toEqual([{ call_id: idOf(20_001) }]);
    }, 60_000);

    test('an application is changed as it is, not as a node knew it', async () => {
      const [a, b] = [await node('a'), await node('b')];
      await a.apps.save(testApp({ sdkAppId: appA, name: 'first' }));
      await vi.waitFor(() => expect(b.apps.get(appA)?.name).toBe('first'), 10_000);
      // One takes a right away, the other one changes something else at the same time, or before it has heard of it.
      await Promise.all([
        a.apps.change(appA, (app) => ({ ...(app as KeptApp), keys: [], admins: ['ann'] })),
        b.apps.change(appA, (app) => ({ ...(app as KeptApp), name: 'second' })),
      ]);
      const changed = await b.apps.change(appA, (app) => ({ ...(app as KeptApp), disabled: true }));
      expect(changed).toMatchObject({ keys: [], admins: ['ann'], name: 'second', disabled: true });
      expect(b.apps.get(appA)).toEqual(changed);
      await vi.waitFor(() => expect(a.apps.get(appA)).toEqual(changed), 10_000);
      const refused = a.apps.change(appA, () => {
        throw new Error('No.');
      });
      await expect(refused).rejects.toThrow('No.');
      expect(await a.apps.change(appA, (app) => app as KeptApp)).toEqual(changed);
      const made = await Promise.allSettled(
        [a, b].map(({ apps }, n) =>
          apps.change(appB, (known) => {
            if (known !== undefined) throw new Error('There is one.');
            return testApp({ sdkAppId: appB, name: `made ${n}` });
          }),
        ),
      );
      expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    });

    test('what was seen before a connection was lost is asked for again, and not after a refusal', async () => {
      const a = (await node('a')).calls;
      const start = startWrite({ callId: idOf(1) });
      await a.commit(start);
      const db = pool();
      let breaks = 0;
      db.onBreak(() => {
        breaks += 1;
      });
      await expect(db.query('SELECT nothing')).rejects.toThrow('nothing');
      await expect(db.query("SELECT set_config('statement_timeout', '10', false), pg_sleep(0)")).resolves.toBeDefined();
      await expect(db.query('SELECT pg_sleep(1)')).rejects.toThrow('statement timeout');
      expect(breaks).toBe(0);
      expect(a.load(appA, idOf(1))).toEqual(start.call);
      await db.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      await vi.waitFor(() => expect(a.load(appA, idOf(1))).toBeInstanceOf(Promise));
      await vi.waitFor(async () => expect(await a.load(appA, idOf(1))).toEqual(start.call), 5000);
      await expect(db.query('SELECT pg_terminate_backend(pg_backend_pid())')).rejects.toThrow();
      await vi.waitFor(() => expect(breaks).toBeGreaterThan(0));
    });

    test('an application that another one has made is known as soon as a change is refused for it', async () => {
      const [a, b] = [await node('a'), await node('b')];
      const { sdkAppId: id } = await a.apps.change(testApp().sdkAppId, () => testApp());
      const refused = b.apps.change(id, (before) => {
        throw new Error(before === undefined ? 'not there' : 'there');
      });
      await expect(refused).rejects.toThrow(/^there$/);
      expect(b.apps.get(id)?.sdkAppId).toBe(id);
    });

    test('what one changes about applications, endpoints, accounts and the console the other knows soon', async () => {
      const [a, b] = [await node('a'), await node('b')];
      const heard: string[] = [];
      b.apps.onChange(({ name }) => heard.push(name));
      b.endpoints.onChange((_, id, endpoint) => heard.push(`${id} ${endpoint === undefined ? 'gone' : 'there'}`));
      await a.apps.save(testApp({ sdkAppId: appA, name: 'first' }));
      await a.endpoints.save({
        app: appA,
        id: 'crm',
        format: 'v4',
        url: 'https://example.com/',
        commands: [],
        secrets: [],
        token: '',
        state: 'active',
      });
      await a.accounts.ensure(appA, alice);
      expect((await b.accounts.find(appA, [alice])).size).toBe(1);
      await a.accounts.remove(appA, alice, 1_700_000_000);
      await a.console.changeOperator('ann', () => ({ name: 'ann', role: 'owner', password: '', createdAt: noon }));
      await vi.waitFor(() => {
        expect(b.apps.get(appA)?.name).toBe('first');
        expect(b.endpoints.get(appA, 'crm')?.url).toBe('https://example.com/');
        expect(b.accounts.revokedAt(appA, alice)).toBe(1_700_000_000);
        expect(b.console.operator('ann')?.role).toBe('owner');
      }, 10_000);
      expect((await b.accounts.find(appA, [alice])).size).toBe(0);
      const old = b.endpoints.get(appA, 'crm');
      await a.endpoints.change(appA, 'crm', (kept) => kept && { ...kept, state: 'paused' });
      // Not known here yet; a change that goes by what was known is told what it is now, and takes it over.
      expect(await b.endpoints.change(appA, 'crm', (kept) => (kept === old ? undefined : kept))).toMatchObject({
        state: 'paused',
      });
      expect(b.endpoints.get(appA, 'crm')?.state).toBe('paused');
      await a.endpoints.remove(appA, 'crm');
      await vi.waitFor(() => expect(heard).toEqual(['first', 'crm there', 'crm there', 'crm gone']), 10_000);
    });
  });

  test('what two nodes change about one endpoint at the same moment is not lost', async () => {
    const [a, b] = [await node('a'), await node('b')];
    const blank = {
      app: appA,
      format: 'v4',
      url: 'https://example.com/',
      secrets: [],
      token: '',
      state: 'active',
    } as const;
    for (let round = 0; round < 5; round += 1) {
      const id = `e${round}`;
      const words = Array.from({ length: 10 }, (_, n) => `w${n}`);
      await Promise.all(
        words.map((word, n) =>
          (n % 2 === 0 ? a : b).endpoints.change(appA, id, (kept) => ({
            ...blank,
            id,
            commands: [...(kept?.commands ?? []), word],
          })),
        ),
      );
      const { rows } = await pool().query<{ config: string }>('SELECT config FROM endpoints WHERE id = $1', [id]);
      expect((JSON.parse(rows[0]?.config ?? '{}').commands as string[]).sort()).toEqual(words);
    }
  });

  test('what two nodes change about one operator at the same moment is not lost, and one owner stays', async () => {
    const [a, b] = [await node('a'), await node('b')];
    const owner = (name: string) => ({ name, role: 'owner', password: 'old', createdAt: noon }) as const;
    for (const name of ['ann', 'bea']) await a.console.changeOperator(name, () => owner(name));
    await vi.waitFor(() => expect(b.console.operators()).toHaveLength(2), 10_000);
    await Promise.all([
      a.console.changeOperator('ann', (kept) => kept && { ...kept, role: 'viewer' }),
      b.console.changeOperator('ann', (kept) => kept && { ...kept, password: 'new' }),
    ]);
    const kept = async () =>
      (await pool().query<{ config: string }>('SELECT config FROM operators ORDER BY name')).rows.map(
        ({ config }) => JSON.parse(config) as unknown,
      );
    expect(await kept()).toEqual([{ ...owner('ann'), role: 'viewer', password: 'new' }, owner('bea')]);
    await a.console.changeOperator('ann', () => owner('ann'));
    await vi.waitFor(() => expect(b.console.operator('ann')?.role).toBe('owner'), 10_000);
    const keepOne = (all: readonly { readonly role: string }[]): void => {
      if (all.filter(({ role }) => role === 'owner').length === 1) throw new Error('the last owner');
    };
    const done = await Promise.allSettled([
      a.console.changeOperator('ann', (one, all) => {
        keepOne(all);
        return one && { ...one, role: 'viewer' };
      }),
      b.console.removeOperator('bea', keepOne),
    ]);
    expect(done.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await kept()).filter((one) => (one as { role: string }).role === 'owner')).toHaveLength(1);
  });

  describe('whose connections break', () => {
    test('answers rightly to every step: what it calls written is there once, what it calls lost is not', async () => {
      const { calls } = await node('a');
      const app = sdkAppId(1_400_000_099);
      let done = false;
      const cutting = (async () => {
        while (!done) {
          await new Promise((resolve) => setTimeout(resolve, 30));
          await server.cut();
        }
      })();
      const outcomes = new Map<string, string>();
      await Promise.all(
        Array.from({ length: 20 }, async (_, lane) => {
          for (let n = 0; n < 25; n += 1) {
            const start = startWrite({
              app,
              callId: idOf(lane * 100 + n),
              caller: userId(`a${lane}`),
              callees: [userId(`b${lane}`)],
            });
            expect(await calls.commit(start)).toBe('ok');
            const accept = acceptWrite(start.call, userId(`b${lane}`));
            expect(await calls.commit(accept)).toBe('ok');
            // Beside one that ends at its beginning, as with a callee who is busy: of that there is no version to ask for.
            const brief = briefWrite({ app, callId: idOf(50_000 + lane * 100 + n), at: noon + n });
            const both = [calls.commit(endWrite(accept.call)), calls.commit(brief)];
            expect(await Promise.all(both)).toEqual(['ok', 'ok']);
            outcomes.set(start.callId, 'ok');
          }
        }),
      );
      done = true;
      await cutting;
      const db = pool();
      const { rows } = await db.query<{ table: string; n: number }>(
        `SELECT 'records' AS table, count(*) AS n FROM records UNION ALL SELECT 'history', count(*) FROM history
         UNION ALL SELECT 'calls', count(*) FROM calls UNION ALL SELECT 'seats', count(*) FROM seats
         UNION ALL SELECT 'counted', sum(n)::bigint FROM record_counts`,
      );
      expect(Object.fromEntries(rows.map(({ table, n }) => [table, n]))).toEqual({
        records: 1000,
        history: 2000,
        calls: 0,
        seats: 0,
        counted: 1000,
      });
    });

    test('a batch whose answer is lost was written, though one of it cannot be asked for by its version', async () => {
      const { calls } = await node('a');
      const db = pool();
      let lost = 0;
      const losing: SqlDatabase = {
        query: async <Row>(text: string, values?: readonly SqlValue[]) => {
          const answer = await db.query<Row>(text, values);
          if (!text.includes('INSERT INTO history') || lost > 0) return answer;
          lost += 1;
          throw new Error('Connection terminated unexpectedly');
        },
        transaction: (work, mode) => db.transaction(work, mode),
        apart: (work) => db.apart(work),
        close: async () => {},
      };
      const self = nodeId('a.2');
      const writer = new PostgresCallWriter({
        db: losing,
        node: nodeId('a'),
        self,
        placements: new LanePlacements(self),
      });
      const start = startWrite({ callId: idOf(1) });
      expect(await calls.commit(start)).toBe('ok');
      const accept = acceptWrite(start.call, bob);
      const brief = briefWrite({ callId: idOf(2), at: noon });
      expect(await Promise.all([writer.write(accept, () => {}), writer.write(brief, () => {})])).toEqual(['ok', 'ok']);
      expect(lost).toBe(1);
      expect(await writer.write(briefWrite({ callId: idOf(2), at: noon + 1 }), () => {})).toBe('version');
      expect(await calls.read(appA, idOf(1))).toEqual(accept.call);
      const { rows } = await db.query<{ n: number }>('SELECT sum(n)::bigint AS n FROM record_counts');
      expect(rows).toEqual([{ n: 1 }]);
    });

    test('a removal that fails has not come about, and can be asked for again', async () => {
      const { console, endpoints } = await node('a');
      const token = { label: '', role: 'viewer', operator: 'ann', createdAt: noon, expiresAt: 0, usedAt: 0 } as const;
      await console.saveToken({ ...token, id: 't1', hash: 'h1' });
      const session = { operator: 'ann', createdAt: noon, seenAt: noon, ip: '', agent: '' };
      await console.saveSession({ ...session, hash: 's1' });
      const endpoint = { app: appA, id: 'crm', format: 'v4', commands: [], secrets: [], token: '' } as const;
      await endpoints.save({ ...endpoint, url: 'https://example.com/', state: 'active' });
      const heard: boolean[] = [];
      endpoints.onChange((_app, _id, there) => heard.push(there !== undefined));
      const removals = [
        () => console.removeToken('t1'),
        () => console.removeSession('s1'),
        () => endpoints.remove(appA, 'crm'),
      ];
      const there = () => [console.token('t1')?.id, console.session('s1')?.hash, endpoints.get(appA, 'crm')?.id];
      await server.stop();
      for (const remove of removals) await expect(remove()).rejects.toThrow();
      expect(there()).toEqual(['t1', 's1', 'crm']);
      expect(heard).toEqual([false, true]);
      await server.run();
      await vi.waitFor(async () => void (await removals[0]?.()), 10_000);
      for (const remove of removals) await remove();
      expect(there()).toEqual([undefined, undefined, undefined]);
      const { rows } = await pool().query(
        'SELECT id FROM endpoints UNION ALL SELECT id FROM api_tokens UNION ALL SELECT hash FROM console_sessions',
      );
      expect(rows).toEqual([]);
    }, 60_000);

    test('and that is away is refused by name within seconds, and works again when it is back', async () => {
      const { calls } = await node('a');
      const start = startWrite({ callId: idOf(1) });
      expect(await calls.commit(start)).toBe('ok');
      await server.stop();
      const accept = acceptWrite(start.call, bob);
      const refused = calls.commit(accept);
      await expect(refused).rejects.toMatchObject({ reason: 'internal', cause: expect.any(Error) });
      // Callers are told this; where the database is, and what it said, is none of their business.
      await expect(refused).rejects.toThrow(`The change of call ${idOf(1)} could not be written.`);
      await server.run();
      expect(await calls.load(appA, idOf(1))).toEqual(start.call);
      expect(await calls.commit(accept)).toBe('ok');
      expect(await calls.read(appA, idOf(1))).toEqual(accept.call);
    });
  });
});
