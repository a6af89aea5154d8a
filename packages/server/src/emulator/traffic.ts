import type { ScriptUser, TimelineEntry, Traffic } from '../script/script.ts';
import { generator } from './chance.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** How those calls go that are not answered, in turn. */
const others = ['reject', 'ignore', 'nothing', 'cancel'] as const;

/** What a rate curve comes to for one day from `start` (ms): users, and a timeline of who calls whom. */
export function planTraffic(
  { callsPerHour, users, answered, talk }: Traffic,
  start: number,
): { readonly users: readonly ScriptUser[]; readonly timeline: readonly TimelineEntry[] } {
  const chance = generator(5);
  const names = Array.from({ length: users }, (_, n) => `busy-${n + 1}`);
  const freeAt = new Map<string, number>();
  const timeline: TimelineEntry[] = [];
  let unanswered = 0;
  const begins: number[] = [];
  for (let n = 0; n < 24; n += 1) {
    const from = Math.ceil(start / hour) * hour + n * hour;
    const count = callsPerHour[new Date(from).getUTCHours()] ?? 0;
    for (let k = 0; k < count; k += 1) begins.push(from - start + Math.floor((hour * (k + chance())) / count));
  }
  begins.sort((a, b) => a - b);
  for (const at of begins) {
    const free = names.filter((name) => (freeAt.get(name) ?? 0) <= at);
    const caller = free[Math.floor(chance() * free.length)];
    const callees = free.filter((name) => name !== caller);
    const callee = callees[Math.floor(chance() * callees.length)];
    // Everybody talks: a call that nobody could make is none.
    if (caller === undefined || callee === undefined) continue;
    const call = { name: 'call', options: { to: [callee], media: chance() < 0.6 ? 'Audio' : 'Video' } } as const;
    timeline.push({ at, user: caller, action: call });
    const rings = 2000 + Math.floor(chance() * 8000);
    const say = (after: number, user: string, name: 'answer' | 'hangUp' | 'reject' | 'ignore'): void => {
      timeline.push({ at: at + after, user, action: { name, options: {} } });
    };
    let over = rings;
    if (chance() < answered) {
      over = rings + 1000 + Math.floor(-Math.log(1 - chance()) * talk);
      say(rings, callee, 'answer');
      say(over, chance() < 0.5 ? caller : callee, 'hangUp');
    } else {
      const how = others[unanswered % others.length];
      unanswered += 1;
      if (how === 'reject' || how === 'ignore') say(rings, callee, how);
      else if (how === 'cancel') say(rings, caller, 'hangUp');
      else over = 30_000;
    }
    for (const name of [caller, callee]) freeAt.set(name, at + over + 1000);
  }
  return {
    users: names.map((id) => ({
      id,
      devices: ['phone'],
      signedIn: true,
      push: false,
      busy: false,
      platform: 'Web',
      skew: 0,
      signature: 'good',
      whenCalled: [],
    })),
    timeline: timeline.filter(({ at }) => at < 2 * day),
  };
}
