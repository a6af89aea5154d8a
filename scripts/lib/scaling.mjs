/** The arithmetic of docs/scaling.md: from what things cost to what so many users need. Pure; units stand with each name. */

/** What is assumed of users and machines: default, unit, and what it means. */
export const assumptions = {
  online: {
    standard: 0.2,
    unit: 'share',
    about: 'of the users who are signed in at the busiest time, with one device each',
  },
  callsPerDay: { standard: 1, unit: 'calls', about: 'that a user starts on a day, on the average of all users' },
  busyHour: { standard: 0.15, unit: 'share', about: 'of the calls of a day that fall into its busiest hour' },
  peak: { standard: 1.5, unit: 'factor', about: 'between the busiest seconds of that hour and its average' },
  callSeconds: { standard: 120, unit: 's', about: 'that a call lasts, ringing included' },
  members: { standard: 2, unit: 'devices', about: 'in a call' },
  requestsPerCall: { standard: 1, unit: 'requests', about: 'of the REST API for each call' },
  webhooksPerCall: { standard: 4, unit: 'webhooks', about: 'told of each call, to one endpoint' },
  signInsPerDay: { standard: 8, unit: 'sign-ins', about: 'of a user on a day: a phone that comes and goes' },
  idlePing: { standard: 25, unit: 's', about: 'between two pings of a device in no call' },
  callPing: { standard: 5, unit: 's', about: 'between two pings of a device in a call' },
  busy: { standard: 0.5, unit: 'share', about: 'of a core or a machine that may be in use at the busiest time' },
  socketsPerNode: { standard: 50_000, unit: 'sockets', about: 'of one node at most (signalling.maxSockets)' },
  spares: {
    standard: 0.2,
    unit: 'share',
    about: 'of nodes beyond those needed, at least one: for upgrades and failures',
  },
  databaseCores: { standard: 32, unit: 'cores', about: 'of the largest PostgreSQL server that you want' },
  databaseWal: { standard: 200, unit: 'MB/s', about: 'of its log that its disks and its replica take' },
  databaseConnections: { standard: 2000, unit: 'connections', about: 'that it holds, itself or by a pooler' },
  connectionsPerNode: { standard: 11, unit: 'connections', about: 'of a node to the database at most' },
  recordDays: { standard: 400, unit: 'days', about: 'that records are kept (records.keepDays)' },
  historyDays: { standard: 30, unit: 'days', about: 'that the history of a call is kept (records.timelineDays)' },
  webhookDays: { standard: 14, unit: 'days', about: 'that webhooks and attempts are kept (webhooks.logDays)' },
};

/** What the figures must have, as `bench:cluster -- --figures` prints them. */
export const figureNames = [
  'nodes4_cpu_ms_per_call',
  'webhook_cpu_ms',
  'ping_cpu_ms',
  'request_cpu_ms',
  'sign_in_cpu_ms',
  'device_kb',
  'node_idle_cpu_ms_per_s',
  'postgres_cpu_ms_per_call',
  'postgres_commits_per_call',
  'postgres_wal_kb_per_call',
  'postgres_cpu_ms_per_webhook',
  'postgres_commits_per_webhook',
  'postgres_wal_kb_per_webhook',
  'record_kb',
  'history_kb_per_call',
  'webhook_kb',
  'redis_cpu_ms_per_call',
  'redis_commands_per_call',
];

/** What so many users do in the busiest second, and what that takes. */
export function plan(figures, assumed, users) {
  const devices = users * assumed.online;
  const callsPerSecond = (users * assumed.callsPerDay * assumed.busyHour * assumed.peak) / 3600;
  const inCalls = Math.min(devices, callsPerSecond * assumed.callSeconds * assumed.members);
  const pingsPerSecond = (devices - inCalls) / assumed.idlePing + inCalls / assumed.callPing;
  // Sign-ins follow the day as calls do.
  const signInsPerSecond = (users * assumed.signInsPerDay * assumed.busyHour) / 3600;
  const rates = {
    devices,
    callsPerSecond,
    inCalls,
    pingsPerSecond,
    signInsPerSecond,
    requestsPerSecond: callsPerSecond * assumed.requestsPerCall,
    webhooksPerSecond: callsPerSecond * assumed.webhooksPerCall,
  };
  // Cores of nodes, by what they are spent on.
  const cores = {
    calls: (callsPerSecond * figures.nodes4_cpu_ms_per_call) / 1000,
    webhooks: (rates.webhooksPerSecond * figures.webhook_cpu_ms) / 1000,
    requests: (rates.requestsPerSecond * figures.request_cpu_ms) / 1000,
    devices: (pingsPerSecond * figures.ping_cpu_ms + signInsPerSecond * figures.sign_in_cpu_ms) / 1000,
  };
  const worked = cores.calls + cores.webhooks + cores.requests + cores.devices;
  // What a node needs to be there at all it cannot spend on others.
  const perNode = assumed.busy - figures.node_idle_cpu_ms_per_s / 1000;
  if (perNode <= 0) throw new Error('A node that does nothing needs more than `busy` allows.');
  const byCpu = Math.ceil(worked / perNode);
  const bySockets = Math.ceil(devices / assumed.socketsPerNode);
  const needed = Math.max(byCpu, bySockets);
  const nodes = needed + Math.max(1, Math.ceil(needed * assumed.spares));
  /** What a call and its webhooks take of the database, per s. */
  const database = (what) =>
    callsPerSecond * figures[`postgres_${what}_per_call`] +
    rates.webhooksPerSecond * figures[`postgres_${what}_per_webhook`];
  const kilobytesKept =
    figures.record_kb * assumed.recordDays +
    figures.history_kb_per_call * assumed.historyDays +
    figures.webhook_kb * assumed.webhooksPerCall * assumed.webhookDays;
  const databases = {
    cores: database('cpu_ms') / 1000 / assumed.busy,
    wal: database('wal_kb') / 1024,
    commits: database('commits'),
    connections: nodes * assumed.connectionsPerNode,
    terabytes: (users * assumed.callsPerDay * kilobytesKept) / 1024 ** 3,
  };
  const redis = {
    cores: (callsPerSecond * figures.redis_cpu_ms_per_call) / 1000 / assumed.busy,
    commands: callsPerSecond * figures.redis_commands_per_call,
  };
  const shards = Math.max(
    1,
    Math.ceil(databases.cores / assumed.databaseCores),
    Math.ceil(databases.wal / assumed.databaseWal),
    Math.ceil(databases.connections / assumed.databaseConnections),
    // It works on one core.
    Math.ceil(redis.cores),
  );
  const memory = (devices / needed) * (figures.device_kb / 1024 ** 2);
  return { users, ...rates, cores, worked, byCpu, bySockets, nodes, memory, databases, redis, shards };
}

/** How many users one of each can serve, the smallest first: what is at an end first stands first. */
export function limits(figures, assumed) {
  const million = 1_000_000;
  const { databases, redis } = plan(figures, assumed, million);
  const all = [
    ['CPU of one PostgreSQL', assumed.databaseCores / databases.cores],
    ['log of one PostgreSQL', assumed.databaseWal / databases.wal],
    ['connections of one PostgreSQL', connectionsUsers(figures, assumed)],
    ['the one core of Redis', 1 / redis.cores],
  ];
  return all.map(([what, times]) => ({ what, users: times * million })).sort((a, b) => a.users - b.users);
}

/** Millions of users whose nodes hold as many connections as the database allows. */
function connectionsUsers(figures, assumed) {
  const many = 1_000_000_000;
  const { nodes } = plan(figures, assumed, many);
  return assumed.databaseConnections / assumed.connectionsPerNode / (nodes / (many / 1_000_000));
}

const number = (value) => {
  const digits = Number.isInteger(value) || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits).replace(/\B(?=(\d{3})+(?!\d))/g, value >= 1000 ? ' ' : '');
};

/** THE LIST of the table's rows: what, in which unit, and where it stands in a plan. */
const rows = [
  ['devices signed in', '', (one) => one.devices],
  ['calls started', '1/s', (one) => one.callsPerSecond],
  ['devices in calls', '', (one) => one.inCalls],
  ['pings', '1/s', (one) => one.pingsPerSecond],
  ['sign-ins', '1/s', (one) => one.signInsPerSecond],
  ['REST requests', '1/s', (one) => one.requestsPerSecond],
  ['webhooks', '1/s', (one) => one.webhooksPerSecond],
  ['nodes: CPU for calls', 'cores', (one) => one.cores.calls],
  ['nodes: CPU for webhooks', 'cores', (one) => one.cores.webhooks],
  ['nodes: CPU for requests', 'cores', (one) => one.cores.requests],
  ['nodes: CPU for devices', 'cores', (one) => one.cores.devices],
  ['nodes needed for their CPU', '', (one) => one.byCpu],
  ['nodes needed for their sockets', '', (one) => one.bySockets],
  ['**nodes, with spares**', '', (one) => one.nodes],
  ['memory of a node for devices', 'GiB', (one) => one.memory],
  ['PostgreSQL: cores', 'cores', (one) => one.databases.cores],
  ['PostgreSQL: commits', '1/s', (one) => one.databases.commits],
  ['PostgreSQL: log', 'MiB/s', (one) => one.databases.wal],
  ['PostgreSQL: connections', '', (one) => one.databases.connections],
  ['PostgreSQL: on disk, at most', 'TiB', (one) => one.databases.terabytes],
  ['Redis: commands', '1/s', (one) => one.redis.commands],
  ['Redis: cores', 'cores', (one) => one.redis.cores],
  ['**stores (PostgreSQL and Redis)**', '', (one) => one.shards],
];

/** The tables of the document, as Markdown. */
export function report(figures, assumed, counts) {
  const plans = counts.map((users) => plan(figures, assumed, users));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const need = [
    line(['at the busiest time', 'unit', ...counts.map((users) => `${number(users / 1_000_000)} M users`)]),
    line(['---', '---', ...counts.map(() => '---:')]),
    ...rows.map(([what, unit, of]) => line([what, unit, ...plans.map((one) => number(of(one)))])),
  ];
  const ends = [
    line(['is at its end', 'with']),
    line(['---', '---:']),
    ...limits(figures, assumed).map(({ what, users }) => line([what, `${number(users / 1_000_000)} M users`])),
  ];
  return `${[...need, '', ...ends].join('\n')}\n`;
}
