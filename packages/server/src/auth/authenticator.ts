import { bounds, Refusal, type UserId, utf8Length } from 'ringback-protocol';
import type { Accounts } from '../ports/accounts.ts';
import type { App, Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import { Failures } from './failures.ts';
import { ipAllowed } from './ip-rules.ts';
import { originAllowed } from './origin-rules.ts';
import { SigCache } from './sig-cache.ts';
import type { CheckedSig, SigningKey, SigRefusal } from './verify.ts';

/** Who asks, and what proves it. */
export interface Claim {
  readonly identifier: string;
  readonly userSig: string;
  /** Empty when unknown. */
  readonly clientIp: string;
  /** ms since 1970; the signature must be good then. */
  readonly now: number;
}

/** Why somebody is refused; `detail` says more than the table's text where there is more to say. */
export interface AuthFailure {
  readonly name: SigRefusal | 'usersig_retries';
  readonly detail?: string;
}

/** Checks signatures for the REST API and for devices alike: one cache, one count of wrong ones. */
export class Authenticator {
  readonly #apps: Apps;
  readonly #accounts: Accounts;
  readonly #clock: Clock;
  readonly #cache = new SigCache();
  readonly #failures = new Failures();
  readonly #admins = new WeakMap<App, ReadonlySet<string>>();
  readonly #refused: (reason: string) => void;
  readonly #anyOrigin: boolean;

  constructor(options: {
    readonly apps: Apps;
    readonly accounts: Accounts;
    readonly clock: Clock;
    /** Hears of every refused signature, for metrics. */
    readonly refused: (reason: string) => void;
    /** Lets pages of any origin sign devices in, whatever the application says. */
    readonly anyOrigin?: boolean;
  }) {
    this.#apps = options.apps;
    this.#accounts = options.accounts;
    this.#clock = options.clock;
    this.#refused = options.refused;
    this.#anyOrigin = options.anyOrigin ?? false;
  }

  allowsIp(app: App, clientIp: string): boolean {
    return ipAllowed(app, clientIp);
  }

  isAdmin(app: App, identifier: string): boolean {
    let admins = this.#admins.get(app);
    if (admins === undefined) {
      admins = new Set(app.admins);
      this.#admins.set(app, admins);
    }
    return admins.has(identifier);
  }

  /** Checks 12 to 16 of the gateway; undefined when the signature is good. */
  verify(app: App, claim: Claim): AuthFailure | undefined {
    const checked = this.#check(app, claim);
    return 'name' in checked ? checked : undefined;
  }

  /**
   * Lets a device in: any user of an application that may be used. `issuedAt` in s; `expiresAt` in ms: the signature is void from then on,
   * and once the application has lost the `key`. Throws a `Refusal` with the reason that the REST API would give.
   */
  authenticate(credentials: {
    readonly sdkAppId: number;
    readonly userId: UserId;
    readonly userSig: string;
    readonly clientIp: string;
    readonly origin: string;
  }): { readonly app: App; readonly issuedAt: number; readonly expiresAt: number; readonly key: SigningKey } {
    const app = this.#apps.get(credentials.sdkAppId);
    if (app === undefined) throw new Refusal('app_unknown');
    if (app.disabled) throw new Refusal('app_disabled');
    if (app.packageExpiresAt !== 0 && app.packageExpiresAt <= this.#clock.now()) throw new Refusal('package_expired');
    const { userId, userSig, clientIp, origin } = credentials;
    if (!this.#anyOrigin && !originAllowed(app, origin)) {
      throw new Refusal('origin_not_allowed', `Pages of ${origin} may not sign devices in to this application.`);
    }
    const checked = this.#check(app, { identifier: userId, userSig, clientIp, now: this.#clock.now() });
    if ('name' in checked) throw new Refusal(checked.name, checked.detail);
    const { fields, keyId, secret } = checked;
    // Its last second is still good.
    const expiresAt = (fields.time + fields.expire + 1) * 1000;
    return { app, issuedAt: fields.time, expiresAt, key: { keyId, secret } };
  }

  #check(app: App, { identifier, userSig, clientIp, now }: Claim): CheckedSig | AuthFailure {
    const revokedAt = this.#accounts.revokedAt(app.sdkAppId, identifier);
    const verdict = this.#cache.verify(app, identifier, userSig, now, revokedAt);
    if (verdict.ok) return verdict.checked;
    // No user has a longer identifier, so nothing is to be guessed there, and strangers may send as much as a URL holds.
    const counts = verdict.reason === 'usersig_mismatch' && utf8Length(identifier) <= bounds.userIdBytes;
    const tooMany = counts && this.#failures.failed(app.sdkAppId, identifier, clientIp, now);
    const name = tooMany ? 'usersig_retries' : verdict.reason;
    this.#refused(name);
    return tooMany || verdict.detail === undefined ? { name } : { name, detail: verdict.detail };
  }
}
