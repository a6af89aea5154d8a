import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Device } from '../../e2e/support/device.ts';
import { RestCaller } from '../../e2e/support/rest.ts';
import { Ringback, until } from '../../e2e/support/ringback.ts';
import { PostgresServer } from '../../packages/server/test/stores/support/postgres-server.ts';

// biome-ignore lint/suspicious/noExplicitAny: payloads are judged member by member.
type Json = any;

/** A customer's server that can be down; the events that it took, by the id of each. */
class Receiver {
  readonly taken = new Map<string, Json>();
  status = 200;
  #server: Server | undefined;

  async open(): Promise<void> {
    this.#server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        if (this.status === 200) this.taken.set(String(request.headers['webhook-id']), JSON.parse(text));
        response.writeHead(this.status).end();
      });
    });
    await new Promise<void>((resolve) => this.#server?.listen(0, '127.0.0.1', resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server?.address() as AddressInfo | undefined)?.port}/calls`;
  }

  of(callId: string): readonly number[] {
    return [...this.taken.values()].filter((one) => idOf(one) === callId).map(({ EventSeq }) => EventSeq);
  }

  close(): void {
    this.#server?.close();
  }
}

const idOf = (body: Json): string => body.CallId ?? body.CallInfo?.CallId ?? body.CallRecord?.CallId;

describe('an installation that moves from SQLite to PostgreSQL', { timeout: 600_000 }, () => {
  const receiver = new Receiver();
  const devices: Device[] = [];
  let postgres: PostgresServer;
  let ringback: Ringback;
  let rest: RestCaller;
  let database: string;

  beforeAll(async () => {
    delete process.env.RINGBACK_E2E_STORE;
    postgres = await PostgresServer.start();
    database = await postgres.database();
    await receiver.open();
    ringback = await Ringback.start();
    rest = new RestCaller(ringback);
  }, 300_000);
  afterAll(async () => {
    for (const one of devices) one.drop();
    rest?.close();
    receiver.close();
    await ringback?.dispose();
    await postgres?.dispose();
  }, 120_000);

  const device = async (userId: string): Promise<Device> => {
    const one = new Device(userId);
    devices.push(one);
    await one.signIn(ringback);
    return one;
  };
  const done = async (command: string, body: unknown): Promise<Json> => {
    const answer: Json = await rest.send(command, body);
    expect([command, answer.ErrorCode, answer.ErrorInfo]).toEqual([command, 0, expect.anything()]);
    return answer;
  };
  const app = ['--app', '1400000077'];

  /** Everything that an operator or a customer can ask for and that does not move by itself. */
  const seen = async (callIds: readonly string[]): Promise<Json> => {
    const json = async (...args: string[]): Promise<Json> => JSON.parse(await ringback.cli(...args, '--json'));
    const now = Math.floor(Date.now() / 1000);
    const records = { StartTime: now - 3600, EndTime: now + 60, Page: 1, NumberPerPage: 100 };
    const [keys, tokens, operators, parked, quality] = await Promise.all([
      json('app', 'show', '1400000077', '--reveal'),
      json('token', 'list'),
      json('console', 'operators'),
      json('webhooks', 'parked', 'crm', ...app),
      json('call', 'quality', callIds[0] ?? '', ...app),
    ]);
    return {
      keys,
      tokens,
      operators,
      parked,
      quality,
      records: (await done('call_record_http_srv/get_record_by_filter', records)).Response,
      groups: await done('group_open_http_svc/get_group_info', { GroupIdList: ['crew'] }).then((one) => one.GroupInfo),
      members: await done('group_open_http_svc/get_group_member_info', { GroupId: 'crew' }).then(
        (one) => one.MemberList,
      ),
      profile: await done('profile/portrait_get', {
        To_Account: ['alice'],
        TagList: ['Tag_Profile_IM_Nick', 'Tag_Profile_Custom_Team'],
      }).then((one) => one.UserProfileItem),
    };
  };

  const move = (): Promise<string> => ringback.cli('migrate', 'sqlite-to-postgres', '--json', '--database', database);

  it('finds everything there, goes on with its calls, and tells its receivers what they have missed', async () => {
    await done('im_open_login_svc/account_import', { UserID: 'alice', Nick: 'Alice' });
    await done('profile/portrait_set', {
      From_Account: 'alice',
      ProfileItem: [{ Tag: 'Tag_Profile_Custom_Team', Value: 'blue' }],
    }).catch(() => {});
    const [alice, bob] = [await device('alice'), await device('bob')];
    const [carol, dave, erin] = [await device('carol'), await device('dave'), await device('erin')];
    await done('group_open_http_svc/create_group', {
      Type: 'Public',
      GroupId: 'crew',
      Name: 'Crew',
      Owner_Account: 'alice',
      MemberList: [{ Member_Account: 'bob' }],
    });
    await ringback.cli('app', 'add-key', '1400000077');
    await ringback.cli('token', 'make', 'deploy', '--role', 'operator');
    await ringback.cli('console', 'link', 'olga');
    await ringback.cli('webhooks', 'add', 'crm', receiver.url, ...app);

    // One call whose events were delivered, and then the receiver goes away.
    const over = (await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' })).callId;
    await bob.ask('accept', { callId: over });
    await alice.ask('hangUp', { callId: over });
    await until(() => (receiver.of(over).length === 4 ? undefined : `of the call came ${receiver.of(over)}`));
    receiver.status = 503;
    const missed = (await carol.ask('call', { callees: ['dave'], mediaType: 'Video' })).callId;
    await dave.ask('reject', { callId: missed });
    // One in which they talk, and one that rings.
    const live = (await alice.ask('call', { callees: ['bob'], mediaType: 'Video' })).callId;
    await bob.ask('accept', { callId: live });
    const ringing = (await carol.ask('call', { callees: ['erin'], mediaType: 'Audio', timeoutMs: 600_000 })).callId;
    await erin.hears('callReceived', (params) => params.callId === ringing);

    // Not while the server is at work.
    await expect(move()).rejects.toThrow(/in use by a Ringback server/);
    await ringback.cli('webhooks', 'pause', 'crm', ...app);
    spoil(join(ringback.data, 'ringback.db'), missed, over);
    const before = await seen([over, missed]);
    expect(before.records.CallRecordList.length).toBe(2);
    expect(before.parked.parked.length).toBeGreaterThan(0);
    rest.close();
    await ringback.kill();
    for (const one of devices) one.drop();

    // Killed in the middle, it leaves nothing but a mark; servers keep away from it.
    await ringback.cli('migrate', 'run', '--database', database);
    await interrupted(database, ringback.data);
    ringback.moveTo(database);
    await expect(ringback.up()).rejects.toThrow(/that was broken off.*once more/s);
    const status = await ringback.cli('migrate', 'status', '--json').catch((error: Json) => error.stdout);
    expect(JSON.parse(status).copying).toBe(true);
    const moved = JSON.parse(await move());
    expect(moved.tables.find((one: Json) => one.table === 'calls').rows).toBe(2);
    expect(moved.tables.find((one: Json) => one.table === 'outbox').rows).toBeGreaterThan(4);
    // And not a second time.
    await expect(move()).rejects.toThrow(/target is not empty/);

    await ringback.up();
    rest = new RestCaller(ringback);
    // Those who talk find their call, and the one that rings is answered.
    const again = devices.map((one) => new Device(one.userId));
    devices.push(...again);
    const [alice2, bob2, carol2, , erin2] = again as [Device, Device, Device, Device, Device];
    for (const one of [alice2, bob2]) expect(await one.signIn(ringback)).toMatchObject({ call: { callId: live } });
    for (const one of [carol2, erin2]) expect(await one.signIn(ringback)).toMatchObject({ call: { callId: ringing } });
    expect(await seen([over, missed])).toEqual(before);
    await erin2.ask('accept', { callId: ringing });
    const info = await done('call_engine_http_srv/get_call_info', { CallId: live });
    expect(info.Response.UserList.map((one: Json) => one.Status)).toEqual(['Calling', 'Calling']);
    await bob2.ask('hangUp', { callId: live });
    await carol2.ask('hangUp', { callId: ringing });

    receiver.status = 200;
    await ringback.cli('webhooks', 'resume', 'crm', ...app);
    for (const callId of [live, ringing]) {
      await until(
        () => (receiver.of(callId).join() === '1,2,3,4' ? undefined : `of ${callId} came ${receiver.of(callId)}`),
        60_000,
      );
    }
    // What was given up before the move can be asked for after it.
    await ringback.cli('webhooks', 'replay', '--failed', ...app);
    await until(
      () => (receiver.of(missed).length > 2 ? undefined : `of ${missed} came ${receiver.of(missed)}`),
      60_000,
    );
    const { Response } = await done('call_record_http_srv/get_record_by_callid', { CallId: live });
    expect(Response.CallRecord).toMatchObject({ CallResult: 'NormalEnd' });
  });

  /** Kills the program while it copies: it waits for a table that the test holds. */
  async function interrupted(url: string, data: string): Promise<void> {
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    // Within its transaction the holder would see what others do as of its first look.
    const looker = new pg.Client({ connectionString: url });
    await looker.connect();
    let child: ChildProcess | undefined;
    try {
      await holder.query('BEGIN');
      await holder.query('LOCK TABLE records IN SHARE MODE');
      const program = join(import.meta.dirname, '../../packages/server/bin/ringback.mjs');
      const args = [program, 'migrate', 'sqlite-to-postgres', '--data', data, '--database', url];
      child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr?.on('data', (chunk) => {
        said += chunk;
      });
      const gone = new Promise((resolve) => child?.once('exit', resolve));
      await until(async () => {
        if (child?.exitCode !== null) throw new Error(`It ended: ${said}`);
        const { rows } = await looker.query("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'");
        return rows.length > 0 ? undefined : 'it does not wait yet';
      }, 60_000);
      child.kill('SIGKILL');
      await gone;
    } finally {
      await looker.end();
      await holder.query('ROLLBACK');
      const { rows } = await holder.query(
        'SELECT (SELECT count(*) FROM apps) AS apps, (SELECT count(*) FROM calls) AS calls',
      );
      await holder.end();
      expect(rows).toEqual([{ apps: '0', calls: '0' }]);
    }
  }

  /** What takes days to come about: events that were given up. And what only browsers report: quality. */
  function spoil(path: string, missed: string, over: string): void {
    const db = new Database(path, { timeout: 10_000 });
    db.prepare('UPDATE outbox SET parked = 1, first_at = 1 WHERE call_id = ?').run(missed);
    const { app: id, started_at: startedAt } = db
      .prepare('SELECT app, started_at FROM records WHERE call_id = ?')
      .get(over) as Json;
    db.prepare("INSERT INTO quality VALUES (?, ?, ?, ?, 'bob', '[]')").run(id, startedAt, over, startedAt + 1000);
    db.close();
  }
});
