import type { NodeId } from 'ringback-protocol';
import { bounds, closeCodes, Refusal, requestId } from 'ringback-protocol';
import { type LeaseKeeper, leaseKey } from '../../packages/server/src/calls/lease-keeper.ts';
import type { App } from '../../packages/server/src/ports/apps.ts';
import type {
  Identity,
  ListedRequest,
  RequestServices,
  RequestSession,
} from '../../packages/server/src/requests/request.ts';
import type { Directory, Reachable } from '../../packages/server/src/signalling/directory.ts';
import type { leaveKicked } from '../../packages/server/src/signalling/leave-kicked.ts';
import type { Journal } from '../checks/journal.ts';
import type { SimProcess } from '../world/process.ts';

/** What a session needs of its node. */
export interface SessionHost {
  readonly node: NodeId;
  readonly app: App;
  readonly process: SimProcess;
  readonly services: RequestServices;
  readonly requests: ReadonlyMap<string, ListedRequest>;
  readonly directory: Directory<SimSession>;
  readonly leases: Pick<LeaseKeeper, 'heard'>;
  readonly journal: Journal;
  readonly leave: typeof leaveKicked;
  readonly failed: (error: unknown, doing: string) => void;
}

/** A request as it comes over the line; `answer` gets what comes back. */
export interface SimRequest {
  readonly method: string;
  readonly params: object;
  readonly answer: (result: unknown, error: unknown) => void;
}

/** The device's end of the line, as the session sees it. */
export interface DeviceEnd {
  tell(frame: string): void;
  closed(): void;
}

const departures: ReadonlySet<string> = new Set(['hangUp', 'reject', 'ignore', 'signOut']);

/**
 * The server's end of the line of a device: what the session of a socket does, without a socket. Requests are carried out by
 * the product's own handlers, one at a time.
 */
export class SimSession implements RequestSession, Reachable {
  readonly clientIp = '192.0.2.1';
  readonly origin = '';
  pingMs = 0;
  since = 0;
  readonly #host: SessionHost;
  readonly #end: DeviceEnd;
  readonly #waiting: SimRequest[] = [];
  readonly #id: number;
  #busy = false;
  #identity: Identity | undefined;
  #held: string[] | undefined;
  #open = true;
  #count = 0;
  #heard = false;
  #kick: ReturnType<Journal['kicked']> | undefined;

  constructor(host: SessionHost, end: DeviceEnd, id: number) {
    this.#host = host;
    this.#end = end;
    this.#id = id;
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  enter(identity: Identity): void {
    const { services, directory } = this.#host;
    const { sdkAppId, userId, device, platform } = identity;
    this.since = services.clock.now();
    services.bus.disconnect(sdkAppId, { userId, device }, closeCodes.newerSignIn.code, undefined, this.since);
    this.#identity = identity;
    this.#held = [];
    directory.add(identity, this);
    services.presence.online(sdkAppId, userId, { device, platform, since: this.since });
    this.#hear();
    this.#watch();
  }

  renew(): void {}

  release(ring?: { readonly callId: string; readonly frame: string }): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    if (ring !== undefined && !held.includes(ring.frame)) this.#end.tell(ring.frame);
    for (const frame of held) this.#end.tell(frame);
  }

  refuse(): void {
    this.close();
  }

  leave(): void {
    this.close();
  }

  deliver(frame: string): void {
    if (!this.#open) return;
    if (this.#held !== undefined) this.#held.push(frame);
    else this.#end.tell(frame);
  }

  disconnect(closeCode: number): void {
    if (!this.#open) return;
    this.close();
    const me = this.#identity;
    if (closeCode === closeCodes.kicked.code && me !== undefined) {
      this.#kick = this.#host.journal.kicked(me.userId, me.device, this.since);
    }
    if (!this.#busy) this.#leaveIfKicked();
  }

  /** The line is gone, for either side. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#waiting.length = 0;
    this.#end.closed();
    const me = this.#identity;
    if (me === undefined) return;
    const { directory, services } = this.#host;
    if (directory.remove(me, this)) services.presence.offline(me.sdkAppId, me.userId, me.device);
  }

  /** A sign of life, in a call with the request; of an idle device that would tell nothing here. */
  ping(callId: string | undefined): void {
    if (callId !== undefined) this.receive({ method: 'ping', params: { callId }, answer: () => {} });
    else if (this.#open) this.#hear();
  }

  receive(request: SimRequest): void {
    if (!this.#open) return;
    this.#hear();
    if (this.#busy) this.#waiting.push(request);
    else void this.#run(request);
  }

  async #run(request: SimRequest): Promise<void> {
    this.#busy = true;
    await this.#handle(request);
    this.#busy = false;
    this.#leaveIfKicked();
    const next = this.#waiting.shift();
    if (next !== undefined) void this.#run(next);
  }

  #leaveIfKicked(): void {
    const { services, app, leave, failed } = this.#host;
    const me = this.#identity;
    const kick = this.#kick;
    if (kick === undefined || me === undefined) return;
    const { clientIp, since } = this;
    const presence: RequestServices['presence'] = {
      ...services.presence,
      devices: async (...asked) => {
        const found = await services.presence.devices(...asked);
        kick.looked();
        return found;
      },
    };
    leave({ ...services, presence }, { app, me, clientIp, since })
      .catch((error: unknown) => failed(error, 'leave after a kick'))
      .finally(() => kick.over());
  }

  async #handle({ method, params, answer }: SimRequest): Promise<void> {
    const { requests, services, app, journal, failed } = this.#host;
    const me = this.#identity;
    this.#count += 1;
    if (me !== undefined && departures.has(method)) {
      journal.did((params as { callId?: string }).callId ?? '', me.device, method);
    }
    try {
      const request = requests.get(method) as ListedRequest;
      const all = { services, session: this, requestId: requestId(`s${this.#id}-${this.#count}`), app, me };
      await request.run(all, params, (result) => {
        if (method === 'signIn') this.#signedIn();
        answer(result, undefined);
      });
    } catch (error) {
      failed(error, `request ${method}`);
      answer(undefined, error instanceof Refusal ? error.reason : error);
    }
  }

  #signedIn(): void {
    const me = this.#identity;
    if (me !== undefined) this.#host.journal.signedIn(me.userId, me.device, this.#host.node, this.since);
  }

  #hear(): void {
    this.#heard = true;
    const me = this.#identity;
    if (me === undefined) return;
    this.#host.leases.heard(leaseKey(me.sdkAppId, me.userId, me.device));
    this.#host.journal.heard(me.userId, me.device);
  }

  /** A device that is silent for long is offline. */
  #watch(): void {
    this.#host.process.after(bounds.presence, () => {
      if (!this.#open) return;
      if (!this.#heard) this.close();
      else {
        this.#heard = false;
        this.#watch();
      }
    });
  }
}
