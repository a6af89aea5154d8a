/** One thing that happened among the virtual users. */
export interface JournalEntry {
  /** ms; the time of the server. */
  readonly at: number;
  readonly user: string;
  /** What was done, or came: `answer`, `heard callReceived`. */
  readonly what: string;
  readonly callId?: string;
  /** Why it was refused. */
  readonly refused?: string;
}

/** Entries that are kept; older ones go. */
const most = 10_000;

/** What happened among the virtual users, for people who ask why, and for `expect.refusals`. */
export class Journal {
  #entries: JournalEntry[] = [];
  #count = 0;

  add(entry: JournalEntry): void {
    this.#count += 1;
    this.#entries.push(entry);
    if (this.#entries.length > 2 * most) this.#entries = this.#entries.slice(-most);
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries.slice(-most);
  }

  /** How much has happened so far. */
  get count(): number {
    return this.#count;
  }

  /** What was refused, as `bob signIn usersig_expired`. */
  get refusals(): readonly string[] {
    return this.entries.flatMap(({ user, what, refused }) =>
      refused === undefined ? [] : [`${user} ${what} ${refused}`],
    );
  }
}
