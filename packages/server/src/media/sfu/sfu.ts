import type { Log } from '../../observe/log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { MediaProvider, MediaRoom, ProviderStatus, RoomEvents } from '../../ports/media.ts';
import type { ForwarderConfig, ForwarderFigures, Report } from './messages.ts';
import { SfuProcess } from './sfu-process.ts';
import { SfuRoom } from './sfu-room.ts';

/** How the built-in SFU is set up. */
export interface SfuOptions extends Partial<ForwarderConfig> {
  readonly clock: Clock;
  readonly log: Log;
  /** Rooms at once; beyond, no room is opened. */
  readonly maxRooms?: number;
  /** The program that runs in the process, if not the one of this build. */
  readonly program?: URL;
}

const nothing: ForwarderFigures = {
  rooms: 0,
  peers: 0,
  connected: 0,
  heard: 0,
  packetsOut: 0,
  missed: 0,
  busy: 0,
  share: 0,
  memory: 0,
};

/** CPUs that the process may use when one more room is opened. It forwards in one thread; beyond, packets come late. */
const busiest = 0.9;

/** The built-in SFU: forwards the media of rooms in a process of its own, on one UDP port. */
export class SfuProvider implements MediaProvider {
  readonly name = 'sfu';
  readonly layers = 'lines';
  readonly #process: SfuProcess;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #maxRooms: number;
  readonly #maxMembers: number;
  readonly #rooms = new Map<number, SfuRoom>();
  #lastRoom = 0;
  #figures = nothing;

  /** Starts the process; the server need not wait for it. */
  constructor(options: SfuOptions) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#maxRooms = options.maxRooms ?? 1000;
    this.#maxMembers = options.maxMembers ?? 9;
    this.#process = new SfuProcess({
      config: {
        address: options.address ?? '',
        port: options.port ?? 0,
        announce: options.announce ?? '',
        maxMembers: this.#maxMembers,
        maxBitrate: options.maxBitrate ?? 1_800_000,
      },
      clock: options.clock,
      log: options.log,
      ...(options.program === undefined ? {} : { program: options.program }),
      events: { report: (report) => this.#report(report), lost: (reason) => this.#lost(reason) },
    });
  }

  /** The UDP port; undefined before the process first listened. */
  get port(): number | undefined {
    return this.#process.port;
  }

  /** The number of the process that forwards. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Resolves when rooms can be opened; rejects with a sentence when not. */
  ready(): Promise<void> {
    return this.#process.ready();
  }

  async open(_room: string, events: RoomEvents): Promise<MediaRoom> {
    await this.#process.ready();
    if (this.#rooms.size >= this.#maxRooms) throw new Error(`The built-in SFU has ${this.#maxRooms} rooms already.`);
    if (this.#figures.busy > busiest) throw new Error('The built-in SFU forwards as much as it can.');
    this.#lastRoom += 1;
    const number = this.#lastRoom;
    const room = new SfuRoom({
      number,
      clock: this.#clock,
      events,
      maxMembers: this.#maxMembers,
      send: (order) => this.#process.send(order),
      closed: () => this.#rooms.delete(number),
    });
    this.#rooms.set(number, room);
    this.#process.send({ type: 'open', room: number });
    return room;
  }

  status(): ProviderStatus {
    const problem = this.#process.problem;
    const { peers, packetsOut, missed } = this.#figures;
    return {
      up: problem === undefined,
      ...(problem === undefined ? {} : { problem }),
      rooms: this.#rooms.size,
      peers,
      packetsPerSecond: packetsOut,
      loss: packetsOut === 0 ? 0 : Math.min(1, missed / packetsOut),
    };
  }

  #report(report: Report): void {
    if (report.type === 'figures') this.#figures = report;
    else if (report.type === 'trouble') {
      const { room, userId, text } = report;
      this.#log.warn({ room, userId, text }, 'sfu trouble');
    } else if (report.type === 'tell' || report.type === 'media') this.#rooms.get(report.room)?.report(report);
  }

  #lost(reason: string): void {
    this.#figures = nothing;
    const rooms = [...this.#rooms.values()];
    this.#rooms.clear();
    for (const room of rooms) room.lost(reason);
  }

  /** Ends the process. Rooms that are open end silently. */
  async close(): Promise<void> {
    this.#rooms.clear();
    await this.#process.close();
  }
}
