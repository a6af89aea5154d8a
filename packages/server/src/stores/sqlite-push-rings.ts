import type { Database } from 'better-sqlite3';
import type { NodeId } from 'ringback-protocol';
import { ChurnMap } from '../base/churn-map.ts';
import type { OpenRing, PushRings, PushTarget, Ring } from '../ports/push.ts';
import { type RingRow, ringKey, ringOf } from './push-text.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

type Kept = ReturnType<typeof ringOf>;

/** The rings that pushes are sent for, in memory and in the embedded database; nobody else has it open. */
export class SqlitePushRings implements PushRings {
  readonly #writer: SqliteWriter;
  readonly #node: NodeId;
  readonly #kept = new ChurnMap<string, Kept>();

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database; readonly node: NodeId }) {
    this.#writer = options.writer;
    this.#node = options.node;
    for (const row of options.reader.prepare('SELECT * FROM push_rings').all() as RingRow[]) {
      const ring = ringOf(row);
      this.#kept.set(ringKey(ring), ring);
    }
  }

  async claim(ring: Ring): Promise<'ours' | 'acknowledged' | 'taken'> {
    const kept = this.#kept.get(ringKey(ring));
    if (kept !== undefined) return kept.state === 'acked' ? 'acknowledged' : 'taken';
    await this.#save({ ...ring, state: 'open', targets: [], tries: 0 });
    return 'ours';
  }

  async acknowledge(ring: Ring): Promise<boolean> {
    if (this.#kept.has(ringKey(ring))) return false;
    const row: Kept = { ...ring, state: 'acked', targets: [], tries: 0 };
    this.#kept.set(ringKey(ring), row);
    // Nobody waits: after a crash the device says so again when it is back.
    this.#writer.writtenLater(this.#jobOf(row)).catch(() => {});
    return true;
  }

  async isOpen(ring: Ring): Promise<boolean> {
    return this.#kept.get(ringKey(ring))?.state === 'open';
  }

  async sent(ring: Ring, targets: readonly PushTarget[]): Promise<boolean> {
    const kept = this.#kept.get(ringKey(ring));
    if (kept?.state !== 'open') return false;
    await this.#save({ ...kept, targets });
    return true;
  }

  async close(ring: Ring): Promise<readonly PushTarget[] | undefined> {
    const kept = this.#kept.get(ringKey(ring));
    if (kept?.state === 'acked') await this.remove(ring);
    if (kept?.state !== 'open') return undefined;
    await this.#save({ ...kept, state: 'closing' });
    return kept.targets;
  }

  async remove(ring: Ring): Promise<void> {
    if (!this.#kept.delete(ringKey(ring))) return;
    const job = new WriteJob();
    job.add('pushRingDelete', ring.app, ring.callId, ring.userId, ring.deadline);
    await this.#writer.writtenLater(job);
  }

  async takeOver(inHand: (ring: Ring) => boolean): Promise<readonly OpenRing[]> {
    const left = [...this.#kept.values()]
      .filter((one): one is Kept & OpenRing => one.state !== 'acked' && !inHand(one))
      .map((one) => ({ ...one, tries: one.tries + 1 }));
    await Promise.all(left.map((one) => this.#save(one)));
    return left;
  }

  async prune(before: number): Promise<void> {
    await Promise.all([...this.#kept.values()].filter((one) => one.deadline < before).map((one) => this.remove(one)));
  }

  #save(row: Kept): Promise<void> {
    this.#kept.set(ringKey(row), row);
    return this.#writer.written(this.#jobOf(row));
  }

  #jobOf({ app, callId, userId, deadline, startedAt, state, targets, tries }: Kept): WriteJob {
    const job = new WriteJob();
    const owner = state === 'acked' ? '' : this.#node;
    const list = JSON.stringify(targets);
    job.add('pushRingSave', app, callId, userId, deadline, startedAt, owner, state, list, tries);
    return job;
  }
}
