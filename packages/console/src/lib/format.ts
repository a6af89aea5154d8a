import { language } from './say.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** `21:04:05`. */
export function clock(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** A day and a time, as the language has them. */
export function moment(ms: number): string {
  if (ms === 0) return '—';
  const date = new Date(ms);
  const day = new Intl.DateTimeFormat(language.value, {
    month: 'short',
    day: 'numeric',
    ...(date.getFullYear() !== new Date().getFullYear() && { year: 'numeric' }),
  }).format(date);
  return `${day} ${clock(ms)}`;
}

/** `4:05`, or `1:04:05`. */
export function span(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/** `12 345`, as the language has it; large ones short. */
export const count = (value: number): string =>
  new Intl.NumberFormat(
    language.value,
    value >= 100_000 ? { notation: 'compact', maximumFractionDigits: 1 } : {},
  ).format(value);

/** A part of one as per cent. */
export const percent = (part: number): string =>
  new Intl.NumberFormat(language.value, { style: 'percent', maximumFractionDigits: part < 0.1 ? 1 : 0 }).format(part);

/** `850 ms` or `4.2 s`. */
export const duration = (ms: number): string =>
  ms < 1000 ? `${Math.round(ms)} ms` : ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : span(ms);
