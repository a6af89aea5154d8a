import type { NodeId } from 'ringback-protocol';
import type { CallWrite, CommitResult } from '../ports/store.ts';
import { sameLane } from './lane-rows.ts';
import { recordColumns } from './record-rows.ts';
import { bucketsOf, spans } from './record-sums.ts';
import type { SqlSession, SqlValue } from './sql-database.ts';

/** A table of values: its name in the statement, and the type of each column. `n` is the number of the write in the batch. */
const inputs = {
  w: {
    n: 'int',
    app: 'bigint',
    call_id: 'text',
    expects: 'bigint',
    version: 'bigint',
    next_deadline: 'bigint',
    state: 'text',
    over: 'int',
  },
  s: { n: 'int', app: 'bigint', user_id: 'text', call_id: 'text', status: 'text' },
  u: { n: 'int', app: 'bigint', user_id: 'text', call_id: 'text' },
  r: {
    n: 'int',
    app: 'bigint',
    started_at_s: 'bigint',
    call_id: 'text',
    started_at: 'bigint',
    accepted_at: 'bigint',
    ended_at: 'bigint',
    caller: 'text',
    media_type: 'text',
    call_type: 'text',
    result: 'text',
    members: 'text',
    room_id: 'text',
    room_id_type: 'int',
    chat_group_id: 'text',
    /** Buckets of the times; -1 when nobody answered. */
    ring: 'int',
    talk: 'int',
  },
  m: {
    n: 'int',
    app: 'bigint',
    user_id: 'text',
    started_at_s: 'bigint',
    call_id: 'text',
    call_type: 'text',
    result: 'text',
  },
  h: {
    n: 'int',
    app: 'bigint',
    started_at: 'bigint',
    call_id: 'text',
    seq: 'bigint',
    event_seq: 'bigint',
    at: 'bigint',
    type: 'text',
    cause: 'text',
    actor: 'text',
    device: 'text',
    request_id: 'text',
    events: 'text',
  },
  e: {
    n: 'int',
    app: 'bigint',
    started_at: 'bigint',
    call_id: 'text',
    event_seq: 'bigint',
    format: 'text',
    part: 'bigint',
    command: 'text',
    event_time: 'bigint',
    body: 'text',
    client_ip: 'text',
    platform: 'text',
  },
  o: {
    n: 'int',
    app: 'bigint',
    endpoint: 'text',
    started_at: 'bigint',
    call_id: 'text',
    event_seq: 'bigint',
    format: 'text',
    part: 'bigint',
  },
} as const;

type Input = keyof typeof inputs;
type RowOf<Name extends Input> = {
  readonly [Column in keyof (typeof inputs)[Name]]: string | number;
};

const inputNames = Object.keys(inputs) as Input[];
const columnsOf = (name: Input): readonly string[] => Object.keys(inputs[name]);
/** All but the number of the write: what the table has, too. */
const kept = (name: Input, table = ''): string =>
  columnsOf(name)
    .slice(1)
    .map((column) => (table === '' ? column : `${table}.${column}`))
    .join(', ');

let parameters = 0;
const given = inputNames.map((name) => {
  const arrays = Object.values(inputs[name]).map((type) => {
    parameters += 1;
    return `$${parameters}::${type}[]`;
  });
  return `${name} AS MATERIALIZED (SELECT * FROM unnest(${arrays.join(', ')}) AS t(${columnsOf(name).join(', ')}))`;
});

const [counter, self] = [`$${parameters + 1}::text`, `$${parameters + 2}::text`];

const good = 'n IN (SELECT n FROM good)';
const insert = (name: Input, table: string): string =>
  `INSERT INTO ${table} (${kept(name)}) SELECT ${kept(name)} FROM ${name} WHERE ${good}`;

/**
 * Writes a batch of steps. Each stands alone: one whose call or seats are not as expected changes nothing and is answered
 * by its number. What others change while the statement runs makes it fail as a whole, by a division by zero or a key that
 * is there already; asked again, it sees what they did.
 */
const statement = `WITH ${given.join(',\n')},
stale AS MATERIALIZED (
  SELECT w.n FROM w LEFT JOIN calls c ON c.app = w.app AND c.call_id = w.call_id
  WHERE coalesce(c.version, 0) <> w.expects),
taken AS MATERIALIZED (
  SELECT DISTINCT s.n FROM s JOIN seats x ON x.app = s.app AND x.user_id = s.user_id WHERE x.call_id <> s.call_id),
good AS MATERIALIZED (SELECT n FROM w EXCEPT SELECT n FROM stale EXCEPT SELECT n FROM taken),
made AS (
  INSERT INTO calls (app, call_id, version, next_deadline, state)
  SELECT app, call_id, version, next_deadline, state FROM w WHERE expects = 0 AND over = 0 AND ${good}
  ON CONFLICT DO NOTHING RETURNING 1),
moved AS (
  UPDATE calls c SET version = w.version, next_deadline = w.next_deadline, state = w.state FROM w
  WHERE c.app = w.app AND c.call_id = w.call_id AND c.version = w.expects AND w.over = 0 AND w.${good} RETURNING 1),
ended AS (
  DELETE FROM calls c USING w
  WHERE c.app = w.app AND c.call_id = w.call_id AND c.version = w.expects AND w.over = 1 AND w.${good} RETURNING 1),
seated AS (
  INSERT INTO seats (app, user_id, call_id, status, holder)
  SELECT app, user_id, call_id, status, CASE status WHEN 'Calling' THEN ${self} ELSE '' END
  FROM s WHERE ${good} ORDER BY app, user_id
  ON CONFLICT (app, user_id) DO UPDATE SET status = excluded.status, holder = excluded.holder
  WHERE seats.call_id = excluded.call_id RETURNING 1),
freed AS (
  DELETE FROM seats x USING u WHERE x.app = u.app AND x.user_id = u.user_id AND x.call_id = u.call_id AND u.${good}),
recorded AS (
  INSERT INTO records (${recordColumns}, summed) SELECT ${recordColumns}, 1 FROM r WHERE ${good}),
listed AS (${insert('m', 'record_members')} ON CONFLICT DO NOTHING),
counted AS (
  INSERT INTO record_counts (app, minute, call_type, result, node, n, answered)
  SELECT app, started_at_s / 60, call_type, result, ${counter}, count(*), count(*) FILTER (WHERE ring >= 0)
  FROM r WHERE ${good} GROUP BY 1, 2, 3, 4
  ON CONFLICT (app, minute, call_type, result, node)
  DO UPDATE SET n = record_counts.n + excluded.n, answered = record_counts.answered + excluded.answered),
summed AS (
  INSERT INTO record_sums (app, span, at, call_type, result, node, n, answered)
  SELECT app, span, started_at_s / span, call_type, result, ${counter}, count(*),
    count(*) FILTER (WHERE ring >= 0)
  FROM r CROSS JOIN (VALUES ${spans.map((span) => `(${span}::bigint)`).join(', ')}) AS spans(span) WHERE ${good}
  GROUP BY 1, 2, 3, 4, 5
  ON CONFLICT (app, span, at, call_type, result, node)
  DO UPDATE SET n = record_sums.n + excluded.n, answered = record_sums.answered + excluded.answered),
timed AS (
  INSERT INTO record_times (app, span, at, kind, bucket, node, n)
  SELECT app, span, started_at_s / span, kind, CASE kind WHEN 'ring' THEN ring ELSE talk END,
    ${counter}, count(*)
  FROM r CROSS JOIN (VALUES ${spans.map((span) => `(${span}::bigint)`).join(', ')}) AS spans(span)
  CROSS JOIN (VALUES ('ring'), ('talk')) AS kinds(kind) WHERE ring >= 0 AND ${good}
  GROUP BY 1, 2, 3, 4, 5
  ON CONFLICT (app, span, at, kind, bucket, node) DO UPDATE SET n = record_times.n + excluded.n),
entered AS (${insert('h', 'history')}),
told AS (${insert('e', 'events')} ON CONFLICT DO NOTHING),
lanes AS MATERIALIZED (
  SELECT o.*, coalesce((
      SELECT x.owner FROM outbox x WHERE ${sameLane('x', 'o')} AND x.parked = 0 ORDER BY x.event_seq, x.part LIMIT 1
    ), ${self}) AS owner,
    EXISTS (SELECT 1 FROM outbox x WHERE ${sameLane('x', 'o')} AND x.parked = 0
      AND (x.handed = 1 OR x.owner <> ${self})) AS unheard
  FROM (SELECT DISTINCT n, app, endpoint, started_at, call_id FROM o WHERE ${good}) o),
queued AS (
  INSERT INTO outbox (${kept('o')}, first_at, attempts, parked, owner, handed)
  SELECT ${kept('o', 'o')}, 0, 0, 0, l.owner, CASE l.owner WHEN ${self} THEN 0 ELSE 1 END
  FROM o JOIN lanes l ON l.n = o.n AND l.endpoint = o.endpoint)
SELECT ARRAY(SELECT n FROM stale) AS stale, ARRAY(SELECT n FROM taken) AS taken,
  (SELECT json_agg(json_build_array(n, endpoint, owner)) FROM lanes WHERE owner <> ${self} OR unheard)::text AS placed,
  1 / CASE WHEN (SELECT count(*) FROM made) + (SELECT count(*) FROM moved) + (SELECT count(*) FROM ended)
      = (SELECT count(*) FROM w WHERE ${good} AND NOT (expects = 0 AND over = 1))
    AND (SELECT count(*) FROM seated) = (SELECT count(*) FROM s WHERE ${good})
    THEN 1 ELSE 0 END AS held`;

/** Who writes: the node, which counts its records, and the process, which keeps the leases of those whom it puts into calls. */
export interface BatchWriter {
  readonly node: NodeId;
  readonly self: NodeId;
}

/** What became of the steps of a batch. */
export interface Written {
  readonly results: readonly CommitResult[];
  /** By the number of the step: of which of its endpoints another node has the lane, or this one with events to look for. */
  readonly placed: ReadonlyMap<number, ReadonlyMap<string, NodeId | ''>>;
}

/**
 * Writes the steps, durably, in one statement; says for each what became of it. No two of them may be of the same call or
 * concern the same user. `node` counts records, `self` owns the lanes of what is to be told.
 */
export async function writeBatch(
  db: SqlSession,
  { node, self }: BatchWriter,
  writes: readonly CallWrite[],
): Promise<Written> {
  const { rows } = await db.query<{ stale: number[]; taken: number[]; placed: string | null }>(statement, [
    ...valuesOf(writes),
    node,
    self,
  ]);
  const results: CommitResult[] = writes.map(() => 'ok');
  for (const n of rows[0]?.taken ?? []) results[n] = 'seat';
  for (const n of rows[0]?.stale ?? []) results[n] = 'version';
  const placed = new Map<number, Map<string, NodeId | ''>>();
  for (const [n, endpoint, owner] of JSON.parse(rows[0]?.placed ?? '[]') as [number, string, NodeId | ''][]) {
    const those = placed.get(n);
    if (those === undefined) placed.set(n, new Map([[endpoint, owner]]));
    else those.set(endpoint, owner);
  }
  return { results, placed };
}

function valuesOf(writes: readonly CallWrite[]): SqlValue[] {
  const columns = Object.fromEntries(
    inputNames.map((name) => [name, columnsOf(name).map((): (string | number)[] => [])]),
  ) as unknown as Record<Input, (string | number)[][]>;
  const add = <Name extends Input>(name: Name, row: RowOf<Name>): void => {
    const values = row as Record<string, string | number>;
    columnsOf(name).forEach((column, at) => {
      columns[name][at]?.push(values[column] as string | number);
    });
  };
  writes.forEach((write, n) => {
    const { app, callId: call_id, call, record, history, origin } = write;
    const { startedAt: started_at } = call;
    const over = call.endedAt === 0 ? 0 : 1;
    const state = over === 1 ? '' : JSON.stringify(call);
    const { expects, nextDeadline: next_deadline } = write;
    add('w', { n, app, call_id, expects, version: call.version, next_deadline, state, over });
    for (const { userId: user_id, status } of write.seats) add('s', { n, app, user_id, call_id, status });
    for (const user_id of write.unseats) add('u', { n, app, user_id, call_id });
    if (record !== undefined) {
      add('r', {
        n,
        app,
        started_at_s: Math.floor(record.startedAt / 1000),
        call_id,
        started_at: record.startedAt,
        accepted_at: record.acceptedAt,
        ended_at: record.endedAt,
        caller: record.caller,
        media_type: record.mediaType,
        call_type: record.callType,
        result: record.result,
        members: JSON.stringify(record.members),
        room_id: record.roomId,
        room_id_type: record.roomIdType,
        chat_group_id: record.chatGroupId,
        ...bucketsOf(record),
      });
      const { callType: call_type, result } = record;
      const started_at_s = Math.floor(record.startedAt / 1000);
      for (const user_id of record.members) add('m', { n, app, user_id, started_at_s, call_id, call_type, result });
    }
    const { seq, at, type, cause, actor, device } = history;
    const shared = { seq, event_seq: history.eventSeq, at, type, cause, actor, device, request_id: history.requestId };
    add('h', { n, app, started_at, call_id, ...shared, events: JSON.stringify(history.events) });
    for (const { eventSeq: event_seq, format, part, command, eventTime, body, endpoints } of write.outbox) {
      const { clientIp: client_ip, platform } = origin;
      const told = { command, event_time: eventTime, body, client_ip, platform };
      add('e', { n, app, started_at, call_id, event_seq, format, part, ...told });
      for (const endpoint of endpoints) add('o', { n, app, started_at, call_id, event_seq, format, part, endpoint });
    }
  });
  return inputNames.flatMap((name) => columns[name]);
}
