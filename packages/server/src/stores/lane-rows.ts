const laneKey = ['app', 'endpoint', 'started_at', 'call_id'];

/** The condition that two rows are of the same lane: of one call at one endpoint. */
export const sameLane = (a: string, b: string): string =>
  laneKey.map((name) => `${a}.${name} = ${b}.${name}`).join(' AND ');

/** The columns that say which lane a row is of. */
export const laneOf = (table: string): string => laneKey.map((name) => `${table}.${name}`).join(', ');
