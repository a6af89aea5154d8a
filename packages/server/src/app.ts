import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { fileURLToPath } from 'node:url';
import { type CallId, type SdkAppId, sdkAppId } from 'ringback-protocol';
import { ControlServer } from './admin/control.ts';
import { demoSign } from './admin/demo-sign.ts';
import { AdminDoor } from './admin/http/door.ts';
import { makeOperator, makeStreamOpener } from './admin/operator.ts';
import { CodedRefusal } from './admin/refusals.ts';
import { Authenticator } from './auth/authenticator.ts';
import { ConsoleAuth } from './auth/console-auth.ts';
import { CallService } from './calls/call-service.ts';
import { LiveCalls } from './calls/live-calls.ts';
import { isOurs } from './calls/node-share.ts';
import { makeRemoval } from './calls/removal.ts';
import { Retention } from './calls/retention.ts';
import { Herald } from './cluster/herald.ts';
import { openCluster } from './cluster/open.ts';
import { commands } from './commands/index.ts';
import { hostPort, listenAddress } from './config/address.ts';
import { appDefaults } from './config/app-defaults.ts';
import { readCertificate } from './config/certificate.ts';
import { devCertificate } from './config/dev-certificate.ts';
import type { Settings } from './config/settings.ts';
import { withAccountDeadline } from './gateway/account-deadline.ts';
import { CertificateWatch } from './gateway/certificate-watch.ts';
import { ProxyTrust, plainIp } from './gateway/client-ip.ts';
import { Gateway } from './gateway/gateway.ts';
import {
  defaultGatewaySettings,
  type GatewaySettings,
  type ListenAddress,
  type TlsMaterial,
} from './gateway/options.ts';
import type { PagesOptions } from './gateway/pages.ts';
import { requestCounter } from './gateway/request-counter.ts';
import { RequestLog } from './gateway/request-log.ts';
import { keptMediaObserver } from './media/kept-observer.ts';
import { openMedia } from './media/open-media.ts';
import { SharedMedia } from './media/shared-media.ts';
import { Closers } from './observe/closers.ts';
import { Health } from './observe/health.ts';
import { Isolation } from './observe/isolation.ts';
import { LagWindow } from './observe/lag-window.ts';
import type { LogStream } from './observe/log.ts';
import { Metrics } from './observe/metrics.ts';
import {
  callObserver,
  mediaGauges,
  mediaObserver,
  pushObserver,
  signallingObserver,
  webhookGauges,
  webhookObserver,
} from './observe/observers.ts';
import { StoreClock } from './observe/store-clock.ts';
import { systemClock } from './observe/system-clock.ts';
import type { Apps } from './ports/apps.ts';
import type { Clock } from './ports/clock.ts';
import { PushAnswers } from './push/answers.ts';
import { TokenDesk } from './push/desk.ts';
import { PushService } from './push/push-service.ts';
import { openSenders } from './push/senders.ts';
import { mediaDataOf } from './requests/media-data.ts';
import { SignallingServer } from './signalling/socket-server.ts';
import { DataLock } from './stores/data-lock.ts';
import { openStores } from './stores/open.ts';
import type { Store } from './stores/store.ts';
import { Dispatcher } from './webhooks/dispatcher.ts';
import { AddressGuard } from './webhooks/guard.ts';
import { parkAfter } from './webhooks/retry.ts';
import { Sender } from './webhooks/sender.ts';
import { WebhookSurvey } from './webhooks/survey.ts';

/** The application of development mode. */
export const devAppId: SdkAppId = sdkAppId(1_400_000_001);

const day = 86_400_000;

/** ms; how long a receiver of webhooks may take. */
const webhookTimeout = 5000;

/** ms that a stop may take where a database in the network may be gone; supervisors kill after 30 s. */
const stopTime = 20_000;

/** ms; how long a device may take to say that it is alive. */
const probePatience = 500;

/** A server that runs. */
export interface RunningServer {
  /** URLs such as `http://127.0.0.1:8080`; absent where a port is off. */
  readonly addresses: { readonly http?: string; readonly https?: string; readonly ops?: string };
  readonly apps: Apps;
  /** What is kept; for who composes a server with more around it. */
  readonly store: Store;
  /** What goes on at this moment; for who has to know when nothing does. */
  underWay(): UnderWay;
  /** Asks devices for a sign of life, but for those to `pass` over, so that a clock that was moved does not make them silent. */
  probeDevices(pass: (device: string) => boolean): Promise<void>;
  /** Where built pages are served, such as `/demo`. */
  readonly pages: readonly string[];
  /** Reads the certificate again, for connections to come. Rejects when it cannot be used; the old one then stays. */
  reloadCertificate(): Promise<void>;
  /** Stops accepting, answers what is in flight, writes everything. */
  close(): Promise<void>;
}

/** What goes on in a server at one moment. */
export interface UnderWay {
  readonly liveCalls: number;
  /** Steps of calls that are not durable and told yet. */
  readonly steps: number;
  /** REST requests without an answer. */
  readonly requests: number;
  /** Webhooks that are being sent, or are about to be. */
  readonly webhooks: number;
  /** Webhooks that wait, for their time or their turn. */
  readonly webhooksWaiting: number;
  /** Pushes that are being sent or taken back, and rings for which that is being found out; not what waits for its time. */
  readonly pushes: number;
  /** Pushes that were tried since the start. */
  readonly pushesTried: number;
  /** Signalling frames that were sent since the start. */
  readonly framesSent: number;
}

/**
 * Opens everything in order; `close` closes it in reverse. Where another `clock` is given, the server lives by that one.
 *
 * `onFatal` is called when the store has failed: memory is then ahead of the disk, and the process must end at once.
 * Rejects with a sentence for the operator.
 */
export async function startServer(options: {
  readonly settings: Settings;
  readonly log: LogStream;
  readonly onFatal: (error: Error) => void;
  readonly clock?: Clock;
}): Promise<RunningServer> {
  const closers = new Closers();
  try {
    return await open(options, closers);
  } catch (error) {
    await closers.close(options.settings.database === '' ? undefined : stopTime);
    throw error;
  }
}

async function open(options: Parameters<typeof startServer>[0], closers: Closers): Promise<RunningServer> {
  const { settings } = options;
  const { log, line, takesLines } = options.log;
  const clock = options.clock ?? (settings.database === '' ? systemClock : new StoreClock());
  const lock = await DataLock.take(settings.data, 'server');
  closers.add('data directory', () => lock.release());
  let certificate = await certificateOf(settings, clock.now());

  let state: 'starting' | 'ready' | 'stopping' | 'broken' = 'starting';
  const store = await openStores({
    data: settings.data,
    database: settings.database,
    clock,
    appDefaults: appDefaults(settings),
    maxAccounts: settings['limits.accounts'],
    masterKey: settings['secrets.masterKey'],
    otherKey: settings['secrets.otherKey'],
    onFatal: (error) => {
      state = 'broken';
      options.onFatal(error);
    },
  });
  closers.add('store', () => store.close());
  if (store.newer.length > 0) log.warn({ newer: store.newer }, 'schema is newer than this program, which can use it');
  await store.nodes.join();
  const { apps, accounts, console, groups, endpoints, pendingEvents, nodes } = store;
  const guard = new AddressGuard(settings['webhooks.allowPrivate']);
  const operations = {
    apps,
    accounts,
    groups,
    store: store.calls,
    search: store.search,
    mediaEvents: store.mediaEvents,
    pushProviders: store.pushProviders,
    pushTokens: store.pushTokens,
    pushLog: store.pushLog,
    endpoints,
    pending: pendingEvents,
    quality: store.quality,
    secrets: store.secrets,
    urlFlaw: (url: string) => guard.flaw(url),
    clock,
    console,
    auth: new ConsoleAuth({ store: console, clock }),
  };
  if (settings.dev && apps.get(devAppId) === undefined) {
    const made = makeOperator(operations)('app.create', { id: devAppId, name: 'Development' });
    await made.catch((error: unknown) => {
      // Another node that starts at the same moment was first.
      if (!(error instanceof CodedRefusal && error.code === 'app_exists')) throw error;
    });
  }

  const metrics = new Metrics();
  // The log outlives this server where one process runs several, one after the other.
  const ignoreDrops = options.log.onDrop(() => metrics.logLinesDropped.add(1));
  closers.add('log', ignoreDrops);
  const {
    bus,
    hints,
    mail,
    presence,
    rates,
    close: leaveCluster,
  } = await openCluster({
    redis: settings.redis,
    nodes,
    log: (up, reason) => (up ? log.info({}, 'Redis reached') : log.warn({ reason }, 'Redis lost')),
  });
  closers.add('Redis', leaveCluster);
  const { revisions } = store;
  const herald = revisions && mail ? new Herald({ nodes, mail, clock, revisions }) : undefined;
  closers.add('word of changes', () => herald?.close());
  const health = new Health({
    clock,
    state: () => state,
    ...(store.durability && { shared: { nodes, durability: store.durability } }),
    ...(store.connections && { connections: store.connections }),
    ...(settings.redis !== '' && { bus }),
    log,
    metrics,
  });
  health.open();
  closers.add('health', () => health.close());
  const observer = callObserver(metrics, log);
  const among = store.shared && { nodes, shared: store.shared };
  const live = new LiveCalls({
    clock,
    store: store.calls,
    search: store.search,
    failed: (error) => log.error({ err: error }, 'live calls of other nodes not read'),
  });
  closers.add('live calls', () => live.close());
  const webhookLag = new LagWindow();
  const counted = webhookObserver(metrics);
  const webhooks = new Dispatcher({
    endpoints,
    pending: pendingEvents,
    clock,
    sender: new Sender({ guard, timeout: webhookTimeout }),
    observer: {
      ...counted,
      attempted: (outcome, seconds, lag) => {
        counted.attempted(outcome, seconds, lag);
        if (outcome === 'delivered' && lag !== undefined) webhookLag.note(lag * 1000, clock.now());
      },
    },
    log,
    concurrency: settings['webhooks.concurrency'],
    ...(store.lanes && { shared: { claims: store.lanes, nodes, ...(hints && { hints }) } }),
  });
  closers.add('webhooks', () => webhooks.close());
  const survey = new WebhookSurvey({ endpoints, pending: pendingEvents, dispatcher: webhooks, clock });
  const plane = openMedia({
    settings,
    bus,
    clock,
    log,
    observer: keptMediaObserver(mediaObserver(metrics, log), (callId, event) => {
      const place = plane.placeOf(callId as CallId);
      if (place === undefined) return;
      const { app, startedAt } = place;
      store.mediaEvents.add({ app, startedAt, callId: callId as CallId }, clock.now(), event);
    }),
    reports: store.quality,
    gone: (call, userId, device) => {
      // Of a call that another node looks after now, this one knows nothing.
      if (sharedMedia?.isOwn(call) !== false) calls.mediaFailed(call, userId, device);
    },
  });
  closers.add('media', () => plane.close());
  const sharedMedia =
    among && mail
      ? new SharedMedia({
          plane,
          ...among,
          mail,
          store: store.calls,
          clock,
          isHere: (app, userId, device) => signalling.isHere(app, userId, device),
          dataOf: mediaDataOf,
          log,
        })
      : undefined;
  closers.add('media of other nodes', () => sharedMedia?.close());
  const media = sharedMedia ?? plane;
  const { senders, close: closeSenders } = openSenders({ guard, clock });
  closers.add('push senders', closeSenders);
  const { pushProviders, pushTokens, pushRings, pushLog } = store;
  const push = new TokenDesk({
    providers: pushProviders,
    tokens: pushTokens,
    senders,
    clock,
    reading: () => pushes.tokensRead(),
  });
  const pushes: PushService = new PushService({
    providers: pushProviders,
    tokens: pushTokens,
    rings: pushRings,
    log: pushLog,
    senders,
    apps,
    store: store.calls,
    presence,
    clock,
    observer: pushObserver(metrics, log),
    publicUrl: settings['push.publicUrl'],
    ...(among && { nodes, isOurs: (callId: CallId) => isOurs(nodes, callId) }),
  });
  closers.add('pushes', () => pushes.close());
  const calls: CallService = new CallService({
    store: store.calls,
    accounts: withAccountDeadline(accounts, clock),
    groups,
    outbox: webhooks,
    bus,
    clock,
    observer,
    ...(among && { among: { ...among, presence } }),
    follower: {
      changed: (call, before, by) => {
        media.changed(call);
        signalling.follower?.changed(call, before, by);
        live.changed(call);
        pushes.changed(call, before, by);
      },
    },
  });
  closers.add('calls', () => calls.close());
  const authenticator = new Authenticator({
    apps,
    accounts,
    clock,
    refused: (reason) => metrics.signaturesRefused.add(1, reason),
    anyOrigin: settings.dev,
  });

  const trust = new ProxyTrust(settings['gateway.trustProxy']);
  const signalling: SignallingServer = new SignallingServer({
    authenticate: (credentials) => authenticator.authenticate(credentials),
    calls,
    store: store.calls,
    accounts,
    groups,
    bus,
    presence,
    media,
    push,
    rings: pushes,
    clock,
    apps,
    leases: calls.leases,
    ...(among && { among }),
    overloaded: () => gateway.overloaded,
    cutOff: () => isolation?.isCutOff ?? false,
    log,
    observer: signallingObserver(metrics),
    clientIp: (request) => clientIpOf(trust, request),
    limits: {
      sockets: settings['signalling.maxSockets'],
      socketsPerAddress: settings['signalling.maxSocketsPerIp'],
    },
  });

  const isolation =
    among && mail
      ? new Isolation({
          nodes,
          mail,
          clock,
          onCutOff: () => {
            log.warn({}, 'this node alone has lost the database, its devices go to the others');
            signalling.sendAway();
          },
        })
      : undefined;
  closers.add('isolation', () => isolation?.close());

  const server = {
    dev: settings.dev,
    startedAt: clock.now(),
    addresses: {} as RunningServer['addresses'],
    get certificate() {
      return certificate?.cert.toString() ?? '';
    },
  };
  const requests = new RequestLog(clock.now());
  const removal = makeRemoval({ accounts, groups, calls, bus, push, clock });
  const context = {
    ...operations,
    calls,
    webhooks,
    pushes,
    media: plane,
    server,
    presence,
    removal,
    live,
    requests,
    ...(among && { nodes }),
    webhookLag: () => webhookLag.spread(clock.now()),
  };
  const operator = makeOperator(context);
  const admin = await AdminDoor.open({
    operator,
    openStream: makeStreamOpener(context),
    auth: operations.auth,
    store: console,
    clock,
    failed: (path, error) => log.error({ path, err: error }, 'settings request failed'),
  });
  closers.add('settings API', () => admin.close());

  const pages = pagesOf(settings, demoSign(apps, clock, devAppId));
  const gateway: Gateway = new Gateway({
    settings: gatewaySettings(settings, certificate),
    apps,
    authenticator,
    commands,
    calls,
    store: store.calls,
    endpoints,
    accounts: withAccountDeadline(accounts, clock),
    groups,
    presence,
    ...(rates && { rates }),
    removal,
    push,
    pushAnswers: new PushAnswers({ apps, calls, log: pushLog, clock }),
    webhookProblem: (url) => guard.problem(url),
    listeners: webhooks.listeners,
    admin,
    pages,
    clock,
    log,
    ...(settings['log.requests'] && takesLines ? { accessLog: line } : {}),
    metrics: requestCounter(metrics),
    requests,
    metricsText: async () => {
      // A store that cannot be read leaves these as they were; everything else is shown all the more.
      await survey.load().then(
        (load) => webhookGauges(metrics, load),
        () => {},
      );
      mediaGauges(metrics, plane.load(), plane.providers);
      return metrics.text();
    },
    ...(settings['metrics.token'] === '' ? {} : { metricsToken: settings['metrics.token'] }),
    onUpgrade: (request, socket, head) => signalling.handleUpgrade(request, socket, head),
    ready: () => health.ready,
    concerns: () => health.concerns(),
    healthDetail: () => health.detail(),
  });

  // Together: the ports are closed only when the signalling sockets that came by them are gone.
  closers.add('ports', () => Promise.all([gateway.close(), signalling.close()]));
  // Their connections would keep the gateway from closing.
  closers.add('listeners', () => webhooks.listeners.close());
  closers.add('streams', () => admin.endStreams());

  const retention = new Retention({
    clock,
    prune: async (now, limit) => {
      const before = (days: number): number => now - days * day;
      const timeline = before(settings['records.timelineDays']);
      const records = await store.calls.prune(before(settings['records.keepDays']), timeline, limit);
      const quality = await store.quality.prune(timeline, limit);
      const logged = before(settings['webhooks.logDays']);
      // Days from when an event is given up, which is long after its first attempt.
      const attempts = await pendingEvents.pruneLog(logged, limit, logged - parkAfter);
      const audit = await console.pruneAudit(before(settings['console.auditDays']), limit);
      const signedOut = await operations.auth.prune(limit);
      const taken = await store.search.takeUp(limit);
      const pushed = await pushLog.prune(timeline, limit);
      return Math.max(records, quality, attempts, audit, signedOut, taken, pushed);
    },
    onError: (error) => log.error({ err: error }, 'retention failed'),
  });

  // First: the steps of calls whose time has come meanwhile are told after what is left to tell of them.
  await webhooks.open();
  const recovered = await calls.recover();
  // Where nodes look after calls together, devices say what they run to whoever does now.
  if (sharedMedia === undefined) plane.recover(await store.calls.live());
  await pushes.open();
  metrics.callsLive.cell().n = recovered;
  const bound = await gateway.listen();
  const reloadCertificate = async (): Promise<void> => {
    const renewed = await certificateOf(settings, clock.now());
    if (renewed !== undefined) gateway.replaceCertificate(renewed);
    certificate = renewed;
    log.info({}, 'certificate reloaded');
  };
  const [cert, key] = [settings['tls.cert'], settings['tls.key']];
  if (certificate !== undefined && cert !== '') {
    const watch = new CertificateWatch({ cert, key, clock, served: () => certificate, reload: reloadCertificate, log });
    watch.open();
    closers.add('certificate', () => watch.close());
  }
  const addresses = {
    ...(bound.http && { http: `http://${hostPort(bound.http)}` }),
    ...(bound.https && { https: `https://${hostPort(bound.https)}` }),
    ...(bound.ops && { ops: `http://${hostPort(bound.ops)}` }),
  };
  server.addresses = addresses;
  const control = await ControlServer.open({
    data: settings.data,
    operator,
    failed: (operation, error) => log.error({ operation, err: error }, 'operation failed'),
  });
  closers.add('control socket', () => control.close());
  retention.open();
  closers.add('retention', () => retention.close());
  // Before anything is closed: devices that hear of it go on at the others.
  closers.add('leave', () => sharedMedia?.leave());
  state = 'ready';
  log.info({ ...addresses, live: recovered, migrated: store.migrated }, 'server started');

  return {
    addresses,
    apps,
    store,
    underWay: () => ({
      liveCalls: metrics.callsLive.cell().n,
      steps: calls.writing,
      requests: gateway.inFlight,
      webhooks: webhooks.underWay,
      webhooksWaiting: metrics.webhooksWaiting.cell().n,
      pushes: pushes.underWay,
      pushesTried: pushes.attempted,
      framesSent: metrics.framesSent.cell().n,
    }),
    probeDevices: (pass) => signalling.probe((device) => !pass(device), probePatience),
    pages: pages.map(({ path }) => path),
    reloadCertificate,
    close: async () => {
      if (state === 'stopping') return;
      state = 'stopping';
      log.info({}, 'server stopping');
      // A database of its own writes what waits, however long that takes. One in the network may be gone.
      const left = await closers.close(store.shared === undefined ? undefined : stopTime);
      if (left.length > 0) log.warn({ left }, 'stopped without waiting any longer; what was acknowledged is on disk');
      log.info({}, 'server stopped');
    },
  };
}

/** The built pages that are there. The demo is for development mode, where the server signs for everybody. */
function pagesOf(settings: Settings, sign: (query: URLSearchParams) => object): readonly PagesOptions[] {
  const built = (name: string): string => fileURLToPath(new URL(`../public/${name}`, import.meta.url));
  const pages: readonly PagesOptions[] = [
    { path: '/console', folder: built('console'), single: true },
    ...(settings.dev ? [{ path: '/demo', folder: built('demo'), answers: { '/sign': sign } }] : []),
  ];
  return pages.filter(({ folder }) => existsSync(folder));
}

/** The certificate to use: the operator's, in development one of our own; undefined when TLS is not ours to do. */
async function certificateOf(settings: Settings, now: number): Promise<TlsMaterial | undefined> {
  const [cert, key] = [settings['tls.cert'], settings['tls.key']];
  const off = listenAddress(settings, 'https') === undefined;
  if (cert !== '' && key !== '') return off ? undefined : readCertificate({ cert, key });
  if (cert !== '' || key !== '') throw new Error('tls.cert and tls.key belong together: give both.');
  if (settings.dev) return off ? undefined : readCertificate(await devCertificate(settings.data, now));
  if (settings['gateway.trustProxy'].length > 0) return undefined;
  throw new Error(
    'HTTPS needs a certificate. Give tls.cert and tls.key (PEM files; https://letsencrypt.org/ issues them for free), ' +
      'or declare the proxy that terminates TLS with gateway.trustProxy and open http, or start with --dev to try it out.',
  );
}

function gatewaySettings(settings: Settings, certificate: TlsMaterial | undefined): GatewaySettings {
  const listen = (door: 'http' | 'https' | 'ops'): ListenAddress | undefined => listenAddress(settings, door);
  const [http, https, ops] = [listen('http'), listen('https'), listen('ops')];
  const serves = settings.dev || settings['gateway.trustProxy'].length > 0;
  return {
    ...defaultGatewaySettings,
    ...(http && { http: { ...http, mode: serves ? ('serve' as const) : ('redirect' as const) } }),
    ...(https && certificate && { https: { ...https, tls: certificate } }),
    ...(ops && { ops }),
    strict: settings['gateway.strict'],
    trustProxy: settings['gateway.trustProxy'],
    bodyBytes: settings['gateway.bodyBytes'],
    maxConnections: settings['gateway.maxConnections'],
    maxConnectionsPerIp: settings['gateway.maxConnectionsPerIp'],
    overloadDelay: settings['gateway.overloadDelayMs'],
    commandRate: settings['limits.commandRate'],
    appRate: settings['limits.appRate'],
    windowDays: settings['records.windowDays'],
  };
}

function clientIpOf(trust: ProxyTrust, request: IncomingMessage): string {
  const { headers, socket } = request;
  return trust.read(plainIp(socket.remoteAddress), headers['x-forwarded-for'], headers['x-forwarded-proto']).clientIp;
}
