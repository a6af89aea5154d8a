import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { guardBrokenHttp } from './broken-http.ts';
import { ProxyTrust, plainIp } from './client-ip.ts';
import { ConnectionCount } from './connection-count.ts';
import { redirectHeaders } from './envelope.ts';
import { Exchange } from './exchange.ts';
import { ListenDoor } from './listen.ts';
import { opsServer } from './ops.ts';
import type { GatewayOptions, ListenAddress, TlsMaterial } from './options.ts';
import { LoopProbe } from './overload.ts';
import { Pages } from './pages.ts';
import { Pipeline } from './pipeline.ts';
import { isPushAnswer } from './push-answers.ts';
import { httpsAddress, type OwnPorts } from './redirect.ts';
import { SocketSet } from './sockets.ts';
import { declineUpgrade, isSignalling } from './upgrade.ts';
import { originForm, pathOf } from './url.ts';
import { Web } from './web.ts';

/** Where the gateway really listens. */
export interface GatewayAddresses {
  readonly http?: ListenAddress;
  readonly https?: ListenAddress;
  readonly ops?: ListenAddress;
}

/** Bytes of a URL and its headers; a UserSig of the largest kind fits several times. */
const maxHeaderBytes = 32_768;
/** How often Node looks for requests that take too long to arrive, in ms. */
const patrol = 1000;
/** ms between two log lines about addresses that have too many connections. */
const floodLine = 10_000;

/** The HTTP doors: the API, what is beside it, the way to the signalling socket, and the operator's port. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #pipeline: Pipeline;
  readonly #probe: LoopProbe;
  readonly #sockets: SocketSet;
  readonly #count: ConnectionCount;
  readonly #pages: readonly Pages[];
  #web: Web | undefined;
  #http: Server | undefined;
  #https: TlsServer | undefined;
  #ops: Server | undefined;
  /** Kept, because a server that stops has none any more and still answers. */
  #ports: OwnPorts = { http: undefined, https: 443 };
  #floodSaid = Number.NEGATIVE_INFINITY;
  #turnedAway = 0;

  constructor(options: GatewayOptions) {
    const probe = new LoopProbe(options.settings.overloadDelay);
    this.#options = options;
    this.#probe = probe;
    this.#sockets = new SocketSet(options.settings.keepAliveTimeout);
    const trust = new ProxyTrust(options.settings.trustProxy);
    this.#count = new ConnectionCount(options.settings.maxConnectionsPerIp, (ip) => trust.isTrusted(ip));
    this.#pages = (options.pages ?? []).map((one) => new Pages(one));
    this.#pipeline = new Pipeline({ ...options, overloaded: options.overloaded ?? (() => probe.overloaded) });
  }

  /** Opens the ports; rejects when one is taken or the certificate cannot be used. */
  async listen(): Promise<GatewayAddresses> {
    const { settings, log, ready, concerns, metricsText, metricsToken, pushAnswers } = this.#options;
    this.#probe.open();
    this.#sockets.open();
    const listenDoor = new ListenDoor(this.#options);
    const notFound = (x: Exchange): void => this.#pipeline.handle(x);
    const beside = { listen: listenDoor, pushAnswers, notFound };
    this.#web = await Web.open({ log, ready, concerns, metricsText, metricsToken, ...beside });
    try {
      if (settings.https !== undefined) {
        this.#https = this.#tlsServer(settings.https.tls);
        await listen(this.#https, settings.https);
      }
      if (settings.http !== undefined) {
        this.#http = createServer({ ...this.#serverOptions(), ServerResponse });
        this.#furnish(this.#http, settings.http.mode === 'redirect' ? 'redirect' : 'serve');
        await listen(this.#http, settings.http);
      }
      this.#ports = { http: addressOf(this.#http)?.port, https: addressOf(this.#https)?.port ?? 443 };
      if (settings.ops !== undefined) {
        this.#ops = opsServer(this.#options);
        await listen(this.#ops, settings.ops);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
    return this.addresses;
  }

  /** Whether the event loop is later than the settings allow: the node has more work than it can do. */
  get overloaded(): boolean {
    return this.#probe.overloaded;
  }

  /** Requests that were admitted and are not answered. */
  get inFlight(): number {
    return this.#pipeline.inFlight;
  }

  get addresses(): GatewayAddresses {
    const [http, https, ops] = [addressOf(this.#http), addressOf(this.#https), addressOf(this.#ops)];
    return { ...(http && { http }), ...(https && { https }), ...(ops && { ops }) };
  }

  /** Uses another certificate for connections to come; open ones are not touched. Throws when it cannot be used. */
  replaceCertificate(tls: TlsMaterial): void {
    this.#https?.setSecureContext({ ...tls, ...tlsVersions });
  }

  /** Stops accepting, answers what is under way, closes every connection; by force after `closeGrace`. */
  async close(): Promise<void> {
    this.#pipeline.stopKeepAlive();
    const servers = [this.#http, this.#https, this.#ops].filter((server) => server?.listening === true);
    const closed = Promise.all(servers.map((server) => new Promise((resolve) => server?.close(resolve))));
    this.#sockets.closeIdle();
    const timer = setTimeout(() => {
      this.#sockets.destroyAll();
      this.#ops?.closeAllConnections();
    }, this.#options.settings.closeGrace);
    await closed;
    clearTimeout(timer);
    this.#pipeline.close();
    this.#probe.close();
    this.#sockets.close();
    await this.#web?.close();
  }

  #serverOptions() {
    const { headersTimeout, requestTimeout } = this.#options.settings;
    return {
      IncomingMessage: Exchange,
      headersTimeout,
      requestTimeout,
      // Idle connections are the patrol's. With a timeout of Node's own, answers would have to say it (`answerHead`).
      keepAliveTimeout: 0,
      connectionsCheckingInterval: patrol,
      maxHeaderSize: maxHeaderBytes,
      requireHostHeader: false,
      noDelay: true,
      keepAlive: true,
    } as const;
  }

  #tlsServer(tls: TlsMaterial): TlsServer {
    const server = createTlsServer({
      ...this.#serverOptions(),
      ...tls,
      ...tlsVersions,
      ServerResponse,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: this.#options.settings.headersTimeout,
    });
    this.#furnish(server, 'tls');
    return server;
  }

  #furnish(server: Server | TlsServer, door: 'serve' | 'redirect' | 'tls'): void {
    server.maxConnections = this.#options.settings.maxConnections;
    // In front of Node's own listeners: a connection that is one too many costs no handshake and no parser.
    const own = server.listeners('connection');
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      if (!this.#count.enter(socket)) {
        this.#turnAway(socket);
        return;
      }
      if (door === 'tls') this.#sockets.addHandshake(socket);
      else this.#sockets.add(socket);
      for (const listener of own) listener.call(server, socket);
    });
    if (door === 'tls') server.on('secureConnection', (socket: Socket) => this.#sockets.add(socket));
    server.on('request', (x: Exchange, response: ServerResponse) => this.#serve(x, response, door));
    server.on('checkExpectation', (x: Exchange, response: ServerResponse) => {
      this.#pipeline.begin(x, response, door);
      const detail = 'Of the expectations of HTTP, 100-continue is the only one that this server knows.';
      this.#pipeline.refuse(x, { name: 'http_malformed', detail });
    });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (isSignalling(request) && this.#pipeline.wayOf(request, door).secure) {
        this.#sockets.handOver(socket);
        this.#count.leave(socket as Socket);
        // Proxies may send the whole address, of which signalling knows nothing.
        request.url = originForm(request.url ?? '');
        this.#options.onUpgrade(request, socket, head);
      } else declineUpgrade(server, request, socket, head);
    });
    guardBrokenHttp(server, {
      rawAnswer: (socket, detail) => this.#pipeline.rawRefusal(socket, detail),
      refuse: (x, detail) => this.#pipeline.refuse(x, { name: 'http_malformed', ...(detail && { detail }) }),
    });
  }

  #serve(x: Exchange, response: ServerResponse, door: 'serve' | 'redirect' | 'tls'): void {
    this.#pipeline.begin(x, response, door);
    if (!x.secure) this.#redirect(x, response);
    else if (this.#options.admin !== undefined && x.target.startsWith('/admin/')) {
      // Before the greetings: what they say to pages of other sites is not said here.
      this.#options.admin.handle(x, response, { clientIp: x.clientIp, https: door === 'tls' || x.proxied });
    } else if (x.method !== 'POST' && isGreeting(x)) this.#pipeline.greet(x);
    else if (x.target.startsWith('/v4/') || x.target.startsWith('/v1/')) this.#pipeline.handle(x);
    else {
      const path = pathOf(x.target);
      const pages = this.#pages.find((one) => one.has(path));
      if (pages !== undefined) pages.handle(x, response);
      else this.#web?.handle(x, response);
    }
  }

  /** Closes a connection of an address that has as many as it may, and says so now and then. */
  #turnAway(socket: Socket): void {
    this.#turnedAway += 1;
    const now = performance.now();
    if (now - this.#floodSaid >= floodLine) {
      const fields = { clientIp: plainIp(socket.remoteAddress), turnedAway: this.#turnedAway };
      this.#options.log.warn(fields, 'too many connections from one address');
      this.#floodSaid = now;
      this.#turnedAway = 0;
    }
    socket.destroy();
  }

  #redirect(x: Exchange, response: ServerResponse): void {
    const address = httpsAddress(x, this.#ports);
    if (address === undefined) {
      this.#pipeline.refuse(x, { name: 'http_malformed', detail: 'This server answers over HTTPS only.' });
      return;
    }
    response.writeHead(308, redirectHeaders(address));
    response.end();
  }
}

const tlsVersions = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } as const;

/** Connectivity checks and the questions that browsers ask beforehand; those about /push have an answer of their own. */
const isGreeting = ({ method, target }: Exchange): boolean =>
  (method === 'OPTIONS' && !isPushAnswer(pathOf(target))) ||
  ((method === 'GET' || method === 'HEAD') && (target === '/' || target.startsWith('/?')));

function listen(server: NetServer, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function addressOf(server: NetServer | undefined): ListenAddress | undefined {
  const address = server?.address() as AddressInfo | string | null | undefined;
  return typeof address === 'object' && address !== null ? { host: address.address, port: address.port } : undefined;
}
