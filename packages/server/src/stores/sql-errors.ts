const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? '');

/**
 * Another node has changed the same rows at the same moment, and nothing of the statement has happened: deadlock, order of
 * transactions, a key that is there already, a lock that was not to be had, and a check that the statement itself makes.
 */
export const isRace = (error: unknown): boolean =>
  ['40P01', '40001', '23505', '22012', '55P03'].includes(codeOf(error));

/** A connection is gone, or its server is another one now than it was. */
export const isBreak = (error: unknown): boolean => {
  const code = codeOf(error);
  return !/^[0-9A-Z]{5}$/.test(code) || /^(08|57P0)/.test(code) || code === '25006';
};

/** The server did what it was asked and refused: to ask again, without a race, would bring the same. */
export const isRefused = (error: unknown): boolean => {
  const code = codeOf(error);
  if (!/^[0-9A-Z]{5}$/.test(code)) return false;
  // Classes of connections, of the operator's interventions, of missing resources, and a server that only reads.
  return !/^(08|57|53|58|XX)/.test(code) && code !== '25006' && !isRace(error);
};
