import { LRUCache } from 'lru-cache';
import type { App } from '../ports/apps.ts';
import { type CheckedSig, checkClaims, hasKey, type Verdict, verifyUserSig } from './verify.ts';

/** What an entry takes beside its text. */
const entryBytes = 600;

/**
 * Remembers signatures that were right, so that a caller who reuses one pays for its HMAC once.
 *
 * A hit is checked anew for everything that can change: identifier, application, expiry, revocation, and that the key
 * is still one of the application's. Wrong signatures are not remembered: an attacker must not fill the memory.
 */
export class SigCache {
  readonly #checked: LRUCache<string, CheckedSig>;
  /** The one asked for last: most callers send the same signature again and again, and to compare is faster than to hash. */
  #last: { readonly text: string; readonly checked: CheckedSig } | undefined;

  /** `maxBytes`: of the texts that are kept; one of the usual length takes about 1 kB. */
  constructor(maxBytes = 16 * 1024 * 1024) {
    this.#checked = new LRUCache({ maxSize: maxBytes, sizeCalculation: (_, text) => text.length + entryBytes });
  }

  verify(app: App, identifier: string, text: string, nowMs: number, revokedAt: number): Verdict {
    const known = this.#last?.text === text ? this.#last.checked : this.#checked.get(text);
    if (known !== undefined && hasKey(app, known)) {
      if (this.#last?.checked !== known) this.#last = { text, checked: known };
      return checkClaims(app, identifier, known.fields, nowMs, revokedAt) ?? { ok: true, checked: known };
    }
    const verdict = verifyUserSig(app, identifier, text, nowMs, revokedAt);
    // A copy: what was cut out of a URL keeps the whole URL in memory.
    if (verdict.ok) this.#checked.set(Buffer.from(text, 'latin1').toString('latin1'), verdict.checked);
    return verdict;
  }

  get size(): number {
    return this.#checked.size;
  }
}
