import { language } from './say.ts';

const options = (step: number): Intl.DateTimeFormatOptions =>
  step < 86_400 ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : { month: 'short', day: 'numeric' };

/** Times on an axis, in s, in the language of the console; the day is told where a new one begins. */
export function axisTimes(times: readonly number[], step: number): readonly string[] {
  const short = new Intl.DateTimeFormat(language.value, options(step));
  const day = new Intl.DateTimeFormat(language.value, options(86_400));
  return times.map((time) => {
    const date = new Date(time * 1000);
    return (step < 86_400 && date.getHours() === 0 && date.getMinutes() === 0 ? day : short).format(date);
  });
}
