import { route } from './router.ts';

/** ms. */
const day = 86_400_000;

/** The lengths of time that one looks back, in ms. */
export const ranges = { hour: day / 24, day, week: 7 * day, month: 30 * day } as const;

export type RangeName = keyof typeof ranges | 'own';

/** A stretch of time: of a name, or from and to in ms; `to` undefined = until now. */
export interface Range {
  readonly name: RangeName;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

const time = (text: string | null): number | undefined => {
  const value = Number(text ?? '');
  return Number.isSafeInteger(value) && value > 0 ? value : undefined;
};

/** The range that the address says. */
export function rangeIn(query: URLSearchParams): Range {
  const name = query.get('range') ?? '';
  if (name === 'own') return { name, from: time(query.get('from')), to: time(query.get('to')) };
  return { name: Object.hasOwn(ranges, name) ? (name as RangeName) : 'day', from: undefined, to: undefined };
}

/** Where it begins, now. */
export const beginOf = ({ name, from }: Range): number =>
  name === 'own' ? (from ?? Date.now() - day) : Date.now() - ranges[name];

/** The range of the page shown. */
export const rangeHere = (): Range => rangeIn(route.value.query);

/** A time as an input of the browser has it, in its own time zone. */
export function asInput(ms: number | undefined): string {
  if (ms === undefined) return '';
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** The time that an input of the browser holds; undefined when it is empty. */
export function fromInput(text: string): number | undefined {
  const value = new Date(text).getTime();
  return text === '' || Number.isNaN(value) ? undefined : value;
}
