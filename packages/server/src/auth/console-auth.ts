import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { Refusal } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import {
  type ApiToken,
  type ConsoleLink,
  type ConsoleOperator,
  type ConsoleRole,
  type ConsoleSession,
  type ConsoleStore,
  consoleRoles,
} from '../ports/console.ts';
import { HashQueue } from './hash-queue.ts';
import { type Passwords, passwordLength, scryptPasswords } from './password.ts';
import { senderOf, TryLimits } from './try-limits.ts';

const minute = 60_000;
const hour = 60 * minute;

/** ms: without a request, and in all. */
const idle = 12 * hour;
const longest = 7 * 24 * hour;
/** ms; how long a link is good. */
const linkLife = 15 * minute;
/** Browsers that one operator can be signed in with; the oldest goes first. */
const maxSessions = 20;
/** Within a quarter of an hour: wrong passwords from an address, or of somebody who is signed in. */
const maxFailures = 10;
/**
 * Wrong passwords for a name from everywhere. So many that whoever wants to lock somebody out needs a hundred addresses; and
 * where the operator is signed in from, or was lately, one still gets in.
 */
const maxForName = 1000;
/** Questions about links from an address. */
const maxLinkTries = 30;
/** ms after their time that sessions and links are kept: another node may know of a later request. */
const grace = hour;
/** ms that a token stays in the list once it is over, so that one sees why a program is refused. */
const tokenGrace = 7 * 24 * hour;

/** What `makeSecret` makes, and a token around it. */
const secretPattern = /^[\w-]{43}$/;
const tokenPattern = /^rbt_([0-9a-f]{12})_([\w-]{43})$/;

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
  readonly #passwords: Passwords;
  readonly #tries = new TryLimits();
  readonly #hashes = new HashQueue();

  constructor(options: { readonly store: ConsoleStore; readonly clock: Clock; readonly passwords?: Passwords }) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#passwords = options.passwords ?? scryptPasswords;
  }

  /** Rejects with `console_sign_in` (wrong name or password, without saying which) and `console_wait`. */
  async signIn(claim: {
    readonly name: string;
    readonly password: string;
    readonly ip: string;
    readonly agent: string;
    /** Called when the password is right, before anything changes. */
    readonly proven?: (() => Promise<void>) | undefined;
  }): Promise<SignedIn> {
    const now = this.#clock.now();
    const sender = senderOf(claim.ip);
    const [byName, bySender] = [`name ${claim.name.slice(0, 64)}`, `ip ${sender}`];
    if (this.#tries.full(bySender, maxFailures, now)) throw new Refusal('console_wait');
    const isKnown = this.#isKnown(claim.name, sender);
    if (!isKnown && (this.#hashes.isFull || this.#tries.full(byName, maxForName, now)))
      throw new Refusal('console_wait');
    const operator = this.#store.operator(claim.name);
    // Counted before the slow part, so that many guesses at once are counted too.
    for (const key of [byName, bySender]) this.#tries.note(key, now);
    const right = await this.#check(isKnown, claim.password, operator?.password ?? '');
    if (operator === undefined || !right) throw new Refusal('console_sign_in');
    // Only this try: who has an account here must not wipe out guesses at another. Whatever goes wrong from here is no guess.
    for (const key of [byName, bySender]) this.#tries.takeBack(key, now);
    await claim.proven?.();
    const kept = this.#unchanged(operator);
    if (kept === undefined) throw new Refusal('console_sign_in');
    return this.#open(kept, claim);
  }

  /**
   * Makes a link for an operator, who is made by its use if there is none of that name. Answers its secret. `by`: who lets them in,
   * as the audit log names them; the link is good while those are owners.
   */
  async makeLink(
    name: string,
    role: ConsoleRole,
    by = commandLineName,
  ): Promise<{ readonly secret: string; readonly expiresAt: number }> {
    if (!namePattern.test(name)) {
      const form = 'a name of 1 to 64 lower-case letters, digits and . _ @ -';
      throw new Refusal('bad_params', `name must be ${form}`, 'name');
    }
    const secret = makeSecret();
    const expiresAt = this.#clock.now() + linkLife;
    const known = this.#store.operator(name);
    await this.#store.saveLink({ hash: digest(secret), operator: name, by, role: known?.role ?? role, expiresAt });
    return { secret, expiresAt };
  }

  #check(isKnown: boolean, password: string, kept: string): Promise<boolean> {
    return this.#hashes.take(isKnown, () => this.#passwords.check(password, kept));
  }

  /** Of somebody who has proven who it is. */
  #hash(password: string): Promise<string> {
    return this.#hashes.take(true, () => this.#passwords.hash(password));
  }

  /** Whether there is a session of the operator from where this comes. */
  #isKnown(name: string, sender: string): boolean {
    return this.#store.sessions().some(({ operator, ip }) => operator === name && senderOf(ip) === sender);
  }

  /** Called for each use of a link and each question about one by somebody unknown. Rejects with `console_wait`. */
  countLinkTry(ip: string): void {
    const [key, now] = [`link ${senderOf(ip)}`, this.#clock.now()];
    if (this.#tries.full(key, maxLinkTries, now)) throw new Refusal('console_wait');
    this.#tries.note(key, now);
  }

  /** For whom a link is, while it is good; as with visitors, one that is not known here may be from another node. */
  linkFor(secret: string): Promise<{ readonly name: string } | undefined> {
    return this.#found(secretPattern.test(secret), () => {
      const link = this.#store.link(digest(secret));
      const isOver = link === undefined || link.expiresAt <= this.#clock.now() || !this.#isVouchedFor(link);
      return isOver ? undefined : { name: link.operator };
    });
  }

  /** Whether whoever made a link might still make one: nobody who was removed lets others in. */
  #isVouchedFor({ by = commandLineName }: ConsoleLink): boolean {
    if (by === commandLineName) return true;
    return (by.startsWith('token:') ? this.#roleOfToken(by) : this.#store.operator(by)?.role) === 'owner';
  }

  /** Uses a link up: sets the password and signs in. Rejects with `console_link`, `bad_params`. */
  async redeem(
    secret: string,
    password: string,
    from: {
      readonly ip: string;
      readonly agent: string;
      /** Called when the link is good, before anything changes. */
      readonly proven?: (() => Promise<void>) | undefined;
    },
  ): Promise<SignedIn> {
    checkForm(password);
    if ((await this.linkFor(secret)) === undefined) throw new Refusal('console_link');
    const hashed = await this.#hash(password);
    await from.proven?.();
    const link = await this.#store.takeLink(digest(secret));
    if (link === undefined || !this.#isVouchedFor(link)) throw new Refusal('console_link');
    const [name, createdAt] = [link.operator, this.#clock.now()];
    const operator = await this.#store.changeOperator(name, (known) => ({
      ...(known ?? { name, role: link.role, createdAt }),
      password: hashed,
    }));
    if (operator === undefined) throw new Refusal('console_link');
    // Whoever had the old password is out.
    await this.#signOutAll(operator.name);
    return this.#open(operator, from);
  }

  /** Rejects with `console_sign_in` when the old password is wrong, with `console_wait` after ten of those. The other browsers of the operator are signed out. */
  async changePassword(
    visitor: Visitor,
    old: string,
    password: string,
    /** Called when the old one is right, before anything changes. */
    proven?: () => Promise<void>,
  ): Promise<void> {
    checkForm(password);
    const [key, now] = [`password ${visitor.who}`, this.#clock.now()];
    if (this.#tries.full(key, maxFailures, now)) throw new Refusal('console_wait');
    this.#tries.note(key, now);
    const operator = this.#store.operator(visitor.who);
    if (operator === undefined || !(await this.#check(true, old, operator.password)))
      throw new Refusal('console_sign_in');
    this.#tries.takeBack(key, now);
    await proven?.();
    const hashed = await this.#hash(password);
    const own = visitor.session?.hash;
    // Before the password changes: this browser stays signed in whichever way it goes.
    if (own !== undefined) await this.#store.bindSession(own, [operator.password, hashed].map(digest));
    const changed = await this.#store.changeOperator(operator.name, (kept) =>
      kept?.password === operator.password ? { ...kept, password: hashed } : undefined,
    );
    if (changed?.password !== hashed) throw new Refusal('console_sign_in');
    await this.#signOutAll(changed.name, own);
  }

  /**
   * The operator as kept now, undefined when removed or with another password since. Hashing takes long enough that others
   * change something meanwhile, and what they did must not be undone.
   */
  #unchanged({ name, password }: ConsoleOperator): ConsoleOperator | undefined {
    const kept = this.#store.operator(name);
    return kept?.password === password ? kept : undefined;
  }

  /**
   * Who sends the secret of a session, or a token. Browsers come to any node, at once: where nobody is known by it, what others
   * have changed is read first.
   */
  visitor(sent: { readonly session: string } | { readonly token: string }): Promise<Visitor | undefined> {
    if ('token' in sent) return this.#found(tokenPattern.test(sent.token), () => this.byToken(sent.token));
    return this.#found(secretPattern.test(sent.session), () => this.bySession(sent.session));
  }

  /** What `find` finds; where that is nothing, what it finds after a look, unless the question is in no form that we made. */
  async #found<T>(isOurs: boolean, find: () => T | undefined): Promise<T | undefined> {
    const known = find();
    if (known !== undefined || !isOurs || this.#store.look === undefined) return known;
    // A store that is away leaves it at what is known here.
    await this.#store.look().catch(() => {});
    return find();
  }

  /** Who sends the secret of a session, as far as is known here; undefined when it is none any more. */
  bySession(secret: string): Visitor | undefined {
    const hash = digest(secret);
    const session = this.#store.session(hash);
    if (session === undefined) return undefined;
    const now = this.#clock.now();
    const operator = this.#store.operator(session.operator);
    if (operator === undefined || isOver(session, now)) {
      aside(this.#store.removeSession(hash));
      return undefined;
    }
    // Left where it is: this node may not have heard of the password yet.
    if (!isGoodFor(session, operator)) return undefined;
    if (now - session.seenAt >= minute) aside(this.#store.touchSession(hash, now));
    return { who: operator.name, role: operator.role, session: { hash, csrf: csrfOf(secret) } };
  }

  /** The sessions of an operator that are let in. */
  sessionsOf(operator: ConsoleOperator): readonly ConsoleSession[] {
    const now = this.#clock.now();
    return this.#store
      .sessions()
      .filter((one) => one.operator === operator.name && !isOver(one, now) && isGoodFor(one, operator));
  }

  /** Who sends a token of a program, as far as is known here. */
  byToken(text: string): Visitor | undefined {
    const [, id = '', secret = ''] = tokenPattern.exec(text) ?? [];
    const token = this.#store.token(id);
    if (token === undefined) return undefined;
    const now = this.#clock.now();
    const same = timingSafeEqual(Buffer.from(digest(secret), 'hex'), Buffer.from(token.hash, 'hex'));
    if (!same || (token.expiresAt !== 0 && token.expiresAt <= now)) return undefined;
    if (now - token.usedAt >= minute) aside(this.#store.touchToken(id, now));
    const role = this.roleOf(token);
    return role === undefined ? undefined : { who: `token:${id}`, role };
  }

  /** What a token may do now: what it was given, and no more than its maker may; undefined when the maker is gone. */
  roleOf(token: ApiToken): ConsoleRole | undefined {
    const maker = this.rootOf(token);
    if (maker === undefined) return undefined;
    if (maker === commandLineName) return token.role;
    const role = this.#store.operator(maker)?.role;
    return role === undefined ? undefined : leastOf(role, token.role);
  }

  /** The person behind a token: older ones that a token has made name that one. */
  rootOf(token: ApiToken): string | undefined {
    let operator = token.operator;
    for (let depth = 0; operator.startsWith('token:') && depth < 100; depth += 1) {
      const parent = this.#store.token(operator.slice('token:'.length));
      if (parent === undefined) return undefined;
      operator = parent.operator;
    }
    return operator.startsWith('token:') ? undefined : operator;
  }

  /** Whether a visitor may still do what it might when it came; being asked is no sign of life. */
  holds(visitor: Visitor): boolean {
    return this.roleNow(visitor) === visitor.role;
  }

  /** What a visitor may do now; undefined when it would not be let in any more. Being asked is no sign of life. */
  roleNow({ who, session }: Visitor): ConsoleRole | undefined {
    if (session === undefined) return this.#roleOfToken(who);
    const kept = this.#store.session(session.hash);
    const operator = this.#store.operator(who);
    if (kept === undefined || operator === undefined || isOver(kept, this.#clock.now())) return undefined;
    return isGoodFor(kept, operator) ? operator.role : undefined;
  }

  /** `who`: `token:<id>`. */
  #roleOfToken(who: string): ConsoleRole | undefined {
    const token = this.#store.token(who.slice('token:'.length));
    const isGood = token !== undefined && (token.expiresAt === 0 || token.expiresAt > this.#clock.now());
    return isGood ? this.roleOf(token) : undefined;
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

  /** Deletes at most `limit` of each of sessions, links and tokens that are long over; says how many of what is most. */
  async prune(limit: number): Promise<number> {
    const now = this.#clock.now();
    const sessions = this.#store.sessions().filter((one) => isOver(one, now - grace));
    const links = this.#store.links().filter(({ expiresAt }) => expiresAt <= now - grace);
    const all = this.#store.tokens();
    // Those that an older version let a token make find their operator through it.
    const parents = new Set(all.map(({ operator }) => operator));
    const tokens = all.filter(
      ({ id, expiresAt }) => expiresAt !== 0 && expiresAt <= now - tokenGrace && !parents.has(`token:${id}`),
    );
    const over = {
      sessions: sessions.slice(0, limit).map(({ hash }) => hash),
      links: links.slice(0, limit).map(({ hash }) => hash),
      tokens: tokens.slice(0, limit).map(({ id }) => id),
    };
    const most = Math.max(over.sessions.length, over.links.length, over.tokens.length);
    if (most > 0) await this.#store.forget(over);
    return most;
  }

  async signOut(visitor: Visitor): Promise<void> {
    if (visitor.session !== undefined) await this.#store.removeSession(visitor.session.hash);
  }

  async #open(operator: ConsoleOperator, from: { readonly ip: string; readonly agent: string }): Promise<SignedIn> {
    const now = this.#clock.now();
    const newest = [...this.sessionsOf(operator)].sort((a, b) => a.seenAt - b.seenAt).slice(1 - maxSessions);
    const kept = new Set(newest.map(({ hash }) => hash));
    await this.#removeSessions((one) => one.operator === operator.name && !kept.has(one.hash));
    const secret = makeSecret();
    const session: ConsoleSession = {
      hash: digest(secret),
      operator: operator.name,
      passwords: [digest(operator.password)],
      createdAt: now,
      seenAt: now,
      ip: from.ip,
      agent: from.agent.slice(0, 200),
    };
    await this.#store.saveSession(session);
    return { secret, operator, csrf: csrfOf(secret) };
  }

  #signOutAll(name: string, except = ''): Promise<void> {
    return this.#removeSessions(({ hash, operator }) => operator === name && hash !== except);
  }

  /** All at once: each waits until the other nodes know of it. */
  async #removeSessions(which: (one: ConsoleSession) => boolean): Promise<void> {
    const all = this.#store.sessions().filter(which);
    await Promise.all(all.map(({ hash }) => this.#store.removeSession(hash)));
  }
}

/** The name of the command line on the machine, which is bound to no operator. */
export const commandLineName = 'cli';

const leastOf = (a: ConsoleRole, b: ConsoleRole): ConsoleRole =>
  consoleRoles.indexOf(a) < consoleRoles.indexOf(b) ? a : b;

const isOver = ({ createdAt, seenAt }: ConsoleSession, now: number): boolean =>
  now - seenAt >= idle || now - createdAt >= longest;

/**
 * Whether the operator has still a password of the session. Where one is set while another node, or a sign-in under way, makes
 * a session with the one before, nobody finds that session to end it.
 */
const isGoodFor = ({ passwords = [] }: ConsoleSession, { password }: ConsoleOperator): boolean =>
  passwords.includes(digest(password));

/** Nobody waits for it. A database that is away must not end the process: the next request tries again. */
const aside = (work: Promise<unknown>): void => {
  work.catch(() => {});
};

function checkForm(password: string): void {
  const { least, most } = passwordLength;
  const length = [...password].length;
  if (length >= least && length <= most) return;
  throw new Refusal('bad_params', `password must have ${least} to ${most} characters`, 'password');
}
