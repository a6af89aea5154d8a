import { setImmediate as turn } from 'node:timers/promises';
import type { SdkAppId } from 'ringback-protocol';
import type { LoggedPush, PushLog } from '../ports/push.ts';

/** Notes that are read at once, and how often: beyond that somebody has to say from where to go on. */
const [page, mostPages] = [5000, 20];

/** What was found, and where the look ended, if not at the beginning of the log. */
export interface LookBack {
  readonly found: readonly LoggedPush[];
  /** ms; calls that began before were not looked at. */
  readonly lookedTo?: number;
}

/** The newest `limit` notes of an application that are `wanted`, of calls that began before `before` (ms). */
export async function lookBack(
  log: Pick<PushLog, 'recent'>,
  asked: {
    readonly app: SdkAppId;
    readonly before: number;
    readonly limit: number;
    readonly wanted: (note: LoggedPush) => boolean;
  },
): Promise<LookBack> {
  const { app, limit, wanted } = asked;
  const found: LoggedPush[] = [];
  let { before } = asked;
  for (let n = 0; n < mostPages; n += 1) {
    // Others have their turn: the embedded database answers at once, and holds everything up meanwhile.
    if (n > 0) await turn();
    const notes = await log.recent(app, before, page);
    const last = notes.at(-1)?.startedAt ?? 0;
    const isCut = notes.length === page;
    const whole = isCut ? notes.filter(({ startedAt }) => startedAt > last) : notes;
    // Calls of one moment may be cut by the end of a page, so the next one begins with all of them; unless they fill a page.
    const step = whole.length > 0 ? whole : notes;
    found.push(...step.filter(wanted));
    if (found.length >= limit || !isCut) return { found: found.slice(0, limit) };
    before = whole.length > 0 ? last + 1 : last;
  }
  return { found, lookedTo: before };
}
