import { Refusal } from 'ringback-protocol';
import type { CommandContext } from './command.ts';

const daySeconds = 86_400;

/** Beyond any number of pages that there can be, and small enough to be multiplied. */
export const lastPage = 1_000_000_000;

/** s; records from before this are not found. */
export const windowFloor = ({ clock, windowDays }: CommandContext): number =>
  Math.floor(clock.now() / 1000) - windowDays * daySeconds;

/**
 * The window of time that records are looked for in, both ends in s; undefined when nothing can be in it. It reaches
 * back as far as the operator lets it. `field` is to blame when it begins after its end.
 */
export function recordWindow(
  context: CommandContext,
  wanted: { readonly from: number | undefined; readonly to: number | undefined },
  field: { readonly from: string; readonly to: string },
): { readonly from: number; readonly to: number } | undefined {
  const now = Math.floor(context.clock.now() / 1000);
  const floor = windowFloor(context);
  const to = wanted.to ?? now;
  if (wanted.from !== undefined && wanted.from > to) {
    throw new Refusal('bad_params', `${field.from} must not be after ${field.to}`, field.from);
  }
  const from = Math.max(wanted.from ?? floor, floor);
  // No call starts in the future, so a later end asks for nothing more; and numbers stay small enough for the store.
  const until = Math.min(to, now + daySeconds);
  return from > until ? undefined : { from, to: until };
}
