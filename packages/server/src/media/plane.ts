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

/** The media service: follows all calls, and decides for each where its media goes. */
export class MediaPlane implements MediaService, CallFollower {
  readonly #options: MediaPlaneOptions;
  readonly #host: CallMediaHost;
  readonly #calls = new Map<string, CallMedia>();
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
    for (const call of calls) this.#calls.set(keyOf(call.app, call.callId), new CallMedia(this.#host, call, true));
  }

  changed(call: Call): void {
    if (this.#closed) return;
    const key = keyOf(call.app, call.callId);
    const media = this.#calls.get(key);
    if (call.endedAt !== 0) {
      media?.close();
      this.#calls.delete(key);
    } else if (media === undefined) this.#calls.set(key, new CallMedia(this.#host, call, false));
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
    for (const media of this.#calls.values()) media.close();
    this.#calls.clear();
    await Promise.all(this.#options.providers.map((one) => one.close()));
  }
}

const keyOf = (app: SdkAppId, callId: CallId): string => `${app}/${callId}`;

const mediaFrame = (callId: CallId, data: ServiceMessage): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'media', params: { callId, data } });
