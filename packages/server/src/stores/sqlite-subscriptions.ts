import type { Database, Statement } from 'better-sqlite3';
import type { CallWebhookEvent } from 'ringback-engine';
import type { SdkAppId } from 'ringback-protocol';
import type { Subscriptions } from '../ports/outbox.ts';

const none: readonly string[] = [];

/** Which endpoints want which events, from memory; `reload` after the table has changed. */
export class SqliteSubscriptions implements Subscriptions {
  readonly #select: Statement;
  readonly #byKind = new Map<string, string[]>();

  constructor(reader: Database) {
    this.#select = reader.prepare('SELECT app, id, kinds FROM endpoints ORDER BY app, id');
    this.reload();
  }

  endpoints(app: SdkAppId, kind: CallWebhookEvent['kind']): readonly string[] {
    return this.#byKind.size === 0 ? none : (this.#byKind.get(`${app}/${kind}`) ?? none);
  }

  /** Reads the endpoints anew. */
  reload(): void {
    this.#byKind.clear();
    for (const { app, id, kinds } of this.#select.all() as { app: number; id: string; kinds: string }[]) {
      for (const kind of JSON.parse(kinds) as string[]) {
        const key = `${app}/${kind}`;
        this.#byKind.set(key, [...(this.#byKind.get(key) ?? []), id]);
      }
    }
  }
}
