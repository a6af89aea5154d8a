import type { Call } from 'ringback-engine';
import { Unreadable } from './gathered.ts';

/** The call of a row. One that was spoiled must not keep the others from whoever asked for them, too. */
export function readCall(state: string): Call | Unreadable {
  try {
    return JSON.parse(state) as Call;
  } catch (error) {
    return new Unreadable(error);
  }
}

/** The calls of rows, without those that cannot be read. */
export const callsOf = (rows: readonly { readonly state: string }[]): readonly Call[] =>
  rows.flatMap(({ state }) => {
    const call = readCall(state);
    return call instanceof Unreadable ? [] : [call];
  });
