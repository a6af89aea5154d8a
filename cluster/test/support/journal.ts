import { expect } from 'vitest';
import type { MirroredCall } from '../../../e2e/support/mirror.ts';

/** What a server has acknowledged: it must have happened, whatever broke afterwards. */
interface Deed {
  readonly callId: string;
  readonly userId: string;
  readonly what: keyof typeof traces;
}

/** What webhooks must tell of each. */
const traces = {
  accept: ['Answer'],
  reject: ['Reject'],
  ignore: ['Busy'],
  // Whoever hangs up while it rings rejects.
  hangUp: ['Hangup', 'Reject'],
  invited: ['Invite'],
  started: [],
  ended: [],
} as const;

/** Everything that was acknowledged in a run. */
export class Journal {
  readonly #deeds: Deed[] = [];

  note(what: Deed['what'], callId: string, userId = ''): void {
    this.#deeds.push({ what, callId, userId });
  }

  get size(): number {
    return this.#deeds.length;
  }

  /** Calls that were started. */
  get calls(): ReadonlySet<string> {
    return new Set(this.#deeds.map(({ callId }) => callId));
  }

  /** Fails when something that was acknowledged is not in what the receiver of webhooks was told. */
  check(told: ReadonlyMap<string, MirroredCall>): void {
    const lost = this.#deeds.filter(({ what, callId, userId }) => {
      const call = told.get(callId);
      if (call?.record === undefined) return true;
      const wanted = traces[what];
      if (wanted.length === 0 || wanted.some((action) => call.deeds.has(`${userId} ${action}`))) return false;
      return !(what === 'invited' && wasBusy(told, call, userId));
    });
    expect(
      lost.map((deed) => ({ ...deed, told: [...(told.get(deed.callId)?.deeds ?? [])] })),
      'acknowledged, and lost',
    ).toEqual([]);
  }
}

/** Whether an invitation found its user in another call, as webhooks tell of both. */
function wasBusy(told: ReadonlyMap<string, MirroredCall>, call: MirroredCall, userId: string): boolean {
  const at = call.busyAt.get(userId);
  if (at === undefined) return false;
  return [...told.values()].some(
    (other) => other !== call && (other.held.get(userId) ?? []).some(({ from, to }) => from <= at && at <= to),
  );
}
