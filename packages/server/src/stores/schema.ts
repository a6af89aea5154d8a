import type { Generated } from 'kysely';

/** The tables, as kysely types them. Every key starts with the application. Times in ms unless the name says `_s`. */

interface AppsTable {
  readonly app: number;
  /** The application without its number, as JSON. */
  readonly config: string;
}

interface AccountsTable {
  readonly app: number;
  readonly user_id: string;
  readonly nick: string;
  readonly avatar: string;
  readonly revoked_at_s: number;
  readonly created_at: number;
  /** 0 while the account exists. */
  readonly deleted_at: number;
}

interface ProfileItemsTable {
  readonly app: number;
  readonly user_id: string;
  readonly tag: string;
  /** As JSON. */
  readonly value: string;
}

interface ChatGroupsTable {
  readonly app: number;
  readonly group_id: string;
  readonly type: string;
  /** In the list of the application; rises with time. */
  readonly place: number;
  readonly name: string;
  readonly introduction: string;
  readonly notification: string;
  readonly face_url: string;
  readonly owner: string;
  readonly created_at: number;
  readonly info_seq: number;
  readonly last_info_at: number;
  readonly max_members: number;
  readonly member_count: number;
  /** That the next member gets. */
  readonly next_place: number;
  readonly apply_join: string;
  readonly invite_join: string;
  readonly mute_all: number;
  /** An object as JSON. */
  readonly data: string;
}

interface GroupMembersTable {
  readonly app: number;
  readonly group_id: string;
  /** In the list of members; rises with time. */
  readonly place: number;
  readonly user_id: string;
  readonly role: string;
  readonly joined_at: number;
  readonly name_card: string;
  /** An object as JSON. */
  readonly data: string;
}

interface GroupCountsTable {
  readonly app: number;
  readonly type: string;
  /** Each node counts in rows of its own. */
  readonly node: string;
  readonly n: number;
}

interface CallsTable {
  readonly app: number;
  readonly call_id: string;
  readonly version: number;
  /** 0 when no invitation is open. */
  readonly next_deadline: number;
  /** The call as JSON. */
  readonly state: string;
}

interface SeatsTable {
  readonly app: number;
  readonly user_id: string;
  readonly call_id: string;
  readonly status: string;
  /** The process that keeps the lease of a device in the call; empty where nobody knows, as in embedded mode. */
  readonly holder: Generated<string>;
}

/** The processes that share the database. */
interface NodesTable {
  readonly id: string;
  /** Of the last sign of life, in the database's time; 0 after a good-bye. */
  readonly alive_at: number;
  /** 1: it can tell the others and hear them. */
  readonly bus: number;
  /** Since when it takes part, in the database's time; 0: a version that does not say so. */
  readonly joined_at: Generated<number>;
}

interface RecordsTable {
  readonly app: number;
  readonly started_at_s: number;
  readonly call_id: string;
  readonly started_at: number;
  readonly accepted_at: number;
  readonly ended_at: number;
  readonly caller: string;
  readonly media_type: string;
  readonly call_type: string;
  readonly result: string;
  /** User ids as a JSON array. */
  readonly members: string;
  readonly room_id: string;
  readonly room_id_type: number;
  readonly chat_group_id: string;
  /** 0: from before there were sums, and not in them yet. */
  readonly summed: number;
}

interface HistoryTable {
  readonly app: number;
  /** Of the call. */
  readonly started_at: number;
  readonly call_id: string;
  readonly seq: number;
  readonly event_seq: number;
  readonly at: number;
  readonly type: string;
  readonly cause: string;
  readonly actor: string;
  readonly device: string;
  readonly request_id: string;
  /** The webhook events of the step as a JSON array. */
  readonly events: string;
}

interface EndpointsTable {
  readonly app: number;
  readonly id: string;
  /** The endpoint without its key, as JSON. */
  readonly config: string;
}

/** What webhooks have to tell, once, whoever is told. */
interface EventsTable {
  readonly app: number;
  /** Of the call. */
  readonly started_at: number;
  readonly call_id: string;
  readonly event_seq: number;
  readonly format: string;
  readonly part: number;
  readonly command: string;
  readonly event_time: number;
  /** The payload. */
  readonly body: string;
  readonly client_ip: string;
  readonly platform: string;
}

/** Who is still to be told of an event. */
interface OutboxTable {
  readonly app: number;
  readonly endpoint: string;
  /** Of the call. */
  readonly started_at: number;
  readonly call_id: string;
  readonly event_seq: number;
  readonly format: string;
  readonly part: number;
  /** Of the first attempt; 0 before it. */
  readonly first_at: number;
  /** Those that failed. */
  readonly attempts: number;
  /** 1: given up until somebody asks for it again. */
  readonly parked: number;
  /** The process that delivers the lane, in a store that several share. */
  readonly owner: Generated<string>;
  /** 1: another process has written it, and the owner has not looked for it yet. */
  readonly handed: Generated<number>;
}

/** The log of attempts to deliver events. */
interface AttemptsTable {
  readonly app: number;
  readonly at: number;
  readonly endpoint: string;
  /** Of the call. */
  readonly started_at: number;
  readonly call_id: string;
  readonly event_seq: number;
  readonly format: string;
  readonly part: number;
  /** As configured; what follows it comes from the event. */
  readonly url: string;
  /** From 1. */
  readonly attempt: number;
  /** `delivered`, `failed`, `parked` or `test`. */
  readonly outcome: string;
  readonly status: number;
  readonly took: number;
  readonly error: string;
  readonly answer: string;
  readonly next_at: number;
}

/** What devices report of the quality of their media. */
interface QualityTable {
  readonly app: number;
  /** Of the call. */
  readonly started_at: number;
  readonly call_id: string;
  readonly at: number;
  readonly viewer: string;
  /** As a JSON array. */
  readonly samples: string;
}

interface RecordCountsTable {
  readonly app: number;
  /** Minutes since 1970 of the start of the calls. */
  readonly minute: number;
  readonly call_type: string;
  readonly result: string;
  /** Each node counts in rows of its own, so that nodes never wait for one another. */
  readonly node: string;
  readonly n: number;
  readonly answered: number;
}

/** Who was in which call. */
interface RecordMembersTable {
  readonly app: number;
  readonly user_id: string;
  readonly started_at_s: number;
  readonly call_id: string;
  readonly call_type: string;
  readonly result: string;
}

interface RecordSumsTable {
  readonly app: number;
  /** s: an hour or a day. */
  readonly span: number;
  /** How many spans since 1970. */
  readonly at: number;
  readonly call_type: string;
  readonly result: string;
  readonly node: string;
  readonly n: number;
  readonly answered: number;
}

/** Histograms of answered calls. */
interface RecordTimesTable {
  readonly app: number;
  readonly span: number;
  readonly at: number;
  /** `ring` or `talk`. */
  readonly kind: string;
  readonly bucket: number;
  readonly node: string;
  readonly n: number;
}

/** What became of the media of calls. */
interface MediaEventsTable {
  readonly app: number;
  /** Of the call. */
  readonly started_at: number;
  readonly call_id: string;
  readonly at: number;
  /** Counts those of a node, so that two of a millisecond are two. */
  readonly n: number;
  readonly node: string;
  /** As JSON. */
  readonly event: string;
}

interface OperatorsTable {
  readonly name: string;
  /** As JSON; so are those of the next three. */
  readonly config: string;
}

interface ConsoleSecretsTable {
  readonly hash: string;
  readonly config: string;
}

interface ApiTokensTable {
  readonly id: string;
  readonly config: string;
}

interface AuditLogTable {
  /** Rises with time. */
  readonly place: number;
  readonly at: number;
  readonly who: string;
  readonly ip: string;
  readonly operation: string;
  /** 0 when it is about no application. */
  readonly app: number;
  readonly input: string;
  readonly outcome: string;
}

interface MigrationsTable {
  readonly name: string;
  readonly at: number;
}

export interface Schema {
  readonly apps: AppsTable;
  readonly accounts: AccountsTable;
  readonly profile_items: ProfileItemsTable;
  readonly chat_groups: ChatGroupsTable;
  readonly group_members: GroupMembersTable;
  readonly group_counts: GroupCountsTable;
  readonly calls: CallsTable;
  readonly seats: SeatsTable;
  readonly records: RecordsTable;
  readonly history: HistoryTable;
  readonly endpoints: EndpointsTable;
  readonly events: EventsTable;
  readonly outbox: OutboxTable;
  readonly attempts: AttemptsTable;
  readonly quality: QualityTable;
  readonly record_counts: RecordCountsTable;
  readonly record_members: RecordMembersTable;
  readonly record_sums: RecordSumsTable;
  readonly record_times: RecordTimesTable;
  readonly media_events: MediaEventsTable;
  readonly operators: OperatorsTable;
  readonly console_sessions: ConsoleSecretsTable;
  readonly console_links: ConsoleSecretsTable;
  readonly api_tokens: ApiTokensTable;
  readonly audit_log: AuditLogTable;
  readonly nodes: NodesTable;
  readonly ringback_migrations: MigrationsTable;
}
