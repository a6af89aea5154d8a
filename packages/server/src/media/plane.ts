import type { Call, Member } from 'ringback-engine';
import {
  type CallId,
  type DeviceId,
  type DeviceMessage,
  Refusal,
  type SdkAppId,
  type ServiceMessage,
  type UserId,
} from 'ringback-protocol';
import { ChurnMap } from '../base/churn-map.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type {
  CallFollower,
  Carrier,
  CarrierHealth,
  MediaProvider,
  MediaService,
  QualityReports,
} from '../ports/media.ts';
import { CallMedia, type CallMediaHost } from './call-media.ts';
import type { ProviderSetting } from './choice.ts';
import { type IceSettings, iceServersOf } from './ice-servers.ts';
import type { MediaObserver } from './observer.ts';

export interface MediaPlaneOptions {
  readonly setting: ProviderSetting;
  /** Of media rooms, in the order of preference. The plane closes them. */
  readonly providers: readonly MediaProvider[];
  readonly ice: IceSettings;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly observer: MediaObserver;
  readonly reports: Pick<QualityReports, 'add'>;
  /** The media of this member of a call is gone for good. */
  readonly gone: (call: Call, userId: UserId, device: DeviceId) => void;
}

/** What the calls of one provider come to. */
export interface MediaLoad {
  /** Calls whose media goes this way now. */
  readonly calls: number;
  /** Members whose devices take part. */
  readonly peers: number;
}

/** ms; what another node has taken over runs on here until its devices have moved. */
const overlap = 8000;

/** ms since its first accept in which nobody else can have lost a call. */
const fresh = 3000;

/** The media service: follows all calls, and decides for each where its media goes. */
export class MediaPlane implements MediaService, CallFollower {
  readonly #options: MediaPlaneOptions;
  readonly #host: CallMediaHost;
  readonly #calls = new ChurnMap<string, CallMedia>();
  /** Where the timelines of the calls are kept. */
  readonly #places = new ChurnMap<CallId, { readonly app: SdkAppId; readonly startedAt: number }>();
  readonly #retired = new Set<CallMedia>();
  #closed = false;

  constructor(options: MediaPlaneOptions) {
    this.#options = options;
    const { setting, providers, clock, observer, bus, reports, gone } = options;
    const iceServers = iceServersOf(options.ice);
    this.#host = {
      setting,
      providers,
      clock,
      observer,
      gone,
      iceServers: (call, userId) => iceServers(call.callId, userId, clock.now()),
      tell: (call, userId, device, data) => bus.publish(call.app, [{ userId, device }], mediaFrame(call.callId, data)),
      keep: (call, report) => reports.add(call, report),
    };
  }

  get providers(): readonly MediaProvider[] {
    return this.#options.providers;
  }

  /** Takes up the calls that were live when the last process stopped; their devices say what they run. */
  recover(calls: readonly Call[]): void {
    for (const call of calls) this.#add(call, 'died');
  }

  /** The calls that are looked after here. */
  get calls(): readonly Call[] {
    return [...this.#calls.values()].map(({ call }) => call);
  }

  /** The media of a call; undefined where it is not looked after here. */
  of(app: SdkAppId, callId: CallId): CallMedia | undefined {
    return this.#calls.get(keyOf(app, callId));
  }

  /** Takes up a call that another node looked after before, perhaps: its devices say what they run. */
  takeUp(call: Call): CallMedia {
    const known = this.of(call.app, call.callId);
    if (known !== undefined) return known;
    // What was accepted just now had no time to be looked after elsewhere.
    const isNew = call.acceptedAt === 0 || this.#options.clock.now() - call.acceptedAt < fresh;
    return this.#add(call, isNew ? undefined : 'handed');
  }

  /** Another node looks after the call from now on: what runs here goes on until devices have moved. */
  handOver(app: SdkAppId, callId: CallId): void {
    const media = this.#remove(app, callId);
    if (media === undefined) return;
    media.retire();
    this.#retired.add(media);
    this.#options.clock.timer(overlap, () => {
      if (this.#retired.delete(media)) media.close();
    });
  }

  /** The call is no more. */
  over(app: SdkAppId, callId: CallId): void {
    this.#remove(app, callId)?.close();
  }

  /** Where the timeline of a call is kept that is looked after here. */
  placeOf(callId: CallId): { readonly app: SdkAppId; readonly startedAt: number } | undefined {
    return this.#places.get(callId);
  }

  changed(call: Call): void {
    if (this.#closed) return;
    if (call.endedAt !== 0) {
      this.over(call.app, call.callId);
      return;
    }
    const media = this.of(call.app, call.callId);
    if (media === undefined) this.#add(call);
    else media.follow(call);
  }

  receive(call: Call, from: Member, message: DeviceMessage, answer: () => void): void {
    const media = this.#calls.get(keyOf(call.app, call.callId));
    if (media === undefined) throw new Refusal('call_ended');
    media.receive(from.userId, message, answer);
  }

  /** What carries the media of a call now; empty when nothing does, or another node has it. */
  carrierOf(app: SdkAppId, callId: CallId): Carrier | '' {
    return this.#calls.get(keyOf(app, callId))?.provider ?? '';
  }

  /** How each provider does, in the order of preference. */
  health(): readonly CarrierHealth[] {
    return this.#options.providers.map((one) => {
      const { up, problem = '', rooms, peers } = one.status();
      return { name: one.name, up, problem, rooms, peers };
    });
  }

  /** By what carries them, for metrics. */
  load(): ReadonlyMap<Carrier, MediaLoad> {
    const found = new Map<Carrier, { calls: number; peers: number }>();
    for (const name of ['p2p', ...this.#options.providers.map((one) => one.name)] as const) {
      found.set(name, { calls: 0, peers: 0 });
    }
    for (const media of this.#calls.values()) {
      const sum = media.provider === '' ? undefined : found.get(media.provider);
      if (sum === undefined) continue;
      sum.calls += 1;
      sum.peers += media.peers;
    }
    return found;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const media of [...this.#calls.values(), ...this.#retired]) media.close();
    this.#calls.clear();
    this.#places.clear();
    this.#retired.clear();
    await Promise.all(this.#options.providers.map((one) => one.close()));
  }

  #add(call: Call, recovered?: 'died' | 'handed'): CallMedia {
    const { app, callId, startedAt } = call;
    // First: it may have something to tell while it is made.
    this.#places.set(callId, { app, startedAt });
    const media = new CallMedia(this.#host, call, recovered);
    this.#calls.set(keyOf(app, callId), media);
    return media;
  }

  #remove(app: SdkAppId, callId: CallId): CallMedia | undefined {
    const key = keyOf(app, callId);
    const media = this.#calls.get(key);
    this.#calls.delete(key);
    this.#places.delete(callId);
    return media;
  }
}

const keyOf = (app: SdkAppId, callId: CallId): string => `${app}/${callId}`;

const mediaFrame = (callId: CallId, data: ServiceMessage): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'media', params: { callId, data } });
