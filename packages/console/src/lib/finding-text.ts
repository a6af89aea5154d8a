import { isLength, largestUnit } from 'ringback-protocol';
import type { SigTexts } from '../texts/texts.ts';
import { fill, language } from './say.ts';
import type { Finding } from './types.ts';

/** A duration in s, as the language says it. */
function length(seconds: number): string {
  const [n, unit] = largestUnit(seconds);
  return new Intl.NumberFormat(language.value, { style: 'unit', unit, unitDisplay: 'long' }).format(n);
}

/** What the doctor found, in the language of the console; in the words of the server where it has none of its own. */
export function findingText({ code, text, data }: Finding, texts: SigTexts | undefined): string {
  if (texts === undefined || !Object.hasOwn(texts, code)) return text;
  const parts = Object.entries(data).map(([name, value]) => [
    name,
    typeof value === 'number' && isLength(name) ? length(value) : value,
  ]);
  return fill(texts[code as keyof SigTexts], Object.fromEntries(parts));
}
