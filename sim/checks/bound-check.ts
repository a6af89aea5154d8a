import { type Call, type Member, present } from 'ringback-engine';
import { bounds } from 'ringback-protocol';
import { type Database, seatKey } from '../store/database.ts';
import { beginning, type Scheduler } from '../world/scheduler.ts';
import type { Journal } from './journal.ts';
import type { Fail } from './step-check.ts';

/** ms: how late something may be where nothing is wrong: ways take time, and a look goes by once a second. */
const late = 1500;

/** ms from the death of a process to the end of the leases that it kept. */
const afterDeath = 20_000;

/** ms after which whatever was disturbed is as it should be: the leases run anew from when others have taken over. */
const [leasesAgain, ringsAgain] = [26_000, 9000];

/** Looks once a second whether something should be over. */
export class BoundCheck {
  readonly #database: Database;
  readonly #journal: Journal;
  readonly #scheduler: Scheduler;
  readonly #fail: Fail;
  /** ms of `elapsed`, by member: since when the device is the one in the call. */
  readonly #since = new Map<string, { readonly device: string; readonly at: number }>();

  constructor(options: { database: Database; journal: Journal; scheduler: Scheduler; fail: Fail }) {
    this.#database = options.database;
    this.#journal = options.journal;
    this.#scheduler = options.scheduler;
    this.#fail = options.fail;
  }

  look(): void {
    for (const { call } of this.#database.calls.values()) {
      for (const member of present(call)) {
        if (member.status === 'Waiting') this.#lookAtRinging(call, member);
        else if (member.device !== '') this.#lookAtLease(call, member);
      }
    }
    if (this.#database.calls.size === 0) this.#since.clear();
  }

  #lookAtRinging({ callId }: Call, { userId, deadline }: Member): void {
    const { elapsed, skipped } = this.#scheduler;
    const due = deadline - beginning - skipped;
    if (elapsed <= due + late) return;
    const { aloneSince = 0 } = this.#journal;
    const trouble = Math.max(aloneSince, this.#journal.troubleSince(due - 60_000) ?? 0);
    if (trouble > 0 && elapsed <= Math.max(due, trouble) + ringsAgain) return;
    this.#fail('ring', `${userId} still rings ${Math.round(elapsed - due)} ms after the deadline`, callId);
  }

  #lookAtLease({ app, callId }: Call, { userId, device }: Member): void {
    if (device === '') return;
    const { elapsed } = this.#scheduler;
    const key = `${callId} ${userId}`;
    let since = this.#since.get(key);
    if (since?.device !== device) {
      since = { device, at: elapsed };
      this.#since.set(key, since);
    }
    const heardAt = Math.max(since.at, this.#journal.signOf(userId, device)?.heardAt ?? 0);
    if (elapsed <= heardAt + bounds.lease + late) return;
    const holder = this.#database.seats.get(seatKey(app, userId))?.holder ?? '';
    let due = heardAt + bounds.lease;
    const { aloneSince } = this.#journal;
    // The process that runs alone has the name of the one before it.
    const diedAt = aloneSince === undefined ? this.#journal.diedAt(holder) : undefined;
    if (aloneSince !== undefined) due = Math.max(due, aloneSince + bounds.lease);
    else if (diedAt !== undefined) due = Math.max(due, diedAt + afterDeath);
    const trouble = this.#journal.troubleSince(heardAt - bounds.lease, diedAt === undefined ? undefined : holder);
    if (trouble !== undefined) due = Math.max(due, trouble + leasesAgain);
    if (elapsed <= due + late) return;
    const silent = Math.round(elapsed - heardAt);
    this.#fail('free', `${userId} is in the call ${silent} ms after ${device} was heard of last`, callId);
  }
}
