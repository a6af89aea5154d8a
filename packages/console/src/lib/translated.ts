import { useEffect, useState } from 'preact/hooks';
import { type Language, language } from './say.ts';

/** Where the texts of a page that says much are, by language; what is not there is said in English, by what the page shows. */
export type Readers<T> = Readonly<Record<Exclude<Language, 'en'>, () => Promise<T>>>;

/**
 * Texts that only those need who look at one page, in the language chosen: `undefined` in English, and where they could not
 * be loaded; `'loading'` until they are there.
 */
export function useTranslated<T extends object>(readers: Readers<T>): T | undefined | 'loading' {
  const chosen = language.value;
  const [read, setRead] = useState<{ readonly of: Language; readonly texts: T | undefined }>();
  useEffect(() => {
    if (chosen === 'en') return;
    let wanted = true;
    const keep = (texts: T | undefined): void => {
      if (wanted) setRead({ of: chosen, texts });
    };
    readers[chosen]().then(keep, () => keep(undefined));
    return () => {
      wanted = false;
    };
  }, [chosen, readers]);
  if (chosen === 'en') return undefined;
  return read?.of === chosen ? read.texts : 'loading';
}
