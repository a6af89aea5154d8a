import { isIPv6 } from 'node:net';

/** ms. */
const window = 15 * 60_000;

/** Keys that are remembered; the one that failed longest ago is forgotten first. */
const most = 20_000;

/** Counts tries by whatever they have in common, in a sliding quarter of an hour. */
export class TryLimits {
  readonly #times = new Map<string, number[]>();

  /** Whether this many were noted lately. `now` in ms. */
  full(key: string, limit: number, now: number): boolean {
    return this.#recent(key, now).length >= limit;
  }

  note(key: string, now: number): void {
    const times = [...this.#recent(key, now), now];
    this.#times.delete(key);
    this.#times.set(key, times);
    if (this.#times.size <= most) return;
    for (const oldest of this.#times.keys()) {
      this.#times.delete(oldest);
      break;
    }
  }

  /** Takes back what was noted for a try that turned out well; those of others stay. */
  takeBack(key: string, at: number): void {
    const times = this.#times.get(key) ?? [];
    const place = times.lastIndexOf(at);
    if (place >= 0) times.splice(place, 1);
    if (times.length === 0) this.#times.delete(key);
  }

  #recent(key: string, now: number): readonly number[] {
    return (this.#times.get(key) ?? []).filter((at) => at > now - window);
  }
}

/** What stands for whoever sends from an address: whoever has one of IPv6 has all that share its first half. */
export function senderOf(ip: string): string {
  if (!isIPv6(ip)) return ip;
  const [head = '', tail] = ip.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const whole =
    tail === undefined ? first : [...first, ...Array(Math.max(0, 8 - first.length - last.length)).fill('0'), ...last];
  return `${whole
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':')}::/64`;
}
