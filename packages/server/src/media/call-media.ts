import { type Call, present } from 'ringback-engine';
import {
  bounds,
  type DeviceId,
  type DeviceMessage,
  type DeviceMessageOf,
  type IceServer,
  Refusal,
  type ServiceMessage,
  type UserId,
} from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { Carrier, MediaProvider, MediaRoom, QualityReport } from '../ports/media.ts';
import { CallQuality } from './call-quality.ts';
import { choose, hasMedia, type ProviderSetting } from './choice.ts';
import { MemberMedia, type Standing } from './member-media.ts';
import { roomDataOf, setupOf, type Way, withEpoch } from './messages.ts';
import type { MediaObserver } from './observer.ts';
import { RoomKeeper } from './room-keeper.ts';
import { unseenEpoch } from './unseen-epoch.ts';

/** ms; media that was there and is gone for so long is gone for good. */
const goneForGood = 60_000;

/** ms; where another node looked after the call before, how long its devices have to say what they run. */
const helloTime = 5000;

/** What the media of all calls shares. */
export interface CallMediaHost {
  readonly setting: ProviderSetting;
  /** In the order of preference. */
  readonly providers: readonly MediaProvider[];
  readonly clock: Clock;
  readonly observer: MediaObserver;
  iceServers(call: Call, userId: UserId): IceServer[];
  /** Tells the one device that is in the call. */
  tell(call: Call, userId: UserId, device: DeviceId, data: ServiceMessage): void;
  /** Keeps a report. */
  keep(call: Call, report: QualityReport): void;
  /** The member's media is gone for good. */
  gone(call: Call, userId: UserId, device: DeviceId): void;
}

/**
 * The media of one call: which way it goes, and who has been told so. Follows the call and never leads it: whatever fails
 * here is tried again, and the call goes on meanwhile.
 */
export class CallMedia {
  readonly #host: CallMediaHost;
  readonly #members = new Map<UserId, MemberMedia>();
  /** Undefined until a device has reported. */
  #quality: CallQuality | undefined;
  #call: Call;
  #way: Way | undefined;
  #keeper: RoomKeeper | undefined;
  /** The highest that was given out. */
  #epoch = 0;
  #p2pFailed = false;
  /** Nobody knows what the devices of a call run that was live before: they tell with `hello`. */
  #waitsForHello: boolean;
  #stopWaiting = () => {};
  #retired = false;

  /** `recovered`: another process looked after it before; one that `died`, or one of the living that handed it over. */
  constructor(host: CallMediaHost, call: Call, recovered?: 'died' | 'handed') {
    this.#host = host;
    this.#call = call;
    this.#waitsForHello = recovered !== undefined && call.acceptedAt !== 0;
    if (call.acceptedAt !== 0) this.#epoch = unseenEpoch(host.clock.now() - call.startedAt, recovered !== undefined);
    if (this.#waitsForHello && recovered === 'handed') {
      this.#stopWaiting = host.clock.timer(helloTime, () => {
        this.#waitsForHello = false;
        this.#decide();
      });
    }
    this.#update();
  }

  /** What carries the media now; empty when nothing does. */
  get provider(): Carrier | '' {
    if (this.#way === undefined) return '';
    return this.#way.mode === 'p2p' ? 'p2p' : this.#way.provider.name;
  }

  /** Members whose devices were told where their media goes. */
  get peers(): number {
    let count = 0;
    for (const { epoch } of this.#members.values()) if (epoch > 0) count += 1;
    return this.#way === undefined ? 0 : count;
  }

  /** As this media knows it. */
  get call(): Call {
    return this.#call;
  }

  /** How far the device of a member is; undefined for one who has none in this call. */
  standingOf(userId: UserId): Standing | undefined {
    const member = this.#members.get(userId);
    if (member === undefined) return undefined;
    return { epoch: member.epoch, mode: member.epoch === 0 ? '' : (this.#way?.mode ?? '') };
  }

  /** Members with their devices. */
  get devices(): readonly { readonly userId: UserId; readonly device: DeviceId }[] {
    return [...this.#members.values()].map(({ userId, device }) => ({ userId, device }));
  }

  /** The call has changed. */
  follow(call: Call): void {
    if (call.version <= this.#call.version) return;
    this.#call = call;
    this.#update();
  }

  #update(): void {
    const call = this.#call;
    const inCall = new Map(
      present(call)
        .filter(hasMedia)
        .map((member) => [member.userId, member.device as DeviceId]),
    );
    let left = false;
    for (const member of this.#members.values()) {
      if (inCall.get(member.userId) === member.device) continue;
      this.#leave(member);
      left = true;
    }
    if (left) this.#enterLate();
    for (const [userId, device] of inCall) {
      if (this.#members.has(userId)) continue;
      const member = new MemberMedia(userId, device);
      this.#members.set(userId, member);
      const room = this.#keeper?.room;
      if (this.#way?.mode === 'room' && room !== undefined) this.#enter(member, room);
    }
    this.#decide();
  }

  /** Another node looks after the call from now on: what runs goes on until `close`, and nothing follows from it. */
  retire(): void {
    this.#retired = true;
    this.#stopWaiting();
    this.#waitsForHello = true;
    this.#quality?.close();
    for (const member of this.#members.values()) member.waitWith(undefined);
  }

  /** Tells those anew who may have missed something since that time (ms). */
  repeat(since: number, missed: (userId: UserId, device: DeviceId) => boolean): void {
    for (const member of this.#members.values()) {
      if (member.epoch === 0 || member.toldAt < since || !missed(member.userId, member.device)) continue;
      // Of what a room offers there is no telling what was missed.
      if (this.#way?.mode === 'room') this.#anew(member);
      else this.#setUp(member);
    }
  }

  close(): void {
    this.#stopWaiting();
    for (const member of this.#members.values()) member.waitWith(undefined);
    this.#members.clear();
    this.#quality?.close();
    this.#keeper?.close();
    this.#keeper = undefined;
    this.#way = undefined;
  }

  /** Throws a `Refusal` before it calls `answer`. */
  receive(userId: UserId, message: DeviceMessage, answer: () => void): void {
    const member = this.#members.get(userId);
    if (member === undefined) throw new Refusal('not_in_call');
    if (!member.gauge.admits(message.type, this.#host.clock.now())) {
      throw new Refusal('too_fast', `The device sends ${message.type} faster than it needs to.`);
    }
    switch (message.type) {
      case 'offer':
      case 'answer':
      case 'candidate':
      case 'want':
        if (message.epoch === member.epoch) {
          this.#keeper?.room?.receive(userId, roomDataOf(message));
          if (message.type === 'offer') member.offered = true;
        }
        answer();
        return;
      case 'hello':
        answer();
        this.#hello(member, message);
        return;
      case 'failed':
        answer();
        if (message.epoch === member.epoch) this.#failed(member, message.text);
        return;
      case 'state':
        answer();
        this.#state(member, message.audio, message.video);
        return;
      case 'stats':
        answer();
        this.#quality ??= this.#newQuality();
        this.#quality.report(userId, message.samples);
        return;
    }
  }

  #newQuality(): CallQuality {
    const { clock, keep } = this.#host;
    return new CallQuality({
      clock,
      members: () => this.#members.keys(),
      keep: (report) => keep(this.#call, report),
      tell: (userId, members) => this.#tell(this.#members.get(userId), { type: 'quality', members }),
    });
  }

  /** `running`: what two that are connected to each other already run. */
  #decide(running?: number): void {
    if (this.#waitsForHello) return;
    const { setting, providers } = this.#host;
    const choice = choose({
      setting,
      call: this.#call,
      now: this.#keeper === undefined ? this.#way?.mode : 'room',
      rooms: providers.length > 0,
      p2pFailed: this.#p2pFailed,
    });
    if (choice === 'p2p') this.#startP2p(running);
    // Until a room is open, two that are connected stay so.
    else if (choice === 'room') this.#keepRoom();
  }

  #startP2p(epoch = this.#nextEpoch()): void {
    const [one, other] = this.#members.values();
    if (one === undefined || other === undefined || epoch > bounds.mediaEpochMax) return;
    const before = this.provider;
    this.#way = { mode: 'p2p', peers: [one.userId, other.userId] };
    if (before !== 'p2p') this.#host.observer.moved(this.#call.callId, before, 'p2p');
    for (const member of [one, other]) {
      member.epoch = epoch;
      this.#setUp(member);
    }
  }

  #keepRoom(): void {
    const { providers, clock, observer } = this.#host;
    this.#keeper ??= new RoomKeeper({
      callId: this.#call.callId,
      providers,
      clock,
      observer,
      opened: (room, provider) => this.#opened(room, provider),
      lost: () => {
        // That is our own trouble: nobody has to leave for it.
        for (const member of this.#members.values()) this.#flows(member, false, false);
      },
      tell: (userId, data) => {
        const member = this.#members.get(userId);
        if (member !== undefined && member.epoch > 0) this.#tell(member, withEpoch(data, member.epoch));
      },
      media: (userId, state) => {
        const member = this.#members.get(userId);
        if (member !== undefined) this.#flows(member, state === 'up', true);
      },
    });
  }

  #opened(room: MediaRoom, provider: MediaProvider): void {
    this.#host.observer.moved(this.#call.callId, this.provider, provider.name);
    this.#way = { mode: 'room', provider };
    const epoch = this.#nextEpoch();
    for (const member of this.#members.values()) this.#enter(member, room, epoch);
  }

  /** A device begins in the room, or begins anew. */
  #enter(member: MemberMedia, room: MediaRoom, epoch = this.#nextEpoch()): void {
    if (epoch > bounds.mediaEpochMax) return;
    member.offered = false;
    member.epoch = 0;
    try {
      // Also of a voice call the lines for pictures are made: a member may switch the camera on.
      room.enter(member.userId);
    } catch (error) {
      this.#host.observer.openFailed(this.#call.callId, this.provider, error);
      return;
    }
    member.epoch = epoch;
    this.#setUp(member);
  }

  /** There is room now, perhaps, for whom the room has refused before. */
  #enterLate(): void {
    const room = this.#keeper?.room;
    if (this.#way?.mode !== 'room' || room === undefined) return;
    for (const member of this.#members.values()) if (member.epoch === 0) this.#enter(member, room);
  }

  #leave(member: MemberMedia): void {
    member.waitWith(undefined);
    this.#members.delete(member.userId);
    this.#quality?.forget(member.userId);
    this.#keeper?.room?.leave(member.userId);
    const way = this.#way;
    if (way?.mode === 'p2p' && way.peers.includes(member.userId)) this.#way = undefined;
  }

  #hello(member: MemberMedia, { epoch, mode }: DeviceMessageOf<'hello'>): void {
    if (this.#call.acceptedAt === 0) return;
    // Two of a node that was taken for dead look after one call, perhaps: what devices run already is not given out again.
    if (epoch > this.#epoch && epoch <= 2 * unseenEpoch(this.#host.clock.now() - this.#call.startedAt, true)) {
      this.#epoch = epoch;
    }
    // Two are in a room because they could not reach each other, or because they are to be in one.
    if (mode === 'room' && this.#way === undefined) this.#p2pFailed = true;
    if (this.#waitsForHello) {
      this.#waitsForHello = false;
      this.#stopWaiting();
      this.#decide(mode === 'p2p' && epoch > 0 && epoch <= this.#epoch ? epoch : undefined);
      return;
    }
    const way = this.#way;
    if (way === undefined) return;
    const room = this.#keeper?.room;
    if (member.epoch === 0) {
      // The room has refused it before.
      if (way.mode === 'room' && room !== undefined) this.#enter(member, room);
      return;
    }
    // Of a room that it has offered nothing to: its offer was lost with the line, and it makes one in each epoch.
    const unheard = way.mode === 'room' && !member.offered;
    if (epoch === member.epoch && !unheard) {
      this.#setUp(member);
      // What the room has offered while the device could not be reached.
      if (way.mode === 'room') room?.enter(member.userId);
    } else if (way.mode === 'p2p') this.#startP2p();
    // A device follows no setup that is older than what it runs.
    else if (unheard && epoch < member.epoch) this.#setUp(member);
    else this.#anew(member);
  }

  #failed(member: MemberMedia, text: string): void {
    this.#host.observer.failed(this.#call.callId, this.provider, text);
    if (this.#way?.mode !== 'p2p') {
      this.#anew(member);
      return;
    }
    this.#p2pFailed = true;
    this.#decide();
    // Without rooms another try is all that there is.
    if (this.#keeper === undefined) this.#startP2p();
  }

  #anew(member: MemberMedia): void {
    const room = this.#keeper?.room;
    if (room === undefined) return;
    room.leave(member.userId);
    this.#enter(member, room);
  }

  /** `hasToLeave`: a member whose media does not come back. */
  #flows(member: MemberMedia, flows: boolean, hasToLeave: boolean): void {
    const did = member.flows;
    member.flows = flows;
    if (flows || !hasToLeave || this.#retired) member.waitWith(undefined);
    else if (did && !member.isWaitedFor) {
      const { clock, observer, gone } = this.#host;
      const cancel = clock.timer(goneForGood, () => {
        member.waitWith(undefined);
        if (this.#members.get(member.userId) !== member) return;
        observer.gaveUp(this.#call.callId, member.userId);
        gone(this.#call, member.userId, member.device);
      });
      member.waitWith(cancel);
    }
  }

  #state(member: MemberMedia, audio: boolean, video: boolean): void {
    if (member.audio === audio && member.video === video) return;
    member.audio = audio;
    member.video = video;
    // Before that, setups tell it.
    if (this.#call.acceptedAt === 0) return;
    const { userId } = member;
    for (const other of this.#members.values()) {
      if (other !== member) this.#tell(other, { type: 'state', userId, audio, video });
    }
  }

  #setUp(member: MemberMedia): void {
    const way = this.#way;
    if (way === undefined) return;
    const others = [...this.#members.values()].filter((one) => one !== member);
    this.#tell(member, setupOf(member, others, way, this.#host.iceServers(this.#call, member.userId)));
  }

  #nextEpoch(): number {
    this.#epoch += 1;
    return this.#epoch;
  }

  #tell(member: MemberMedia | undefined, data: ServiceMessage): void {
    if (member === undefined) return;
    // What has no epoch tells of others, and is told again when it changes.
    if ('epoch' in data) member.toldAt = this.#host.clock.now();
    this.#host.tell(this.#call, member.userId, member.device, data);
  }
}
