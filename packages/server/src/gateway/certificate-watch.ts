import { readFileSync } from 'node:fs';
import { fileReason } from '../config/file-reason.ts';
import type { Clock } from '../ports/clock.ts';
import type { GatewayLog, TlsMaterial } from './options.ts';

/** ms between two looks. */
const interval = 60_000;

export interface CertificateWatchOptions {
  /** Paths. */
  readonly cert: string;
  readonly key: string;
  readonly clock: Clock;
  /** What is served now. */
  readonly served: () => TlsMaterial | undefined;
  /** Puts in force what the files hold. Rejects when it cannot be used; the old one then stays. */
  readonly reload: () => Promise<void>;
  readonly log: Pick<GatewayLog, 'error'>;
}

/**
 * Puts a renewed certificate in force where nobody sends a signal, as in Kubernetes: looks now and then whether the files hold
 * something else than what is served. Files are read, not watched: what is renewed is often a link that leads elsewhere then.
 */
export class CertificateWatch {
  readonly #options: CertificateWatchOptions;
  /** What the files held that could not be used, so that it is said once. */
  #refused = '';
  #cancel: () => void = () => {};
  #closed = false;

  constructor(options: CertificateWatchOptions) {
    this.#options = options;
  }

  open(): void {
    this.#cancel = this.#options.clock.timer(interval, () => void this.#look());
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { cert, key, served, reload, log } = this.#options;
    const found = `${read(cert)}\n${read(key)}`;
    const inForce = served();
    if (inForce !== undefined && found === `${inForce.cert}\n${inForce.key}`) this.#refused = '';
    else if (found !== this.#refused) {
      try {
        await reload();
        this.#refused = '';
      } catch (error) {
        this.#refused = found;
        log.error({ reason: fileReason(error) }, 'certificate not reloaded, the old one stays');
      }
    }
    if (!this.#closed) this.open();
  }
}

/** What a file holds; of one that cannot be read, why. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return fileReason(error);
  }
}
