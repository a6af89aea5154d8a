import type { ErrorName } from 'ringback-protocol';
import type { Claim } from '../auth/authenticator.ts';
import type { App } from '../ports/apps.ts';

/** Why a check refuses: a row of the error table, and a sentence that says more when there is one. */
export interface Failure {
  readonly name: ErrorName;
  readonly detail?: string;
}

/** Checks 9 and 12 to 17 of the gateway. Asked for each request: answers at once and remembers what it has checked. */
export interface Authenticator {
  /** Check 9. Only asked when the application has an allow-list. */
  allowsIp(app: App, clientIp: string): boolean;
  /**
   * Checks 12 to 16 in their order; undefined when the signature is good.
   * `usersig_illegal`, `identifier_mismatch`, `sdkappid_mismatch`, `usersig_expired`, `usersig_revoked`,
   * `usersig_mismatch`, `usersig_retries`.
   */
  verify(app: App, claim: Claim): Failure | undefined;
  /** Check 17. */
  isAdmin(app: App, identifier: string): boolean;
}
