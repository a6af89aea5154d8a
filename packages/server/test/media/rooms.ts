import { Refusal, type UserId } from 'ringback-protocol';
import type { DeviceMessage, MediaProvider, MediaRoom, RoomEvents } from '../../src/ports/media.ts';

/** A room that notes what it is told, and says what a test wants it to say. */
export class NotedRoom implements MediaRoom {
  readonly name: string;
  readonly events: RoomEvents;
  readonly inside = new Set<UserId>();
  readonly heard: string[] = [];
  isClosed = false;
  maxMembers = 9;

  constructor(name: string, events: RoomEvents) {
    this.name = name;
    this.events = events;
  }

  enter(userId: UserId): void {
    this.heard.push(`enter ${userId}`);
    if (this.inside.size >= this.maxMembers && !this.inside.has(userId)) throw new Refusal('call_full');
    this.inside.add(userId);
  }

  receive(userId: UserId, data: DeviceMessage): void {
    if (data.type === 'offer' && data.sdp === 'nonsense') {
      throw new Refusal('frame_bad_params', 'data.sdp is no description', 'data.sdp');
    }
    this.heard.push(`${userId} ${JSON.stringify(data)}`);
  }

  leave(userId: UserId): void {
    this.heard.push(`leave ${userId}`);
    this.inside.delete(userId);
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A provider of such rooms, which a test takes up and down. */
export class NotedProvider implements MediaProvider {
  readonly name: 'sfu' | 'janus';
  readonly layers = 'lines';
  readonly rooms: NotedRoom[] = [];
  isUp = true;
  /** While set, rooms are refused. */
  problem = '';
  asked = 0;
  isClosed = false;

  constructor(name: 'sfu' | 'janus' = 'sfu') {
    this.name = name;
  }

  async open(room: string, events: RoomEvents): Promise<MediaRoom> {
    this.asked += 1;
    if (this.problem !== '') throw new Error(this.problem);
    const made = new NotedRoom(room, events);
    this.rooms.push(made);
    return made;
  }

  /** The room that was made last. */
  get room(): NotedRoom {
    const last = this.rooms.at(-1);
    if (last === undefined) throw new Error(`${this.name} has made no room.`);
    return last;
  }

  status() {
    return { up: this.isUp, rooms: this.rooms.length, peers: 0 };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
