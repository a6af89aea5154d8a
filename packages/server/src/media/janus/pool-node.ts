import { createHmac, randomBytes } from 'node:crypto';
import type { Log } from '../../observe/log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { RoomEvents } from '../../ports/media.ts';
import { type JanusHandle, JanusNode } from './node.ts';
import { JanusRoom } from './room.ts';
import { isNoRoom, roomsOf } from './wire.ts';

/** How rooms of ours are told from those of others. */
const description = 'ringback';

/** ms; how often rooms are looked for that nobody has any more: those of a server that died. */
const sweepTime = 60_000;

/** ms; how long a node that did not make a room is asked after all others. */
const doubtTime = 60_000;

/** Rooms that are remembered to be destroyed later. */
const mostAbandoned = 10_000;

export interface PoolNodeOptions {
  readonly url: string;
  readonly apiSecret: string;
  readonly adminKey: string;
  readonly maxMembers: number;
  /** Bits per second that a member may send. */
  readonly bitrate: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** One Janus server of the pool, and the rooms that are pinned to it. */
export class PoolNode {
  readonly #options: PoolNodeOptions;
  readonly #node: JanusNode;
  readonly #rooms = new Map<string, JanusRoom>();
  /** Rooms of this server that Janus may still have though nobody here does, the oldest first. */
  readonly #abandoned = new Set<string>();
  /** Rooms without anybody that were nobody's at the last look. */
  #empty = new Set<string>();
  #control: JanusHandle | undefined;
  #problem = 'not reached yet';
  /** ms of `steady`; until then others are asked first. */
  #doubtedUntil = 0;
  #stopSweep = (): void => {};
  /** For want of a key that all servers share, secrets of rooms end with the process. */
  readonly #key: string;

  constructor(options: PoolNodeOptions) {
    this.#options = options;
    const { url, apiSecret, adminKey, clock, log } = options;
    this.#key = `${adminKey} ${apiSecret}`.trim() || randomBytes(16).toString('hex');
    this.#node = new JanusNode({
      url,
      shown: shown(url),
      apiSecret,
      clock,
      log,
      up: (control) => {
        this.#control = control;
        this.#armSweep();
        void this.#tidy();
      },
      down: (reason) => this.#down(reason),
    });
  }

  get isUp(): boolean {
    return this.#control !== undefined;
  }

  /** It is up, but has not made a room a short while ago: it may hang. */
  get isDoubted(): boolean {
    return this.#options.clock.steady() < this.#doubtedUntil;
  }

  /** Why it is not up, in words that follow its name. */
  get problem(): string {
    return this.#problem;
  }

  /** Without what a URL may carry of secrets. */
  get url(): string {
    return shown(this.#options.url);
  }

  get rooms(): number {
    return this.#rooms.size;
  }

  get peers(): number {
    let peers = 0;
    for (const room of this.#rooms.values()) peers += room.size;
    return peers;
  }

  async open(name: string, events: RoomEvents): Promise<JanusRoom> {
    const { maxMembers, clock, log } = this.#options;
    const control = this.#control;
    if (control === undefined) throw new Error(`Janus at ${this.url} is ${this.#problem}.`);
    const secret = this.#secretOf(name);
    try {
      await this.#create(control, name, secret);
    } catch (error) {
      // It may have been made, or will be.
      this.#abandon(name);
      // What was lost is known to be down, and as good as any other once it is back.
      if (this.#control === control) this.#doubtedUntil = clock.steady() + doubtTime;
      throw error;
    }
    this.#doubtedUntil = 0;
    const room = new JanusRoom({
      name,
      secret,
      maxMembers,
      clock,
      node: this.#node,
      control,
      events,
      over: () => this.#rooms.delete(name),
      abandoned: () => this.#abandon(name),
      trouble: (userId, err) => log.warn({ room: name, user: userId, err }, 'janus trouble'),
    });
    this.#rooms.set(name, room);
    return room;
  }

  close(): void {
    for (const room of [...this.#rooms.values()]) room.close();
    this.#stopSweep();
    this.#control = undefined;
    this.#node.close();
  }

  async #create(control: JanusHandle, room: string, secret: string): Promise<void> {
    const { adminKey, maxMembers, bitrate } = this.#options;
    await control.ask({
      request: 'create',
      room,
      description,
      secret,
      publishers: maxMembers,
      is_private: true,
      permanent: false,
      record: false,
      bitrate,
      bitrate_cap: true,
      audiocodec: 'opus',
      videocodec: 'vp8',
      // Nobody has this token: the room is closed to all who were not let in.
      allowed: [randomBytes(16).toString('hex')],
      ...(adminKey === '' ? {} : { admin_key: adminKey }),
    });
    // It was lost meanwhile.
    if (this.#control !== control) throw new Error(`Janus at ${this.url} is ${this.#problem}.`);
  }

  #down(reason: string): void {
    this.#control = undefined;
    this.#problem = `lost: ${reason}`;
    this.#stopSweep();
    this.#empty.clear();
    for (const [name, room] of [...this.#rooms]) {
      this.#abandon(name);
      room.lost(`Janus is lost: ${reason}`);
    }
  }

  #armSweep(): void {
    this.#stopSweep();
    this.#stopSweep = this.#options.clock.timer(sweepTime, () => {
      this.#armSweep();
      this.#sweep().catch((err: unknown) => this.#options.log.debug({ err }, 'janus sweep failed'));
    });
  }

  #abandon(name: string): void {
    const [oldest] = this.#abandoned;
    if (oldest !== undefined && this.#abandoned.size >= mostAbandoned) this.#abandoned.delete(oldest);
    this.#abandoned.add(name);
  }

  /** Destroys rooms that this server has no more; what cannot be destroyed now waits for the next look. */
  async #tidy(): Promise<void> {
    const control = this.#control;
    if (control === undefined) return;
    for (const room of this.#abandoned) {
      this.#abandoned.delete(room);
      try {
        await control.ask({ request: 'destroy', room, secret: this.#secretOf(room) });
      } catch (error) {
        if (isNoRoom(error)) continue;
        this.#abandon(room);
        return;
      }
    }
  }

  /** Destroys rooms that nobody has any more. With the key of all servers those of dead ones, too: empty at two looks. */
  async #sweep(): Promise<void> {
    await this.#tidy();
    const { adminKey } = this.#options;
    const control = this.#control;
    if (control === undefined || adminKey === '') return;
    const { data } = await control.ask({ request: 'list', admin_key: adminKey });
    const empty = roomsOf(data).filter(
      (one) => one.description === description && one.members === 0 && !this.#rooms.has(one.room),
    );
    for (const { room } of empty) {
      if (!this.#empty.has(room)) continue;
      await control.ask({ request: 'destroy', room, secret: this.#secretOf(room) }).catch(() => {});
    }
    this.#empty = new Set(empty.map(({ room }) => room));
  }

  #secretOf(room: string): string {
    return createHmac('sha256', this.#key).update(room).digest('hex').slice(0, 32);
  }
}

function shown(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
