import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeCodes, type DeviceId, type SdkAppId, signallingProtocol, type UserId } from 'ringback-protocol';
import { type Server, type ServerOptions, WebSocketServer } from 'ws';
import { kickedOutFrame } from '../calls/kicked-out.ts';
import type { LeaseKeeper } from '../calls/lease-keeper.ts';
import type { Log } from '../observe/log.ts';
import type { Apps } from '../ports/apps.ts';
import type { CallFollower } from '../ports/media.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { SharedCalls } from '../ports/shared-calls.ts';
import type { CallStore } from '../ports/store.ts';
import { requests } from '../requests/index.ts';
import type { ListedRequest, RequestServices } from '../requests/request.ts';
import { Admission, type Admitted } from './admission.ts';
import { CatchUp } from './catch-up.ts';
import { Directory } from './directory.ts';
import { handshakeProblem, turnAway } from './handshake.ts';
import type { SessionHost } from './host.ts';
import { defaultLimits, type SignallingLimits } from './limits.ts';
import type { SignallingObserver } from './observer.ts';
import { comeBack, Session } from './session.ts';
import { SignallingSocket } from './socket.ts';

export interface SignallingOptions extends RequestServices {
  readonly apps: Apps;
  readonly store: Pick<CallStore, 'hear' | 'read' | 'record' | 'history'>;
  readonly leases: LeaseKeeper;
  /** Where several processes share the store: they, and what each must know of the calls of the others. */
  readonly among?: { readonly nodes: Nodes; readonly shared: SharedCalls };
  readonly log: Log;
  readonly observer: SignallingObserver;
  /** Where an upgrade came from: an IP address. */
  readonly clientIp: (request: IncomingMessage) => string;
  readonly limits?: Partial<SignallingLimits>;
  /** True when the server should not take on more work. */
  readonly overloaded?: () => boolean;
  /** True while devices should be at another node. */
  readonly cutOff?: () => boolean;
  /** The requests that devices may send; tests hand in others. */
  readonly requests?: readonly ListedRequest[];
}

/** ms; how often sessions are looked at. */
const sweepInterval = 1000;

/** The signalling socket of a node: opens sessions on upgrades, watches over them, and closes them. */
export class SignallingServer {
  readonly #options: SignallingOptions;
  readonly #limits: SignallingLimits;
  readonly #host: SessionHost;
  readonly #sockets: Server<typeof SignallingSocket>;
  readonly #admission: Admission;
  readonly #catchUp: CatchUp<Session> | undefined;
  readonly #sessions = new Map<Session, Admitted>();
  readonly #prefix = randomBytes(4).toString('hex');
  #count = 0;
  #stopSweep: () => void;
  #stopping = false;
  #allGone: (() => void) | undefined;

  constructor(options: SignallingOptions) {
    const { bus, apps, among } = options;
    this.#options = options;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#admission = new Admission(this.#limits);
    const directory = new Directory<Session>(bus);
    this.#catchUp = among && new CatchUp({ ...options, ...among, directory });
    this.#host = {
      services: { ...options, ...(this.#catchUp && { catchUp: this.#catchUp }) },
      apps,
      leases: options.leases,
      requests: new Map((options.requests ?? requests).map((one) => [one.method, one])),
      directory,
      limits: this.#limits,
      observer: options.observer,
      log: options.log,
      overloaded: options.overloaded ?? (() => false),
      signedIn: (session) => this.#sessions.get(session)?.signedIn(),
      gone: (session) => this.#gone(session),
    };
    // `closeTimeout` is newer than the type declarations of the library.
    const settings: ServerOptions<typeof SignallingSocket> & { readonly closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: this.#limits.frameBytes,
      maxFragments: 256,
      maxBufferedChunks: 4096,
      closeTimeout: this.#limits.closeTime,
      handleProtocols: () => signallingProtocol,
      WebSocket: SignallingSocket,
    };
    this.#sockets = new WebSocketServer(settings);
    bus.onDeliver(this.#catchUp ?? directory);
    apps.onChange((app) => {
      const { code } = closeCodes.kicked;
      const [now, steady] = [options.clock.now(), options.clock.steady()];
      for (const session of directory.of(app.sdkAppId)) {
        if (app.disabled) session.disconnect(code, kickedOutFrame('appDisabled'));
        // One of its keys may be gone.
        else session.sweep(now, steady);
      }
    });
    this.#stopSweep = this.#nextSweep();
  }

  /** Open sockets, signed in or not. */
  get sockets(): number {
    return this.#sessions.size;
  }

  /** Signed-in devices. */
  get devices(): number {
    return this.#host.directory.size;
  }

  /** Hears of changes that were made by this process; undefined where no other makes any. */
  get follower(): CallFollower | undefined {
    return this.#catchUp;
  }

  /** Takes an HTTP upgrade; what cannot become a signalling socket gets an HTTP answer that says why. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const clientIp = this.#options.clientIp(request);
    const problem = this.#stopping
      ? 'stopping'
      : this.#options.cutOff?.() === true
        ? 'cutOff'
        : (handshakeProblem(request) ?? this.#admission.refusal(clientIp));
    if (problem !== undefined) {
      this.#options.observer.turnedAway(problem);
      turnAway(socket, problem);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      this.#count += 1;
      const id = `S-${this.#prefix}-${this.#count}`;
      const { origin = '' } = request.headers;
      const session = new Session({ id, clientIp, origin, socket: opened, line: socket, host: this.#host });
      this.#sessions.set(session, this.#admission.enter(clientIp));
      this.#options.observer.opened();
    });
  }

  /** Whether a device is signed in here. */
  isHere(app: SdkAppId, userId: UserId, device: DeviceId): boolean {
    return this.#host.directory.devicesOf(app, userId)?.has(device) ?? false;
  }

  /** Sends all devices to other nodes: each session finishes its request, and is closed with 1012. */
  sendAway(): void {
    const reason = comeBack(this.#limits.retry);
    for (const session of [...this.#sessions.keys()]) session.retire('restarting', reason);
  }

  /** Asks these devices for a sign of life; resolves when all have given one, or after `patience` (ms of real time). */
  async probe(wanted: (device: DeviceId) => boolean, patience: number): Promise<void> {
    const asked = [...this.#sessions.keys()].filter(
      ({ identity }) => identity !== undefined && wanted(identity.device),
    );
    if (asked.length === 0) return;
    const over = new AbortController();
    await Promise.race([
      Promise.all(asked.map((session) => session.probe())),
      sleep(patience, undefined, { signal: over.signal }).catch(() => {}),
    ]);
    over.abort();
  }

  /** Lets each session finish its request, closes it with 1012, and resolves when all sockets are gone. */
  async close(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#stopSweep();
    this.sendAway();
    if (this.#sessions.size > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.timer(this.#limits.closeTime, () => {
          for (const session of this.#sessions.keys()) session.cut();
          resolve();
        });
        this.#allGone = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#sockets.close();
    await this.#catchUp?.close();
  }

  #gone(session: Session): void {
    this.#sessions.get(session)?.left();
    this.#sessions.delete(session);
    if (this.#sessions.size === 0) this.#allGone?.();
  }

  #nextSweep(): () => void {
    return this.#options.clock.timer(sweepInterval, () => {
      const { clock } = this.#options;
      const [now, steady] = [clock.now(), clock.steady()];
      for (const session of this.#sessions.keys()) session.sweep(now, steady);
      this.#stopSweep = this.#nextSweep();
    });
  }
}
