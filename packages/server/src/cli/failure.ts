/** Exit codes of the program. */
export const exitCodes = { ok: 0, failure: 1, usage: 2 } as const;

/** Something that the operator must know, as a sentence; ends the program with code 1. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** The command line itself is wrong; ends the program with code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The sentence of any error. */
export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
