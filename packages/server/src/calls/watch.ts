import { type Call, type CallEvent, nextDeadline } from 'ringback-engine';
import { bounds, type CallId, type DeviceId, Refusal, type SdkAppId, type UserId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { Presence } from '../ports/presence.ts';
import type { SharedCalls } from '../ports/shared-calls.ts';
import { Alarms } from './alarms.ts';
import { keyOf } from './call-key.ts';
import type { CallObserver } from './call-observer.ts';
import { type Heritage, type Lease, Leases } from './leases.ts';
import type { Steps } from './steps.ts';

/** ms; a timer that could not be served, because the store was out of reach, is tried again. */
const retryDelay = 1000;

/** ms by which the lease of a device that has gone to another node runs once more: its ping there makes that node keep it. */
const onceMore = bounds.pingInCall;

const noOrigin = { clientIp: '', platform: 'Unknown' } as const;

/** Other processes on the same store, and what each must know of the calls of the others. */
export interface Among {
  readonly nodes: Nodes;
  readonly shared: SharedCalls;
  readonly presence: Pick<Presence, 'isElsewhere'>;
}

/** What the watch acts through. */
export interface WatchOptions {
  readonly clock: Clock;
  readonly observer: CallObserver;
  readonly steps: Steps;
  readonly among?: Among | undefined;
}

/** Watches over the time of calls: their deadlines, and the leases of the devices in them. */
export class Watch {
  readonly #options: WatchOptions;
  readonly #alarms: Alarms;
  /** Who is in a call with which device; sessions report what they hear. */
  readonly leases: Leases;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#alarms = new Alarms(options.clock);
    this.leases = new Leases({
      clock: options.clock,
      onLost: (lease, heritage) => void this.#leaseLost(lease, heritage),
    });
  }

  close(): void {
    this.#alarms.close();
    this.leases.close();
  }

  /** Takes up a call of the process that ran before this one: a deadline that has passed fires, leases run anew. */
  takeUp(call: Call): void {
    this.#watchDeadline(call);
    for (const member of call.members) {
      if (member.status === 'Calling' && member.device !== '') {
        this.leases.inherit(leaseOf(call, member.userId, member.device), { from: '' });
      }
    }
  }

  /** Keeps timers and leases in step with a committed change. */
  follow(before: Call | undefined, call: Call): void {
    this.#watchDeadline(call);
    const { observer } = this.#options;
    if (before === undefined) observer.started(call);
    if (before?.acceptedAt === 0 && call.acceptedAt !== 0) observer.accepted(call);
    for (const [place, member] of (before?.members ?? []).entries()) {
      if (member.status !== 'Calling' || member.device === '') continue;
      if (call.members[place]?.device !== member.device) this.leases.release(call.app, member.userId, member.device);
    }
    for (const [place, member] of call.members.entries()) {
      if (member.status !== 'Calling' || member.device === '') continue;
      if (before?.members[place]?.device !== member.device)
        this.leases.hold(leaseOf(call, member.userId, member.device));
    }
  }

  #watchDeadline(call: Call): void {
    const key = keyOf(call.app, call.callId);
    const deadline = nextDeadline(call);
    if (deadline === 0) this.#alarms.clear(key);
    else this.#alarms.set(key, deadline, () => void this.fire(call.app, call.callId, { type: 'timeout' }, 'timer', ''));
  }

  /** A device was silent for too long. Where others share the store, only whoever keeps its lease may say so. */
  async #leaseLost(lease: Lease, heritage: Heritage | undefined): Promise<void> {
    const { app, callId, userId, device } = lease;
    let nodeDied: boolean;
    try {
      const whose = await this.#whose(lease, heritage);
      // It has come here while that was asked, or while the store could not be.
      if (this.leases.has(lease)) return;
      if (whose === 'later') this.#goOn(lease, heritage);
      if (whose === 'later' || whose === 'others') return;
      nodeDied = whose === 'left';
    } catch (error) {
      const key = `retry ${keyOf(app, callId)} leaseLost ${userId}`;
      this.#again(callId, error, key, () => this.#leaseLost(lease, heritage));
      return;
    }
    const event = { type: 'leaseLost', userId, device, nodeDied } as const;
    // What was so a moment ago may be otherwise when it is tried again.
    await this.fire(app, callId, event, 'lease', userId, () => this.#leaseLost(lease, heritage));
  }

  /** Somebody may still hear of the device. */
  #goOn(lease: Lease, heritage: Heritage | undefined): void {
    const { leases } = this;
    const self = this.#options.among?.nodes.self ?? '';
    // That it was elsewhere counts once for a lease of our own: there it may be as gone as here.
    if (heritage === undefined) leases.inherit(lease, { from: self }, onceMore - bounds.lease);
    else leases.inherit(lease, heritage);
  }

  /**
   * Whose it is to say that a device is gone: it was here, or was left by a process that has died; `later`: somebody may
   * still hear of it, so it is to be seen.
   */
  async #whose(
    { app, callId, userId, device }: Lease,
    heritage: Heritage | undefined,
  ): Promise<'ours' | 'left' | 'later' | 'others'> {
    const { among } = this.#options;
    if (among === undefined) return heritage === undefined ? 'ours' : 'left';
    const { nodes, shared, presence } = among;
    const holder = await shared.holder(app, userId, callId);
    if (holder === nodes.self) {
      // Also where the lease was inherited at the moment at which the device came here.
      if (heritage !== undefined) return 'ours';
      // A step that was made here names this process, wherever the socket of the device is.
      return (await presence.isElsewhere(app, userId, device)) ? 'later' : 'ours';
    }
    if (heritage === undefined) return 'others';
    // It has come back, here or elsewhere, or the process that kept its lease has.
    if (holder !== heritage.from || (holder !== '' && nodes.isLiving(holder))) return 'others';
    return (await presence.isElsewhere(app, userId, device)) ? 'later' : 'left';
  }

  /** Events of the server's own. That the call has moved on meanwhile is no error. Never rejects. */
  async fire(
    app: SdkAppId,
    callId: CallId,
    event: CallEvent,
    cause: 'timer' | 'lease',
    actor: UserId | '',
    again = (): Promise<void> => this.fire(app, callId, event, cause, actor),
  ): Promise<void> {
    const device = 'device' in event ? event.device : '';
    try {
      await this.#options.steps.apply(app, callId, () => event, {
        cause,
        actor,
        device,
        requestId: '',
        origin: noOrigin,
      });
    } catch (error) {
      if (error instanceof Refusal && error.reason !== 'internal') return;
      this.#again(callId, error, `retry ${keyOf(app, callId)} ${event.type} ${actor}`, again);
    }
  }

  /** The store was out of reach: what could not be done is tried again. */
  #again(callId: CallId, error: unknown, key: string, work: () => Promise<void>): void {
    this.#options.observer.failed(callId, error);
    this.#alarms.set(key, this.#options.clock.now() + retryDelay, () => void work());
  }
}

/** The lease of a member's device in a call. */
export const leaseOf = (call: Call, userId: UserId, device: DeviceId): Lease => ({
  app: call.app,
  callId: call.callId,
  userId,
  device,
});
