import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { Schema } from './schema.ts';
import type { WritingStatement } from './sqlite-batch.ts';

/**
 * The writing statements, each built once. They are known by their number, which is all that crosses to the writer.
 * Placeholders are bound in the order in which the values stand in the builder.
 */

const db = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (one) => new SqliteIntrospector(one),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** Stands where a value will be bound. */
const text = '';
const int = 0;

const eventKey = { app: int, started_at: int, call_id: text, event_seq: int, format: text, part: int };
const outboxRow = {
  app: int,
  endpoint: text,
  started_at: int,
  call_id: text,
  event_seq: int,
  format: text,
  part: int,
  first_at: int,
  attempts: int,
  parked: int,
};

const list = {
  callInsert: db.insertInto('calls').values({ app: int, call_id: text, version: int, next_deadline: int, state: text }),
  callUpdate: db
    .updateTable('calls')
    .set({ version: int, next_deadline: int, state: text })
    .where('app', '=', int)
    .where('call_id', '=', text)
    .where('version', '=', int),
  callDelete: db.deleteFrom('calls').where('app', '=', int).where('call_id', '=', text).where('version', '=', int),
  seatInsert: db.insertInto('seats').values({ app: int, user_id: text, call_id: text, status: text }),
  seatUpdate: db
    .updateTable('seats')
    .set({ status: text })
    .where('app', '=', int)
    .where('user_id', '=', text)
    .where('call_id', '=', text),
  seatDelete: db.deleteFrom('seats').where('app', '=', int).where('user_id', '=', text).where('call_id', '=', text),
  recordInsert: db.insertInto('records').values({
    app: int,
    started_at_s: int,
    call_id: text,
    started_at: int,
    accepted_at: int,
    ended_at: int,
    caller: text,
    media_type: text,
    call_type: text,
    result: text,
    members: text,
    room_id: text,
    room_id_type: int,
    chat_group_id: text,
    summed: int,
  }),
  countAdd: db
    .insertInto('record_counts')
    .values({ app: int, minute: int, call_type: text, result: text, node: text, n: int, answered: int })
    .onConflict((conflict) =>
      conflict.columns(['app', 'minute', 'call_type', 'result', 'node']).doUpdateSet((values) => ({
        n: values('record_counts.n', '+', values.ref('excluded.n')),
        answered: values('record_counts.answered', '+', values.ref('excluded.answered')),
      })),
    ),
  sumAdd: db
    .insertInto('record_sums')
    .values({ app: int, span: int, at: int, call_type: text, result: text, node: text, n: int, answered: int })
    .onConflict((conflict) =>
      conflict.columns(['app', 'span', 'at', 'call_type', 'result', 'node']).doUpdateSet((values) => ({
        n: values('record_sums.n', '+', values.ref('excluded.n')),
        answered: values('record_sums.answered', '+', values.ref('excluded.answered')),
      })),
    ),
  timeAdd: db
    .insertInto('record_times')
    .values({ app: int, span: int, at: int, kind: text, bucket: int, node: text, n: int })
    .onConflict((conflict) =>
      conflict
        .columns(['app', 'span', 'at', 'kind', 'bucket', 'node'])
        .doUpdateSet((values) => ({ n: values('record_times.n', '+', values.ref('excluded.n')) })),
    ),
  recordMemberInsert: db
    .insertInto('record_members')
    .values({ app: int, user_id: text, started_at_s: int, call_id: text, call_type: text, result: text })
    .onConflict((conflict) => conflict.doNothing()),
  recordSummed: db
    .updateTable('records')
    .set({ summed: int })
    .where('app', '=', int)
    .where('started_at_s', '=', int)
    .where('call_id', '=', text),
  historyInsert: db.insertInto('history').values({
    app: int,
    started_at: int,
    call_id: text,
    seq: int,
    event_seq: int,
    at: int,
    type: text,
    cause: text,
    actor: text,
    device: text,
    request_id: text,
    events: text,
  }),
  eventInsert: db
    .insertInto('events')
    .values({ ...eventKey, command: text, event_time: int, body: text, client_ip: text, platform: text })
    .onConflict((conflict) => conflict.doNothing()),
  eventDelete: db
    .deleteFrom('events')
    .where('app', '=', int)
    .where('started_at', '=', int)
    .where('call_id', '=', text)
    .where('event_seq', '=', int)
    .where('format', '=', text)
    .where('part', '=', int),
  outboxInsert: db.insertInto('outbox').values(outboxRow),
  /** As if it had never been tried, whatever has become of it. */
  outboxAgain: db
    .insertInto('outbox')
    .values(outboxRow)
    .onConflict((conflict) =>
      conflict
        .columns(['app', 'endpoint', 'started_at', 'call_id', 'event_seq', 'format', 'part'])
        .doUpdateSet({ first_at: int, attempts: int, parked: int }),
    ),
  outboxDelete: db
    .deleteFrom('outbox')
    .where('app', '=', int)
    .where('endpoint', '=', text)
    .where('started_at', '=', int)
    .where('call_id', '=', text)
    .where('event_seq', '=', int)
    .where('format', '=', text)
    .where('part', '=', int),
  outboxTried: db
    .updateTable('outbox')
    .set({ first_at: int, attempts: int, parked: int })
    .where('app', '=', int)
    .where('endpoint', '=', text)
    .where('started_at', '=', int)
    .where('call_id', '=', text)
    .where('event_seq', '=', int)
    .where('format', '=', text)
    .where('part', '=', int),
  /** Those of the call that come after an event. */
  outboxParkLater: db
    .updateTable('outbox')
    .set({ parked: int })
    .where('app', '=', int)
    .where('endpoint', '=', text)
    .where('started_at', '=', int)
    .where('call_id', '=', text)
    .where((row) => row(row.refTuple('event_seq', 'part'), '>', row.tuple(int, int))),
  /** Of calls up to a time. */
  outboxClear: db
    .deleteFrom('outbox')
    .where('app', '=', int)
    .where('endpoint', '=', text)
    .where('started_at', '<=', int),
  attemptInsert: db
    .insertInto('attempts')
    .values({
      app: int,
      at: int,
      endpoint: text,
      started_at: int,
      call_id: text,
      event_seq: int,
      format: text,
      part: int,
      url: text,
      attempt: int,
      outcome: text,
      status: int,
      took: int,
      error: text,
      answer: text,
      next_at: int,
    })
    // The same event twice within one millisecond: one of them is enough.
    .onConflict((conflict) => conflict.doNothing()),
  attemptDelete: db
    .deleteFrom('attempts')
    .where('app', '=', int)
    .where('at', '=', int)
    .where('endpoint', '=', text)
    .where('started_at', '=', int)
    .where('call_id', '=', text)
    .where('event_seq', '=', int)
    .where('format', '=', text)
    .where('part', '=', int),
  qualityInsert: db
    .insertInto('quality')
    .values({ app: int, started_at: int, call_id: text, at: int, viewer: text, samples: text })
    // Two reports of one device within a millisecond: one of them is enough.
    .onConflict((conflict) => conflict.doNothing()),
  qualityDelete: db
    .deleteFrom('quality')
    .where('app', '=', int)
    .where('started_at', '=', int)
    .where('call_id', '=', text)
    .where('at', '=', int)
    .where('viewer', '=', text),
  endpointSave: db
    .insertInto('endpoints')
    .values({ app: int, id: text, config: text })
    .onConflict((conflict) =>
      conflict.columns(['app', 'id']).doUpdateSet((values) => ({ config: values.ref('excluded.config') })),
    ),
  endpointDelete: db.deleteFrom('endpoints').where('app', '=', int).where('id', '=', text),
  appSave: db
    .insertInto('apps')
    .values({ app: int, config: text })
    .onConflict((conflict) =>
      conflict.column('app').doUpdateSet((values) => ({ config: values.ref('excluded.config') })),
    ),
  /** One that was deleted is there again; nothing but its revoked signatures is left of it. */
  accountInsert: db
    .insertInto('accounts')
    .values({ app: int, user_id: text, nick: text, avatar: text, revoked_at_s: int, created_at: int, deleted_at: int })
    .onConflict((conflict) =>
      conflict.columns(['app', 'user_id']).doUpdateSet((values) => ({ deleted_at: values.ref('excluded.deleted_at') })),
    ),
  accountNick: db.updateTable('accounts').set({ nick: text }).where('app', '=', int).where('user_id', '=', text),
  accountAvatar: db.updateTable('accounts').set({ avatar: text }).where('app', '=', int).where('user_id', '=', text),
  /** Never back to an earlier time, in whatever order two of them arrive. */
  accountRevoke: db
    .updateTable('accounts')
    .set({ revoked_at_s: int })
    .where('app', '=', int)
    .where('user_id', '=', text)
    .where('revoked_at_s', '<', int),
  accountRemove: db
    .updateTable('accounts')
    .set({ deleted_at: int, nick: text, avatar: text })
    .where('app', '=', int)
    .where('user_id', '=', text),
  profileSave: db
    .insertInto('profile_items')
    .values({ app: int, user_id: text, tag: text, value: text })
    .onConflict((conflict) =>
      conflict.columns(['app', 'user_id', 'tag']).doUpdateSet((values) => ({ value: values.ref('excluded.value') })),
    ),
  profileDrop: db
    .deleteFrom('profile_items')
    .where('app', '=', int)
    .where('user_id', '=', text)
    .where('tag', '=', text),
  profileClear: db.deleteFrom('profile_items').where('app', '=', int).where('user_id', '=', text),
  groupInsert: db.insertInto('chat_groups').values({
    app: int,
    group_id: text,
    type: text,
    place: int,
    name: text,
    introduction: text,
    notification: text,
    face_url: text,
    owner: text,
    created_at: int,
    info_seq: int,
    last_info_at: int,
    max_members: int,
    member_count: int,
    next_place: int,
    apply_join: text,
    invite_join: text,
    mute_all: int,
    data: text,
  }),
  groupUpdate: db
    .updateTable('chat_groups')
    .set({
      name: text,
      introduction: text,
      notification: text,
      face_url: text,
      owner: text,
      info_seq: int,
      last_info_at: int,
      max_members: int,
      member_count: int,
      next_place: int,
      apply_join: text,
      invite_join: text,
      mute_all: int,
      data: text,
    })
    .where('app', '=', int)
    .where('group_id', '=', text),
  groupDelete: db.deleteFrom('chat_groups').where('app', '=', int).where('group_id', '=', text),
  groupCount: db
    .insertInto('group_counts')
    .values({ app: int, type: text, node: text, n: int })
    .onConflict((conflict) =>
      conflict
        .columns(['app', 'type', 'node'])
        .doUpdateSet((values) => ({ n: values('group_counts.n', '+', values.ref('excluded.n')) })),
    ),
  groupMemberInsert: db.insertInto('group_members').values({
    app: int,
    group_id: text,
    place: int,
    user_id: text,
    role: text,
    joined_at: int,
    name_card: text,
    data: text,
  }),
  groupMemberDelete: db
    .deleteFrom('group_members')
    .where('app', '=', int)
    .where('group_id', '=', text)
    .where('user_id', '=', text),
  groupMemberRole: db
    .updateTable('group_members')
    .set({ role: text })
    .where('app', '=', int)
    .where('group_id', '=', text)
    .where('user_id', '=', text),
  groupMembersClear: db.deleteFrom('group_members').where('app', '=', int).where('group_id', '=', text),
  operatorSave: db
    .insertInto('operators')
    .values({ name: text, config: text })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((values) => ({ config: values.ref('excluded.config') })),
    ),
  operatorDelete: db.deleteFrom('operators').where('name', '=', text),
  consoleSessionSave: db
    .insertInto('console_sessions')
    .values({ hash: text, config: text })
    .onConflict((conflict) =>
      conflict.column('hash').doUpdateSet((values) => ({ config: values.ref('excluded.config') })),
    ),
  consoleSessionTouch: db.updateTable('console_sessions').set({ config: text }).where('hash', '=', text),
  consoleSessionDelete: db.deleteFrom('console_sessions').where('hash', '=', text),
  consoleLinkSave: db
    .insertInto('console_links')
    .values({ hash: text, config: text })
    .onConflict((conflict) =>
      conflict.column('hash').doUpdateSet((values) => ({ config: values.ref('excluded.config') })),
    ),
  consoleLinkDelete: db.deleteFrom('console_links').where('hash', '=', text),
  apiTokenSave: db
    .insertInto('api_tokens')
    .values({ id: text, config: text })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((values) => ({ config: values.ref('excluded.config') })),
    ),
  apiTokenTouch: db.updateTable('api_tokens').set({ config: text }).where('id', '=', text),
  apiTokenDelete: db.deleteFrom('api_tokens').where('id', '=', text),
  auditInsert: db
    .insertInto('audit_log')
    .values({ place: int, at: int, who: text, ip: text, operation: text, app: int, input: text, outcome: text }),
  auditEnd: db.updateTable('audit_log').set({ outcome: text }).where('place', '=', int),
  auditDelete: db.deleteFrom('audit_log').where('place', '=', int),
  recordDelete: db
    .deleteFrom('records')
    .where('app', '=', int)
    .where('started_at_s', '=', int)
    .where('call_id', '=', text),
  recordMemberDelete: db
    .deleteFrom('record_members')
    .where('app', '=', int)
    .where('user_id', '=', text)
    .where('started_at_s', '=', int)
    .where('call_id', '=', text),
  sumsDelete: db.deleteFrom('record_sums').where('app', '=', int).where('span', '=', int).where('at', '<', int),
  timesDelete: db.deleteFrom('record_times').where('app', '=', int).where('span', '=', int).where('at', '<', int),
  mediaEventInsert: db
    .insertInto('media_events')
    .values({ app: int, started_at: int, call_id: text, at: int, n: int, node: text, event: text })
    .onConflict((conflict) => conflict.doNothing()),
  mediaEventDelete: db
    .deleteFrom('media_events')
    .where('app', '=', int)
    .where('started_at', '=', int)
    .where('call_id', '=', text),
  pushProviderSave: db
    .insertInto('push_providers')
    .values({ app: int, name: text, config: text })
    .onConflict((conflict) =>
      conflict.columns(['app', 'name']).doUpdateSet(({ ref }) => ({ config: ref('excluded.config') })),
    ),
  pushProviderDelete: db.deleteFrom('push_providers').where('app', '=', int).where('name', '=', text),
  pushTokenSave: db
    .insertInto('push_tokens')
    .values({
      app: int,
      user_id: text,
      device: text,
      provider: text,
      channel: text,
      digest: text,
      token: text,
      platform: text,
      updated_at: int,
    })
    .onConflict((conflict) =>
      conflict.columns(['app', 'user_id', 'device', 'provider', 'channel']).doUpdateSet(({ ref }) => ({
        digest: ref('excluded.digest'),
        token: ref('excluded.token'),
        platform: ref('excluded.platform'),
        updated_at: ref('excluded.updated_at'),
      })),
    ),
  pushTokenTake: db
    .deleteFrom('push_tokens')
    .where('app', '=', int)
    .where('provider', '=', text)
    .where('digest', '=', text),
  pushTokenDelete: db
    .deleteFrom('push_tokens')
    .where('app', '=', int)
    .where('user_id', '=', text)
    .where('device', '=', text)
    .where('provider', '=', text)
    .where('channel', '=', text)
    .where('digest', '=', text),
  pushRingSave: db
    .insertInto('push_rings')
    .values({
      app: int,
      call_id: text,
      user_id: text,
      deadline: int,
      started_at: int,
      owner: text,
      state: text,
      targets: text,
      tries: int,
    })
    .onConflict((conflict) =>
      conflict.columns(['app', 'call_id', 'user_id', 'deadline']).doUpdateSet(({ ref }) => ({
        owner: ref('excluded.owner'),
        state: ref('excluded.state'),
        targets: ref('excluded.targets'),
        tries: ref('excluded.tries'),
      })),
    ),
  pushRingDelete: db
    .deleteFrom('push_rings')
    .where('app', '=', int)
    .where('call_id', '=', text)
    .where('user_id', '=', text)
    .where('deadline', '=', int),
  pushLogInsert: db
    .insertInto('push_log')
    .values({ app: int, started_at: int, call_id: text, at: int, n: int, node: text, event: text })
    .onConflict((conflict) => conflict.doNothing()),
  pushLogDelete: db
    .deleteFrom('push_log')
    .where('app', '=', int)
    .where('started_at', '=', int)
    .where('call_id', '=', text)
    .where('at', '=', int)
    .where('n', '=', int)
    .where('node', '=', text),
  countsDelete: db.deleteFrom('record_counts').where('app', '=', int).where('minute', '<', int),
  historyDelete: db
    .deleteFrom('history')
    .where('app', '=', int)
    .where('started_at', '=', int)
    .where('call_id', '=', text)
    .where('seq', '=', int),
} satisfies Record<string, { compile(): CompiledQuery }>;

export type StatementName = keyof typeof list;

const names = Object.keys(list) as StatementName[];

/** The number of each statement. */
export const statementNumber = Object.fromEntries(names.map((name, index) => [name, index])) as Readonly<
  Record<StatementName, number>
>;

/** Insert rows that no other statement of the same batch concerns, in whatever order they come. */
const ofRows = [
  'historyInsert',
  'recordMemberInsert',
  'mediaEventInsert',
  'attemptInsert',
] as const satisfies StatementName[];

/** Rows that are written by one statement where there are as many: to run one costs as much as a row of it. */
export const rowsAtOnce = 4;

/** The numbers of the statements that write so many rows, by the name of the one that writes one. */
export const rowsNumber: ReadonlyMap<StatementName, number> = new Map(
  ofRows.map((name, index) => [name, names.length + index]),
);

/** Statements that must change exactly one row: if they do not, memory and disk disagree. */
const mustChangeOne: ReadonlySet<StatementName> = new Set<StatementName>([
  'callInsert',
  'callUpdate',
  'callDelete',
  'seatInsert',
  'seatUpdate',
  'seatDelete',
  'recordInsert',
  'groupUpdate',
  'groupDelete',
  'groupMemberDelete',
]);

/** The statements; the number of one is its place in this list. */
export const writingStatements: readonly WritingStatement[] = [
  ...names.map((name) => ({ sql: list[name].compile().sql, mustChangeOne: mustChangeOne.has(name) })),
  ...ofRows.map((name) => ({ sql: repeated(list[name].compile().sql), mustChangeOne: false })),
];

/** The insertion of one row as one of several. */
function repeated(sql: string): string {
  return sql.replace(/ values (\([?, ]+\))/, (_, row: string) => ` values ${Array(rowsAtOnce).fill(row).join(', ')}`);
}
