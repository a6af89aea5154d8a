import { randomBytes } from 'node:crypto';
import type { CallId, UserId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { MediaProvider, MediaRoom, ProviderMessage, RoomEvents } from '../ports/media.ts';
import type { MediaObserver } from './observer.ts';

/** ms; the first pause after a failure, which doubles with each further one, and the longest. */
const firstPause = 250;
const longestPause = 15_000;

/** ms; what the opening of a room may take, and how long one must have lasted for its loss to be no failure. */
const openTime = 10_000;
const steady = 10_000;

export interface RoomKeeperOptions {
  readonly callId: CallId;
  /** In the order of preference; at least one. */
  readonly providers: readonly MediaProvider[];
  readonly clock: Clock;
  readonly observer: MediaObserver;
  /** A room is open, the first or another one. */
  readonly opened: (room: MediaRoom, provider: MediaProvider) => void;
  /** The room of last is no more; another one is being looked for. */
  readonly lost: () => void;
  readonly tell: (userId: UserId, data: ProviderMessage) => void;
  readonly media: (userId: UserId, state: 'up' | 'gone') => void;
}

/** Keeps a media room for a call: opens one where one can be had, and another one when it is lost. */
export class RoomKeeper {
  readonly #options: RoomKeeperOptions;
  #room: MediaRoom | undefined;
  #openedAt = 0;
  #failures = 0;
  #failedWith: MediaProvider | undefined;
  /** Counts the rooms asked for; what comes of an older one is of no interest. */
  #count = 0;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: RoomKeeperOptions) {
    this.#options = options;
    this.#open();
  }

  /** The room that is open now. */
  get room(): MediaRoom | undefined {
    return this.#room;
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#room?.close();
    this.#room = undefined;
  }

  /** The preferred provider that is up; after a failure another one, if one is up. */
  #choice(): MediaProvider | undefined {
    const up = this.#options.providers.filter((one) => one.status().up);
    return up.find((one) => one !== this.#failedWith) ?? up[0];
  }

  #open(): void {
    const provider = this.#choice();
    if (provider === undefined) {
      this.#again();
      return;
    }
    const { callId, clock, observer, tell, media } = this.#options;
    this.#count += 1;
    const count = this.#count;
    const isLast = (): boolean => !this.#closed && count === this.#count;
    const failed = (error: unknown): void => {
      if (!isLast()) return;
      this.#count += 1;
      observer.openFailed(callId, provider.name, error);
      this.#failedWith = provider;
      this.#again();
    };
    this.#cancel = clock.timer(openTime, () => failed(new Error('The room did not open in time.')));
    const events: RoomEvents = {
      tell: (userId, data) => {
        if (isLast()) tell(userId, data);
      },
      media: (userId, state) => {
        if (isLast()) media(userId, state);
      },
      lost: (reason) => {
        if (isLast()) this.#lost(provider, reason);
      },
    };
    // A name of its own, since a room that was lost may still be there somewhere.
    const name = `${callId}-${randomBytes(6).toString('hex')}`;
    const opening = async (): Promise<MediaRoom> => provider.open(name, events);
    opening().then((room) => {
      if (!isLast()) {
        room.close();
        return;
      }
      this.#cancel?.();
      this.#room = room;
      this.#openedAt = clock.now();
      this.#failedWith = undefined;
      this.#options.opened(room, provider);
    }, failed);
  }

  #lost(provider: MediaProvider, reason: string): void {
    const { callId, clock, observer, lost } = this.#options;
    const wasOpen = this.#room !== undefined;
    this.#room = undefined;
    this.#count += 1;
    this.#cancel?.();
    observer.lost(callId, provider.name, reason);
    this.#failedWith = provider;
    if (wasOpen) lost();
    // A room that has served for a while is replaced at once.
    if (wasOpen && clock.now() - this.#openedAt >= steady) {
      this.#failures = 0;
      this.#open();
    } else this.#again();
  }

  #again(): void {
    const pause = Math.min(longestPause, firstPause * 2 ** this.#failures);
    this.#failures += 1;
    this.#cancel = this.#options.clock.timer(pause, () => this.#open());
  }
}
