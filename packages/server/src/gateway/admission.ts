import { bounds, type ErrorName, utf8Length } from 'ringback-protocol';
import { notOffered } from '../commands/not-offered.ts';
import type { App, Apps } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { Rates } from '../ports/rates.ts';
import type { Authenticator, Failure } from './authenticator.ts';
import type { Exchange } from './exchange.ts';
import type { Limits, Usage } from './limits.ts';
import { type Route, routeTable } from './routes.ts';
import { parseQuery, pathOf, type Query, splitPath } from './url.ts';

/** What the checks before the body need. */
export interface AdmissionParts {
  readonly routes: readonly Route[];
  readonly apps: Apps;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  /** Absent where this is the only node. */
  readonly rates?: Rates;
  readonly overloaded: () => boolean;
  readonly clock: Clock;
  readonly strict: boolean;
}

/** One check of the documented order. A check may rely on those before it. */
export interface Step {
  readonly name: string;
  check(exchange: Exchange): Failure | undefined;
}

/** Checks 1 to 21, in the order in which they are made. The first that fails answers. */
export function admissionSteps(parts: AdmissionParts): readonly Step[] {
  const { authenticator, apps, clock, strict } = parts;
  return [
    { name: 'the URL parses', check: urlParser(parts.routes) },
    { name: 'the command exists', check: (x) => (x.route === undefined ? unknownCommand(x, parts.routes) : undefined) },
    { name: 'the method is POST', check: (x) => (x.method === 'POST' ? undefined : { name: 'method_not_post' }) },
    { name: 'the parameters are well-formed', check: (x) => parameters(queryOf(x), strict) },
    { name: 'sdkappid is present', check: (x) => present(queryOf(x).sdkappid, 'sdkappid_missing') },
    {
      name: 'the application is known',
      check: (x) => {
        x.app = findApp(apps, queryOf(x).sdkappid ?? '');
        return x.app === undefined ? { name: 'app_unknown' } : undefined;
      },
    },
    { name: 'the application is enabled', check: (x) => (appOf(x).disabled ? { name: 'app_disabled' } : undefined) },
    {
      name: 'the package has not expired',
      check: (x) => {
        const { packageExpiresAt } = appOf(x);
        return packageExpiresAt !== 0 && clock.now() >= packageExpiresAt ? { name: 'package_expired' } : undefined;
      },
    },
    {
      name: 'the address is allowed',
      check: (x) => {
        const app = appOf(x);
        const allowed = app.allowIps.length === 0 || authenticator.allowsIp(app, x.clientIp);
        return allowed ? undefined : { name: 'ip_not_allowed' };
      },
    },
    { name: 'identifier is present', check: (x) => identifierFits(queryOf(x).identifier) },
    {
      name: 'usersig is present',
      check: (x) => present(queryOf(x).usersig === '' ? undefined : queryOf(x).usersig, 'usersig_missing'),
    },
    {
      // Checks 12 to 16 belong together: the signature is taken apart once.
      name: 'the UserSig is good',
      check: (x) =>
        authenticator.verify(appOf(x), {
          identifier: queryOf(x).identifier ?? '',
          userSig: queryOf(x).usersig ?? '',
          clientIp: x.clientIp,
          now: x.cameAt,
        }),
    },
    {
      name: 'the identifier is an administrator',
      check: (x) =>
        authenticator.isAdmin(appOf(x), queryOf(x).identifier ?? '') ? undefined : { name: 'not_administrator' },
    },
    {
      name: 'the command is enabled',
      check: (x) =>
        appOf(x).disabledCommands.includes(routeOf(x).command.path) ? { name: 'command_disabled' } : undefined,
    },
    { name: 'the rates are kept', check: (x) => rates(x, parts.limits.of(appOf(x)), parts.rates) },
    {
      name: 'there is room for the request',
      check: (x) => {
        const app = appOf(x);
        const usage = parts.limits.of(app);
        const { maxInFlight } = app.settings;
        if (usage.inFlight >= maxInFlight) return { name: 'too_many_in_flight' };
        // At the other nodes there may be some, too.
        if (parts.rates?.room(String(app.sdkAppId), usage, maxInFlight) === false)
          return { name: 'too_many_in_flight' };
        if (parts.overloaded()) return { name: 'overloaded' };
        admit(x, usage, parts.rates);
        return undefined;
      },
    },
  ];
}

/** Check 1. The path of a known command needs no look inside. */
function urlParser(routes: readonly Route[]): (x: Exchange) => Failure | undefined {
  const table = routeTable(routes);
  return (x) => {
    const path = pathOf(x.target);
    x.route = table.get(path);
    if (x.route === undefined) {
      const parts = splitPath(path);
      if (parts === undefined) {
        return { name: 'http_malformed', detail: 'The path is not of the form /<version>/<servicename>/<command>.' };
      }
      x.route = table.get(`/${parts.join('/')}`);
    }
    if (x.route !== undefined) x.envelope = x.route.envelope;
    x.query = parseQuery(x.target, path.length + 1);
    return x.query === undefined
      ? { name: 'http_malformed', detail: 'The query of the URL holds a broken percent-encoding.' }
      : undefined;
  };
}

/** Check 2: says which part of the path is wrong. */
function unknownCommand(x: Exchange, routes: readonly Route[]): Failure {
  const [version, service, command] = splitPath(pathOf(x.target)) ?? [];
  if (version === 'v4' && notOffered.has(`${service}/${command}`)) {
    const detail = `${command} is not part of Ringback, which carries calls and no chat messages.`;
    return { name: 'command_not_offered', detail };
  }
  let detail = 'There is no such command in this service; check the URL.';
  const known = routes.filter((route) => route.command.version === version);
  if (known.length === 0) detail = 'There is no such version; the path begins with /v4/.';
  else if (!known.some((route) => route.command.service === service)) {
    detail = 'There is no such service; check the URL. Names are case-sensitive.';
  }
  return { name: 'command_unknown', detail };
}

/** Check 4. */
function parameters(query: Query, strict: boolean): Failure | undefined {
  const { contenttype, duplicate, random } = query;
  if (contenttype !== undefined && contenttype !== 'json') return malformed('The parameter contenttype must be json.');
  if (duplicate !== undefined) return malformed(`The parameter ${shown(duplicate)} is in the URL twice.`);
  if (!strict) return undefined;
  if (contenttype === undefined) return malformed('The parameter contenttype is missing (strict mode).');
  if (random === undefined || !/^[0-9]{1,10}$/.test(random) || Number(random) > 4_294_967_295) {
    return malformed('The parameter random must be a decimal from 0 to 4294967295 (strict mode).');
  }
  return undefined;
}

/** Names come from the caller; a long or strange one does not belong in a sentence. */
const shown = (name: string): string => (/^[\w.-]{1,40}$/.test(name) ? name : 'with a strange name');

/** Check 6. */
function findApp(apps: Apps, text: string): App | undefined {
  return /^[0-9]{1,10}$/.test(text) ? apps.get(Number(text)) : undefined;
}

/** Check 10. */
export function identifierFits(identifier: string | undefined): Failure | undefined {
  const bytes = identifier === undefined ? 0 : utf8Length(identifier);
  return bytes >= 1 && bytes <= bounds.userIdBytes ? undefined : { name: 'identifier_missing' };
}

/** Checks 19 and 20. Nothing is counted yet: a request counts once it is admitted. */
function rates({ startedAt, route }: Exchange, usage: Usage, shared: Rates | undefined): Failure | undefined {
  const command = usage.commands[route?.number ?? 0];
  if (command?.free(startedAt) === false) return { name: 'command_rate' };
  if (!usage.all.free(startedAt)) return { name: 'app_rate' };
  if (shared === undefined || command === undefined) return undefined;
  // What this node alone would accept, the others may have accepted already.
  const [one, all] = rateKeys(usage.app, route);
  if (!shared.free(one, command.limit)) return { name: 'command_rate' };
  if (!shared.free(all, usage.all.limit)) return { name: 'app_rate' };
  return undefined;
}

/** What the rates of a command, and of all commands together, are counted under. */
const rateKeys = ({ sdkAppId }: App, route: Route | undefined): readonly [string, string] => [
  `${sdkAppId}/${route?.command.path}`,
  `${sdkAppId}/*`,
];

/** After check 21: the request counts. */
function admit(x: Exchange, usage: Usage, shared: Rates | undefined): void {
  if (shared !== undefined) for (const key of rateKeys(usage.app, x.route)) shared.take(key);
  usage.commands[routeOf(x).number]?.take(x.startedAt);
  usage.all.take(x.startedAt);
  usage.inFlight += 1;
  x.usage = usage;
}

const malformed = (detail: string): Failure => ({ name: 'http_malformed', detail });

const present = (value: string | undefined, name: ErrorName): Failure | undefined =>
  value === undefined ? { name } : undefined;

// What an earlier check has found out; that it is missing would be a defect of the order.
const queryOf = (x: Exchange): Query => x.query as Query;
const appOf = (x: Exchange): App => x.app as App;
const routeOf = (x: Exchange): Route => x.route as Route;
