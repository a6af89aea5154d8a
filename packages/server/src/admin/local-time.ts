/** A time in which the clocks of a place keep one distance from UTC. In s since 1970; `to` is not in it any more. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** s; by how much clocks are ahead of UTC. */
  readonly shift: number;
}

/** s between two looks: no place changes its clocks and changes them back within this. */
const step = 7 * 86_400;

/** Whether it is the name of a time zone, such as `Asia/Seoul`. */
export function isZone(zone: string): boolean {
  try {
    return clockOf(zone) !== undefined;
  } catch {
    return false;
  }
}

const clockOf = (zone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });

/** The stretches of a zone between two times, s, the first that begins at `from` and the last that ends at `to`. */
export function stretchesOf(zone: string, from: number, to: number): readonly Stretch[] {
  const clock = clockOf(zone);
  const shiftAt = (second: number): number => {
    const text = clock.formatToParts(second * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = 0, minutes = 0, seconds = 0] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(text) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds));
  };
  const found: Stretch[] = [];
  let begin = from;
  let shift = shiftAt(from);
  for (let at = from; at < to; ) {
    const next = Math.min(to, at + step);
    const after = shiftAt(next);
    if (after !== shift) {
      let [before, changed] = [at, next];
      while (changed - before > 1) {
        const middle = Math.floor((before + changed) / 2);
        if (shiftAt(middle) === shift) before = middle;
        else changed = middle;
      }
      found.push({ from: begin, to: changed, shift });
      [begin, shift] = [changed, shiftAt(changed)];
      at = changed;
    } else at = next;
  }
  found.push({ from: begin, to, shift });
  return found;
}
