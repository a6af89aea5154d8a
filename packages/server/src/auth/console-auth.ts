import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Refusal } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { ApiToken, ConsoleOperator, ConsoleRole, ConsoleSession, ConsoleStore } from '../ports/console.ts';
import { checkPassword, hashPassword, passwordLength } from './password.ts';

const minute = 60_000;
const hour = 60 * minute;

/** ms: without a request, and in all. */
const idle = 12 * hour;
const longest = 7 * 24 * hour;
/** ms; how long a link is good. */
const linkLife = 15 * minute;
/** Browsers that one operator can be signed in with; the oldest goes first. */
const maxSessions = 20;
/** Wrong passwords for a name, or from an address, within a quarter of an hour. */
const maxFailures = 10;
const failureWindow = 15 * minute;
/** Names and addresses whose failures are remembered. */
const maxRemembered = 10_000;

const namePattern = /^[a-z0-9][a-z0-9._@-]{0,63}$/;

/** Who asks, and with which rights. */
export interface Visitor {
  /** The name of the operator, `token:<id>` for a program. */
  readonly who: string;
  readonly role: ConsoleRole;
  /** The session's, when it is a browser: what it sends along must hold `csrf`. */
  readonly session?: { readonly hash: string; readonly csrf: string };
}

export interface SignedIn {
  /** For the cookie. */
  readonly secret: string;
  readonly operator: ConsoleOperator;
  readonly csrf: string;
}

const digest = (secret: string): string => createHash('sha256').update(secret).digest('hex');
const makeSecret = (): string => randomBytes(32).toString('base64url');
/** Follows from the secret of the session, so that it need not be kept. */
const csrfOf = (secret: string): string => createHmac('sha256', secret).update('csrf').digest('base64url');

/** Sign-in of operators: passwords, sessions of browsers, one-time links, tokens of programs. */
export class ConsoleAuth {
  readonly #store: ConsoleStore;
  readonly #clock: Clock;
  readonly #failures = new Map<string, number[]>();

  constructor(options: { readonly store: ConsoleStore; readonly clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** Rejects with `console_sign_in` (wrong name or password, without saying which) and `console_wait`. */
  async signIn(claim: {
    readonly name: string;
    readonly password: string;
    readonly ip: string;
    readonly agent: string;
  }): Promise<SignedIn> {
    const keys = [`name ${claim.name.slice(0, 64)}`, `ip ${claim.ip}`];
    if (keys.some((key) => this.#recent(key).length >= maxFailures)) throw new Refusal('console_wait');
    const operator = this.#store.operator(claim.name);
    // Counted before the slow part, so that many guesses at once are counted too.
    for (const key of keys) this.#fail(key);
    const right = await checkPassword(claim.password, operator?.password ?? '');
    if (!right || operator === undefined) throw new Refusal('console_sign_in');
    for (const key of keys) this.#failures.delete(key);
    return this.#open(operator, claim);
  }

  /** Makes a link for an operator, who is made by its use if there is none of that name. Answers its secret. */
  async makeLink(name: string, role: ConsoleRole): Promise<{ readonly secret: string; readonly expiresAt: number }> {
    if (!namePattern.test(name)) {
      const form = 'a name of 1 to 64 lower-case letters, digits and . _ @ -';
      throw new Refusal('bad_params', `name must be ${form}`, 'name');
    }
    const secret = makeSecret();
    const expiresAt = this.#clock.now() + linkLife;
    const known = this.#store.operator(name);
    await this.#store.saveLink({ hash: digest(secret), operator: name, role: known?.role ?? role, expiresAt });
    return { secret, expiresAt };
  }

  /** For whom a link is, while it is good. */
  linkFor(secret: string): { readonly name: string } | undefined {
    const link = this.#store.link(digest(secret));
    return link === undefined || link.expiresAt <= this.#clock.now() ? undefined : { name: link.operator };
  }

  /** Uses a link up: sets the password and signs in. Rejects with `console_link`, `bad_params`. */
  async redeem(
    secret: string,
    password: string,
    from: { readonly ip: string; readonly agent: string },
  ): Promise<SignedIn> {
    checkForm(password);
    if (this.linkFor(secret) === undefined) throw new Refusal('console_link');
    const hashed = await hashPassword(password);
    const link = await this.#store.takeLink(digest(secret));
    if (link === undefined) throw new Refusal('console_link');
    const known = this.#store.operator(link.operator);
    const operator: ConsoleOperator = {
      name: link.operator,
      role: known?.role ?? link.role,
      password: hashed,
      createdAt: known?.createdAt ?? this.#clock.now(),
    };
    await this.#store.saveOperator(operator);
    // Whoever had the old password is out.
    await this.#signOutAll(operator.name);
    return this.#open(operator, from);
  }

  /** Rejects with `console_sign_in` when the old password is wrong. The other browsers of the operator are signed out. */
  async changePassword(visitor: Visitor, old: string, password: string): Promise<void> {
    checkForm(password);
    const operator = this.#store.operator(visitor.who);
    if (operator === undefined || !(await checkPassword(old, operator.password))) throw new Refusal('console_sign_in');
    await this.#store.saveOperator({ ...operator, password: await hashPassword(password) });
    await this.#signOutAll(operator.name, visitor.session?.hash);
  }

  /** Who sends the secret of a session; undefined when it is none any more. */
  bySession(secret: string): Visitor | undefined {
    const hash = digest(secret);
    const session = this.#store.session(hash);
    if (session === undefined) return undefined;
    const now = this.#clock.now();
    const operator = this.#store.operator(session.operator);
    if (operator === undefined || isOver(session, now)) {
      void this.#store.removeSession(hash);
      return undefined;
    }
    if (now - session.seenAt >= minute) void this.#store.saveSession({ ...session, seenAt: now });
    return { who: operator.name, role: operator.role, session: { hash, csrf: csrfOf(secret) } };
  }

  /** Who sends a token of a program. */
  byToken(text: string): Visitor | undefined {
    const [, id = '', secret = ''] = /^rbt_([0-9a-f]{12})_([\w-]{43})$/.exec(text) ?? [];
    const token = this.#store.token(id);
    if (token === undefined) return undefined;
    const now = this.#clock.now();
    const same = timingSafeEqual(Buffer.from(digest(secret), 'hex'), Buffer.from(token.hash, 'hex'));
    if (!same || (token.expiresAt !== 0 && token.expiresAt <= now)) return undefined;
    if (now - token.usedAt >= minute) void this.#store.saveToken({ ...token, usedAt: now });
    return { who: `token:${id}`, role: token.role };
  }

  /** Makes a token; `text` is shown once and kept nowhere. */
  async makeToken(wanted: {
    readonly label: string;
    readonly role: ConsoleRole;
    readonly operator: string;
    /** ms; 0 = never. */
    readonly expiresAt: number;
  }): Promise<{ readonly token: ApiToken; readonly text: string }> {
    const [id, secret] = [randomBytes(6).toString('hex'), makeSecret()];
    const token: ApiToken = { id, hash: digest(secret), ...wanted, createdAt: this.#clock.now(), usedAt: 0 };
    await this.#store.saveToken(token);
    return { token, text: `rbt_${id}_${secret}` };
  }

  async signOut(visitor: Visitor): Promise<void> {
    if (visitor.session !== undefined) await this.#store.removeSession(visitor.session.hash);
  }

  async #open(operator: ConsoleOperator, from: { readonly ip: string; readonly agent: string }): Promise<SignedIn> {
    const now = this.#clock.now();
    const own = this.#store.sessions().filter((one) => one.operator === operator.name);
    const over = own.filter((one) => isOver(one, now));
    const kept = own.filter((one) => !isOver(one, now)).sort((a, b) => a.seenAt - b.seenAt);
    for (const { hash } of [...over, ...kept.slice(0, Math.max(0, kept.length + 1 - maxSessions))]) {
      await this.#store.removeSession(hash);
    }
    const secret = makeSecret();
    const session: ConsoleSession = {
      hash: digest(secret),
      operator: operator.name,
      createdAt: now,
      seenAt: now,
      ip: from.ip,
      agent: from.agent.slice(0, 200),
    };
    await this.#store.saveSession(session);
    return { secret, operator, csrf: csrfOf(secret) };
  }

  async #signOutAll(name: string, except = ''): Promise<void> {
    for (const { hash, operator } of this.#store.sessions()) {
      if (operator === name && hash !== except) await this.#store.removeSession(hash);
    }
  }

  #recent(key: string): readonly number[] {
    const since = this.#clock.now() - failureWindow;
    return (this.#failures.get(key) ?? []).filter((at) => at > since);
  }

  #fail(key: string): void {
    const times = [...this.#recent(key), this.#clock.now()];
    // At the end: the one that failed longest ago is forgotten first.
    this.#failures.delete(key);
    this.#failures.set(key, times);
    if (this.#failures.size <= maxRemembered) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      break;
    }
  }
}

const isOver = ({ createdAt, seenAt }: ConsoleSession, now: number): boolean =>
  now - seenAt >= idle || now - createdAt >= longest;

function checkForm(password: string): void {
  const { least, most } = passwordLength;
  const length = [...password].length;
  if (length >= least && length <= most) return;
  throw new Refusal('bad_params', `password must have ${least} to ${most} characters`, 'password');
}
