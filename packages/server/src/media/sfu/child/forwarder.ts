import type { Order, Report } from '../messages.ts';
import type { ConnectionKit } from './connection.ts';
import { Room } from './room.ts';

/** ms between two looks at what is missing. */
const tickTime = 20;

/** Seconds over which work is averaged: a room that closes is no sign of too many. */
const smoothing = 5;

/** All rooms of the process. */
export class Forwarder {
  readonly #kit: ConnectionKit;
  readonly #report: (report: Report) => void;
  readonly #rooms = new Map<number, Room>();
  readonly #timers: readonly NodeJS.Timeout[];
  #cpu = process.cpuUsage();
  #cpuAt = performance.now();
  #busy = 0;

  constructor(kit: ConnectionKit, report: (report: Report) => void) {
    this.#kit = kit;
    this.#report = report;
    this.#timers = [setInterval(() => this.#tick(), tickTime), setInterval(() => this.#second(), 1000)];
  }

  /** Does what the server says. */
  take(order: Order): void {
    if (order.type === 'open') this.#open(order.room);
    if (order.type === 'start' || order.type === 'stop' || order.type === 'open') return;
    const room = this.#rooms.get(order.room);
    if (room === undefined) return;
    if (order.type === 'enter') room.enter(order.userId, order.entry);
    else if (order.type === 'leave') room.leave(order.userId);
    else if (order.type === 'offer') room.offer(order.userId, order.offer);
    else if (order.type === 'answer') room.answer(order.userId, order.n, order.answer);
    else if (order.type === 'want') room.want(order.userId, order.of, order.layer);
    else {
      this.#rooms.delete(order.room);
      room.close();
    }
  }

  #open(room: number): void {
    if (this.#rooms.has(room)) return;
    const reports = {
      tell: (userId, entry, data) => this.#report({ type: 'tell', room, userId, entry, data }),
      media: (userId, entry, state) => this.#report({ type: 'media', room, userId, entry, state }),
      trouble: (userId, text) => this.#report({ type: 'trouble', room, userId, text: text.slice(0, 300) }),
    } satisfies ConstructorParameters<typeof Room>[1];
    this.#rooms.set(room, new Room(this.#kit, reports));
  }

  #tick(): void {
    const now = performance.now();
    for (const room of this.#rooms.values()) room.tick(now);
  }

  #second(): void {
    const now = performance.now();
    const cpu = process.cpuUsage(this.#cpu);
    const share = (cpu.user + cpu.system) / 1000 / Math.max(1, now - this.#cpuAt);
    this.#cpu = process.cpuUsage();
    this.#cpuAt = now;
    this.#busy += (share - this.#busy) / smoothing;
    const own = { rooms: this.#rooms.size, busy: this.#busy, share, memory: process.memoryUsage.rss() };
    const figures = { ...own, peers: 0, connected: 0, heard: 0, packetsOut: 0, missed: 0 };
    for (const room of this.#rooms.values()) {
      const sum = room.second(now);
      figures.peers += room.size;
      figures.connected += sum.connected;
      figures.heard += sum.heard;
      figures.packetsOut += sum.out;
      figures.missed += sum.missed;
    }
    this.#report({ type: 'figures', ...figures });
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const room of this.#rooms.values()) room.close();
    this.#rooms.clear();
  }
}
