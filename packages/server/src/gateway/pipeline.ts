import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import { type ErrorName, errorRow, Refusal, userId } from 'ringback-protocol';
import type { Command, CommandContext } from '../commands/command.ts';
import { AccessLog, noCommand } from './access-log.ts';
import { admissionSteps, type Step } from './admission.ts';
import type { Failure } from './authenticator.ts';
import { readJsonBody } from './body.ts';
import { ProxyTrust, plainIp } from './client-ip.ts';
import { Deadlines } from './deadlines.ts';
import { endWhole } from './end-whole.ts';
import { answerHeaders, legacyEnvelope, rawAnswer, standardEnvelope } from './envelope.ts';
import type { Exchange, ExchangeOwner } from './exchange.ts';
import { Limits } from './limits.ts';
import type { GatewayOptions } from './options.ts';
import { Pipelined } from './pipelined.ts';
import { legacyRequestId, requestIdMaker } from './request-ids.ts';
import { type Route, routesOf } from './routes.ts';
import { originForm } from './url.ts';

/** After an answer that came before the end of its request: how much more is read, and for how long, before the cut. */
const lingerBytes = 4 * 1024 * 1024;
const lingerMs = 2000;

const empty = Buffer.alloc(0);

/** The parts of the gateway's options that requests meet. */
export type PipelineOptions = Pick<
  GatewayOptions,
  | 'settings'
  | 'apps'
  | 'authenticator'
  | 'commands'
  | 'calls'
  | 'store'
  | 'endpoints'
  | 'accounts'
  | 'groups'
  | 'presence'
  | 'removal'
  | 'push'
  | 'webhookProblem'
  | 'clock'
  | 'log'
  | 'accessLog'
  | 'metrics'
  | 'requests'
> & { readonly overloaded: () => boolean };

/** How a request came in: over TLS, or through a plain port that serves or that sends callers to HTTPS. */
export type Door = 'tls' | 'serve' | 'redirect';

/** The road of a request of the API: the ordered checks, the command, the answer. */
export class Pipeline implements ExchangeOwner {
  readonly #options: PipelineOptions;
  readonly #steps: readonly Step[];
  readonly #proxies: ProxyTrust;
  readonly #deadlines: Deadlines;
  readonly #log: AccessLog;
  /** The JSON text of answers that may come again. */
  readonly #texts = new WeakMap<object, string>();
  readonly #pipelined = new Pipelined(
    (x) => this.#runWhole(x),
    (x) => this.aborted(x),
  );
  readonly #nextId = requestIdMaker();
  #closing = false;

  constructor(options: PipelineOptions) {
    const { settings, clock } = options;
    const routes = routesOf(options.commands);
    this.#options = options;
    this.#log = new AccessLog(options.accessLog);
    this.#proxies = new ProxyTrust(settings.trustProxy);
    this.#deadlines = new Deadlines(clock, settings.commandTimeout);
    this.#steps = admissionSteps({ ...options, routes, limits: new Limits(routes, settings), strict: settings.strict });
  }

  /** From now on every answer closes its connection. */
  stopKeepAlive(): void {
    this.#closing = true;
  }

  close(): void {
    this.#pipelined.close();
    this.#log.close();
    this.#deadlines.close();
  }

  /** A whole HTTP answer with code 60002 for a socket that sent something else than HTTP; counted and logged. */
  rawRefusal(socket: Duplex, detail: string | undefined): string {
    const { clock, metrics, requests } = this.#options;
    const now = clock.now();
    const requestId = this.#nextId(now);
    const { code } = errorRow(malformed);
    const clientIp = plainIp((socket as Partial<Socket>).remoteAddress);
    metrics.answered(noCommand, code, 0);
    requests?.note({ requestId, app: 0, clientIp }, noCommand, code, 0, now);
    this.#log.answered({ requestId, clientIp, app: undefined, route: undefined }, code, 0, now);
    return rawAnswer(standardEnvelope.failure(requestId, malformed, detail));
  }

  /** Notes when, by whom and as what a request came. To be called before anything else. */
  begin(x: Exchange, response: ServerResponse, door: Door): void {
    x.owner = this;
    x.response = response;
    // As long as an answer before it is on its way, Node has not given it the connection.
    x.isBehind = response.socket === null;
    x.startedAt = performance.now();
    x.cameAt = this.#options.clock.now();
    x.requestId = this.#nextId(x.cameAt);
    x.target = originForm(x.url ?? '');
    if (x.target.startsWith('/v1/')) {
      x.envelope = legacyEnvelope;
      x.requestId = legacyRequestId(x.requestId);
    }
    const { clientIp, secure } = this.wayOf(x, door);
    x.clientIp = clientIp;
    x.secure = secure;
    x.proxied = secure && door === 'serve' && this.#proxies.any;
  }

  /** By whom a request came, and whether its way may be used for what is secret. */
  wayOf(request: IncomingMessage, door: Door): { readonly clientIp: string; readonly secure: boolean } {
    const peer = plainIp(request.socket.remoteAddress);
    const secure = door !== 'redirect';
    if (!this.#proxies.any) return { clientIp: peer, secure };
    const { headers } = request;
    const { clientIp, trusted, proto } = this.#proxies.read(
      peer,
      headers['x-forwarded-for'],
      headers['x-forwarded-proto'],
    );
    // With a proxy declared, plain HTTP is for the proxy, and for what it received over TLS.
    return { clientIp, secure: door === 'serve' ? trusted && proto !== 'http' : secure };
  }

  /** Checks 1 to 21, then on to the body. */
  handle(x: Exchange): void {
    for (const step of this.#steps) {
      const failure = step.check(x);
      if (failure !== undefined) {
        this.refuse(x, failure);
        return;
      }
    }
    x.receive();
  }

  chunk(x: Exchange, chunk: Buffer): void {
    x.size += chunk.length;
    if (x.answered) {
      if (x.size > lingerBytes) x.destroy();
    } else if (x.size > this.#bodyBytes(x)) {
      const detail = `The request body is larger than ${this.#bodyBytes(x)} bytes.`;
      this.refuse(x, { name: 'body_not_json', detail });
    } else if (x.first === undefined) x.first = chunk;
    else if (x.rest === undefined) x.rest = [chunk];
    else x.rest.push(chunk);
  }

  received(x: Exchange): void {
    if (x.answered) {
      if (x.lingering) x.response?.end();
      return;
    }
    if (x.isBehind) this.#pipelined.add(x);
    else this.#runWhole(x);
  }

  #runWhole(x: Exchange): void {
    const { first = empty, rest } = x;
    x.first = undefined;
    x.rest = undefined;
    this.#run(x, x.route as Route, rest === undefined ? first : Buffer.concat([first, ...rest]));
  }

  aborted(x: Exchange): void {
    if (!x.answered) this.#over(x, aborted);
  }

  expired(x: Exchange): void {
    this.refuse(x, { name: 'handler_timeout' });
  }

  /** Checks 22 to 26. */
  #run(x: Exchange, { command }: Route, bytes: Buffer): void {
    if (this.#options.settings.strict && !/^application\/json\b/i.test(x.headers['content-type'] ?? '')) {
      const detail = 'The request must have the header Content-Type: application/json (strict mode).';
      this.refuse(x, { name: 'body_not_json', detail });
      return;
    }
    const outcome = readJsonBody(bytes);
    if ('failure' in outcome) {
      this.refuse(x, outcome.failure);
      return;
    }
    try {
      const answer = command.handle(this.#context(x), command.read(outcome.body));
      if (!(answer instanceof Promise)) {
        this.#succeed(x, answer);
        return;
      }
      this.#deadlines.add(x);
      answer.then(
        (late) => this.#succeed(x, late),
        (error: unknown) => this.#fail(x, error),
      );
    } catch (error) {
      this.#fail(x, error);
    }
  }

  #context(x: Exchange): CommandContext {
    const { calls, store, endpoints, accounts, groups, presence, removal, push, webhookProblem, clock, settings } =
      this.#options;
    const { requestId, clientIp } = x;
    return {
      app: x.app as NonNullable<typeof x.app>,
      calls,
      store,
      endpoints,
      accounts,
      groups,
      presence,
      removal,
      push,
      webhookProblem,
      clock,
      windowDays: settings.windowDays,
      cause: {
        cause: 'rest',
        // An administrator of the application, by check 17.
        actor: userId(x.query?.identifier ?? ''),
        device: '',
        requestId,
        origin: { clientIp, platform: 'RESTAPI' },
      },
      requestId,
      clientIp,
    };
  }

  #succeed(x: Exchange, answer: unknown): void {
    if (x.answered) return;
    const { command } = x.route as Route;
    const response = this.#responseText(command, answer);
    if (response === undefined) {
      this.#options.log.error({ requestId: x.requestId, command: command.path }, 'the answer does not fit its schema');
      this.refuse(x, { name: 'answer_malformed' });
      return;
    }
    const { envelope, requestId } = x;
    const length = envelope.successLength(requestId, response);
    const { largest } = command;
    if (largest !== undefined && length > largest.bytes) this.refuse(x, { name: largest.error });
    else this.#send(x, 0, envelope.success(requestId, response), length);
  }

  /** Check 26: the answer as JSON text; undefined when it is not what the command promises. */
  #responseText(command: Command, answer: unknown): string | undefined {
    const reused = command.reusesAnswers && typeof answer === 'object' && answer !== null ? answer : undefined;
    const known = reused === undefined ? undefined : this.#texts.get(reused);
    if (known !== undefined) return known;
    if (!command.fits(answer)) return undefined;
    if (answer === null) return '';
    try {
      const text = JSON.stringify(answer);
      if (reused !== undefined) this.#texts.set(reused, text);
      return text;
    } catch {
      // It holds something that JSON does not know.
      return undefined;
    }
  }

  /** Check 24, and whatever else a command comes to. */
  #fail(x: Exchange, error: unknown): void {
    if (!(error instanceof Refusal)) this.#logDefect(x, error);
    else if (error.reason === 'internal') this.#logDefect(x, error);
    if (x.answered) return;
    const { errors } = x.route as Route;
    if (!(error instanceof Refusal)) {
      this.refuse(x, { name: errors.internal });
      return;
    }
    const { reason, detail } = error;
    let name: ErrorName = reason;
    if (reason === 'internal') name = errors.internal;
    // Numbers below 0 are for devices only.
    else if (reason === 'bad_params' || errorRow(reason).code < 0) name = errors.badParams;
    const text = detail ?? (name === reason ? undefined : errorRow(reason).text);
    this.refuse(x, text === undefined ? { name } : { name, detail: text });
  }

  /** Answers with a failure. */
  refuse(x: Exchange, { name, detail }: Failure): void {
    if (x.answered) return;
    const text = x.envelope.failure(x.requestId, name, detail);
    this.#send(x, x.envelope.code(name), text, Buffer.byteLength(text));
  }

  /** Answers a request that asks for nothing. */
  greet(x: Exchange): void {
    const { envelope, requestId } = x;
    this.#send(x, 0, envelope.success(requestId, ''), envelope.successLength(requestId, ''));
  }

  /** `length` in bytes. */
  #send(x: Exchange, code: number, text: string, length: number): void {
    this.#over(x, code);
    const response = x.response as ServerResponse;
    if (response.destroyed) return;
    // With the last answer that the connection waits for.
    if (this.#closing && !this.#pipelined.isWaitedOn(x.socket)) response.shouldKeepAlive = false;
    if (!x.complete && this.#bodyIsLarge(x)) this.#linger(x, response, text, length);
    else endWhole(response, text, length);
  }

  /** Requests that were admitted and are not answered. */
  get inFlight(): number {
    return this.#deadlines.size;
  }

  /** The accounts of a request are closed: it is in flight no more, is counted and logged. */
  #over(x: Exchange, code: number): void {
    x.answered = true;
    const { clock, metrics, requests } = this.#options;
    if (x.usage !== undefined) {
      x.usage.inFlight -= 1;
      x.usage = undefined;
      if (x.deadline !== 0) this.#deadlines.remove(x);
    }
    const ms = performance.now() - x.startedAt;
    const command = x.route?.command.path ?? noCommand;
    // Most are answered at once: to ask for the time again costs a hundredth of them.
    const now = ms < 1 ? x.cameAt : clock.now();
    metrics.answered(command, code, ms);
    if (requests !== undefined) {
      const { requestId, clientIp } = x;
      requests.note({ requestId, app: x.app?.sdkAppId ?? 0, clientIp }, command, code, ms, now);
    }
    this.#log.answered(x, code, ms, now);
  }

  /**
   * Sends the answer at once, and reads on for a while: to close a connection on a caller that still sends takes the
   * answer away from it.
   */
  #linger(x: Exchange, response: ServerResponse, text: string, length: number): void {
    x.lingering = true;
    x.receive();
    // What came before is let go, should the socket be waiting for somebody to read it.
    x.resume();
    response.writeHead(200, answerHeaders(length));
    response.write(text);
    setTimeout(() => {
      if (!x.complete) x.destroy();
    }, lingerMs).unref();
  }

  #bodyIsLarge(x: Exchange): boolean {
    const { headers } = x;
    return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > this.#bodyBytes(x);
  }

  /** Bytes that the body may have: those of the settings, or what the command can need. */
  #bodyBytes(x: Exchange): number {
    return Math.max(this.#options.settings.bodyBytes, x.route?.command.bodyBytes ?? 0);
  }

  #logDefect(x: Exchange, err: unknown): void {
    const { requestId, app, route } = x;
    this.#options.log.error({ err, requestId, app: app?.sdkAppId, command: route?.command.path }, 'failed');
  }
}

/** In the access line of a request that its caller gave up. */
const aborted = -1;

const malformed = 'http_malformed' satisfies ErrorName;
