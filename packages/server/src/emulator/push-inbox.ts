import type { IncomingMessage, ServerResponse } from 'node:http';
import { isGenuine } from './genuine.ts';

/** A push that came for a device of a virtual user. */
export interface ReceivedPush {
  readonly type: string;
  readonly userId: string;
  /** The name of the device in the script. */
  readonly device: string;
  readonly callId: string;
  /** Of a cancel: why. */
  readonly reason: string;
  /** ms, in the time of the server. */
  readonly at: number;
  /** What the device can answer with. */
  readonly answerToken: string;
}

/** Bytes of a body. */
const largest = 65_536;

/** What the app of a device registers with: the user and the device by their names in the script. */
export const pushToken = (userId: string, device: string): string => `${userId}/${device}`;

interface Payload {
  readonly type: string;
  readonly device: { readonly userId: string; readonly token: string };
  readonly push: { readonly callId?: string; readonly reason?: string; readonly token?: string };
}

/** The push service that is built in: it takes every push, and a device can answer with what came. */
export class PushInbox {
  secret = '';
  readonly #now: () => number;
  readonly #most: number;
  #taken: ReceivedPush[] = [];
  readonly #ids = new Set<string>();

  /** At least `most` pushes are kept, at most twice as many; older ones go. */
  constructor(now: () => number, most = 10_000) {
    this.#now = now;
    this.#most = most;
  }

  /** By the time at which they came; those of one moment in the order of their words. */
  get pushes(): readonly ReceivedPush[] {
    const rank = (one: ReceivedPush): string => `${one.type === 'ring' ? 0 : 1} ${spellPush(one)}`;
    return [...this.#taken].sort((a, b) => a.at - b.at || (rank(a) < rank(b) ? -1 : 1));
  }

  /** The latest ring of a user, on one device or on any. */
  ringOf(userId: string, device?: string): ReceivedPush | undefined {
    return this.#taken.findLast(
      (one) => one.type === 'ring' && one.userId === userId && (device === undefined || one.device === device),
    );
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      size += (chunk as Buffer).length;
      if (size <= largest) chunks.push(chunk as Buffer);
    }
    const taken = size <= largest && this.#take(request, Buffer.concat(chunks).toString('utf8'));
    response.writeHead(taken ? 200 : 400, { 'content-length': 0 }).end();
  }

  #take({ headers }: IncomingMessage, text: string): boolean {
    // Other programs of this machine can write to the port: what is not signed is not looked at.
    if (!isGenuine(this.secret, headers, text)) return false;
    const id = String(headers['webhook-id']);
    // A repetition.
    if (this.#ids.has(id)) return true;
    this.#ids.add(id);
    for (const oldest of this.#ids) {
      if (this.#ids.size <= 2 * this.#most) break;
      this.#ids.delete(oldest);
    }
    const { type, device, push } = JSON.parse(text) as Payload;
    if (this.#taken.length >= 2 * this.#most) this.#taken = this.#taken.slice(-this.#most);
    const { callId = '', reason = '', token = '' } = push;
    const name = device.token.slice(device.token.lastIndexOf('/') + 1);
    const { userId } = device;
    this.#taken.push({ type, userId, device: name, callId, reason, at: this.#now(), answerToken: token });
    return true;
  }
}

/** A push as scripts write it: `ring bob phone`, `cancel bob phone timeout`. */
export const spellPush = ({ type, userId, device, reason }: ReceivedPush): string =>
  `${type} ${userId} ${device} ${reason}`.trim();
