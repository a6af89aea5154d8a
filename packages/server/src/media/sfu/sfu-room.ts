import { Refusal, type UserId } from 'ringback-protocol';
import type { Clock } from '../../ports/clock.ts';
import type { DeviceMessage, MediaRoom, RoomEvents } from '../../ports/media.ts';
import { checkCandidate } from './candidate.ts';
import { readDeviceAnswer, readDeviceOffer } from './description.ts';
import type { Order, Report } from './messages.ts';
import { SdpProblem } from './sdp-read.ts';

/** Offers of one member within so many ms. */
const mostOffers = 8;
const offerWindow = 10_000;

/** One stay of a member: its number, and when it offered of late, ms. */
interface Entry {
  readonly number: number;
  offers: readonly number[];
}

/** A room as the media plane sees it: checks what devices say, and hands it to the process. */
export class SfuRoom implements MediaRoom {
  readonly #number: number;
  readonly #clock: Clock;
  readonly #events: RoomEvents;
  readonly #maxMembers: number;
  readonly #send: (order: Order) => void;
  readonly #closed: () => void;
  readonly #members = new Map<UserId, Entry>();
  #lastEntry = 0;
  #over = false;

  constructor(options: {
    number: number;
    clock: Clock;
    events: RoomEvents;
    maxMembers: number;
    send: (order: Order) => void;
    closed: () => void;
  }) {
    this.#number = options.number;
    this.#clock = options.clock;
    this.#events = options.events;
    this.#maxMembers = options.maxMembers;
    this.#send = options.send;
    this.#closed = options.closed;
  }

  enter(userId: UserId): void {
    if (this.#over) return;
    let entry = this.#members.get(userId);
    if (entry === undefined) {
      if (this.#members.size >= this.#maxMembers) {
        throw new Refusal('call_full', `A room of the built-in SFU has ${this.#maxMembers} members at most.`);
      }
      this.#lastEntry += 1;
      entry = { number: this.#lastEntry, offers: [] };
      this.#members.set(userId, entry);
    }
    this.#send({ type: 'enter', room: this.#number, userId, entry: entry.number });
  }

  receive(userId: UserId, data: DeviceMessage): void {
    if (this.#over || !this.#members.has(userId)) return;
    const order = this.#order(userId, data);
    if (order !== undefined) this.#send(order);
  }

  /** The order for what a device sent. Every part of it is looked at: nothing of a device's making is trusted. */
  #order(userId: UserId, data: DeviceMessage): Order | undefined {
    const room = this.#number;
    switch (data.type) {
      case 'offer':
        this.#limit(userId);
        return { type: 'offer', room, userId, offer: checked('sdp', () => readDeviceOffer(text(data.sdp))) };
      case 'answer':
        if (!Number.isSafeInteger(data.n)) throw bad('n', 'n is the number of the offer.');
        return {
          type: 'answer',
          room,
          userId,
          n: data.n,
          answer: checked('sdp', () => readDeviceAnswer(text(data.sdp))),
        };
      case 'candidate':
        checked('candidate', () => checkCandidate(text(data.candidate)));
        return undefined;
      case 'want':
        if (data.layer !== 'high' && data.layer !== 'low' && data.layer !== 'off') {
          throw bad('layer', 'layer is high, low or off.');
        }
        return this.#members.has(data.userId)
          ? { type: 'want', room, userId, of: data.userId, layer: data.layer }
          : undefined;
      default:
        throw bad('type', 'A room takes offer, answer, candidate and want.');
    }
  }

  /** Each offer makes a connection, which costs a certificate and a handshake. */
  #limit(userId: UserId): void {
    const now = this.#clock.now();
    const entry = this.#members.get(userId);
    const recent = (entry?.offers ?? []).filter((at) => now - at < offerWindow);
    if (recent.length >= mostOffers) throw new Refusal('too_fast', 'A device offers to publish too often.');
    if (entry !== undefined) entry.offers = [...recent, now];
  }

  leave(userId: UserId): void {
    if (this.#over || !this.#members.delete(userId)) return;
    this.#send({ type: 'leave', room: this.#number, userId });
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#closed();
    this.#send({ type: 'close', room: this.#number });
  }

  /** Takes what the process says of this room; of those who have left since, or entered anew, nothing is told. */
  report(report: Report & { type: 'tell' | 'media' }): void {
    if (this.#over || this.#members.get(report.userId)?.number !== report.entry) return;
    if (report.type === 'tell') this.#events.tell(report.userId, report.data);
    else this.#events.media(report.userId, report.state);
  }

  lost(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#events.lost(reason);
  }
}

const bad = (field: string, sentence: string): Refusal => new Refusal('frame_bad_params', sentence, `data.${field}`);

function text(value: unknown): string {
  if (typeof value !== 'string') throw new SdpProblem('It is not a text.');
  return value;
}

/** Runs a check; what is wrong becomes a refusal that names the field. */
function checked<T>(field: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof SdpProblem) throw bad(field, error.message);
    throw error;
  }
}
