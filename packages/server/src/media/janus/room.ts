import { Refusal, type UserId } from 'ringback-protocol';
import type { Clock } from '../../ports/clock.ts';
import type { DeviceMessage, MediaRoom, RoomEvents } from '../../ports/media.ts';
import { JanusMember } from './member.ts';
import type { JanusHandle, JanusNode } from './node.ts';

export interface JanusRoomOptions {
  readonly name: string;
  readonly secret: string;
  readonly maxMembers: number;
  readonly clock: Clock;
  readonly node: Pick<JanusNode, 'attach'>;
  /** Where the room was made. */
  readonly control: JanusHandle;
  readonly events: RoomEvents;
  /** The room is no longer there, or no longer ours. */
  readonly over: () => void;
  /** It is over, but Janus has not said that it destroyed it. */
  readonly abandoned: () => void;
  readonly trouble: (userId: UserId, error: unknown) => void;
}

/** A call in a VideoRoom. */
export class JanusRoom implements MediaRoom {
  readonly #options: JanusRoomOptions;
  readonly #members = new Map<UserId, JanusMember>();
  readonly #users = new Map<string, UserId>();
  #over = false;

  constructor(options: JanusRoomOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#members.size;
  }

  enter(userId: UserId): void {
    if (this.#over) return;
    const known = this.#members.get(userId);
    if (known !== undefined) {
      known.again();
      return;
    }
    const { name, maxMembers, clock, node, events, trouble } = this.#options;
    if (this.#members.size >= maxMembers) {
      throw new Refusal('call_full', `A room of Janus has ${maxMembers} members at most.`);
    }
    const member = new JanusMember({
      userId,
      room: name,
      clock,
      attach: (listener) => node.attach(listener),
      allow: (token) => this.#ask({ request: 'allowed', action: 'add', allowed: [token] }),
      userOf: (feed) => this.#users.get(feed),
      feedOf: (one) => this.#members.get(one)?.feed,
      events,
      destroyed: () => this.lost('the room was destroyed'),
      trouble,
    });
    this.#members.set(userId, member);
    this.#users.set(member.feed, userId);
  }

  receive(userId: UserId, data: DeviceMessage): void {
    if (!this.#over) this.#members.get(userId)?.receive(data);
  }

  leave(userId: UserId): void {
    const member = this.#members.get(userId);
    if (member === undefined || this.#over) return;
    this.#members.delete(userId);
    this.#users.delete(member.feed);
    member.close();
    // Whatever the device still holds, it is out of the room and does not come back by itself.
    this.#ask({ request: 'allowed', action: 'remove', allowed: [member.token] }).catch(() => {});
    this.#ask({ request: 'kick', id: member.feed }).catch(() => {});
  }

  close(): void {
    if (this.#over) return;
    this.#end();
    this.#ask({ request: 'destroy' }).catch(() => this.#options.abandoned());
  }

  /** The room is gone, and the plane is to know. */
  lost(reason: string): void {
    if (this.#over) return;
    this.#end();
    this.#options.events.lost(reason);
  }

  #end(): void {
    this.#over = true;
    for (const member of this.#members.values()) member.close();
    this.#members.clear();
    this.#users.clear();
    this.#options.over();
  }

  #ask(body: object): Promise<unknown> {
    const { name: room, secret, control } = this.#options;
    return control.ask({ ...body, room, secret });
  }
}
