import type { UserId } from 'ringback-protocol';
import type { ProviderMessage } from '../../../ports/media.ts';
import type { DeviceAnswer, DeviceOffer } from '../description.ts';
import type { Layer } from '../messages.ts';
import type { ConnectionKit } from './connection.ts';
import { Member } from './member.ts';

/** What happens in a room. */
export interface RoomReports {
  tell(userId: UserId, entry: number, data: ProviderMessage): void;
  media(userId: UserId, entry: number, state: 'up' | 'gone'): void;
  trouble(userId: UserId, text: string): void;
}

/** Members who see each other. What comes for somebody who is not in does nothing. */
export class Room {
  readonly #kit: ConnectionKit;
  readonly #reports: RoomReports;
  readonly #members = new Map<UserId, Member>();

  constructor(kit: ConnectionKit, reports: RoomReports) {
    this.#kit = kit;
    this.#reports = reports;
  }

  /** How many are in. */
  get size(): number {
    return this.#members.size;
  }

  #others(of: Member): readonly Member[] {
    return [...this.#members.values()].filter((member) => member !== of);
  }

  /** `entry`: the number under which the server knows this entry. */
  enter(userId: UserId, entry: number): void {
    const known = this.#members.get(userId);
    if (known !== undefined) {
      known.again();
      return;
    }
    if (this.#members.size >= this.#kit.config.maxMembers) {
      this.#reports.trouble(userId, 'The room is full.');
      return;
    }
    const reports = this.#reports;
    const member = new Member({
      userId,
      kit: this.#kit,
      events: {
        tell: (data) => reports.tell(userId, entry, data),
        media: (state) => reports.media(userId, entry, state),
        trouble: (text) => reports.trouble(userId, text),
      },
    });
    this.#members.set(userId, member);
    for (const other of this.#others(member)) member.show(other.userId, other.kinds);
    member.aim(this.#others(member), performance.now());
  }

  offer(userId: UserId, offer: DeviceOffer): void {
    const member = this.#members.get(userId);
    if (member === undefined) return;
    const gone = member.offer(offer);
    for (const other of this.#others(member)) other.forget(userId, gone);
    this.#published(member);
  }

  #published(member: Member): void {
    const now = performance.now();
    for (const other of this.#others(member)) {
      other.show(member.userId, member.kinds);
      other.aim(this.#others(other), now);
    }
  }

  answer(userId: UserId, n: number, answer: DeviceAnswer): void {
    this.#members.get(userId)?.answer(n, answer);
  }

  want(userId: UserId, of: UserId, layer: Layer): void {
    const member = this.#members.get(userId);
    if (member === undefined || !this.#members.has(of)) return;
    member.want(of, layer);
    member.aim(this.#others(member), performance.now());
  }

  leave(userId: UserId): void {
    const member = this.#members.get(userId);
    if (member === undefined) return;
    this.#members.delete(userId);
    const gone = member.close();
    for (const other of this.#members.values()) {
      other.forget(userId, gone);
      other.drop(userId);
    }
  }

  /** To be called every few ms. */
  tick(now: number): void {
    for (const member of this.#members.values()) member.tick(now);
  }

  /** To be called once a second; gives how many are connected, what came in, what went out and what was missed. */
  second(now: number): { connected: number; heard: number; out: number; missed: number } {
    const sum = { connected: 0, heard: 0, out: 0, missed: 0 };
    for (const member of this.#members.values()) {
      const others = this.#others(member);
      const figures = member.second(now, others);
      member.aim(others, now);
      if (member.isConnected) sum.connected += 1;
      sum.heard += figures.heard;
      sum.out += figures.out;
      sum.missed += figures.missed;
    }
    return sum;
  }

  close(): void {
    for (const userId of [...this.#members.keys()]) this.leave(userId);
  }
}
