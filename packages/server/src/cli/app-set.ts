import { UsageError } from './failure.ts';

const words = ['multiDevice', 'glare', 'unknownCallee'] as const;
const numbers = ['maxMembers', 'groupMembers', 'groupsJoined', 'maxInFlight'] as const;

/** What `ringback app set` can change. */
export const appKeys: readonly string[] = [
  'name',
  'allowIps',
  'disabledCommands',
  'packageExpiresAt',
  ...words,
  ...numbers,
  'groupsRequired',
  'rates',
];

const isOf = <T extends string>(list: readonly T[], key: string): key is T => (list as readonly string[]).includes(key);

/** The input of `app.update` for one key and the text of its value; `default` gives a setting back to the server. */
export function appChange(key: string, text: string): Record<string, unknown> {
  if (key === 'name') return { name: text };
  if (key === 'allowIps' || key === 'disabledCommands') {
    return { [key]: text.split(',').flatMap((one) => (one.trim() === '' ? [] : one.trim())) };
  }
  if (key === 'packageExpiresAt') {
    const at = text === 'never' || text === '0' ? 0 : Date.parse(text);
    if (Number.isNaN(at)) throw new UsageError('Write the day as 2027-01-31, or never.');
    return { packageExpiresAt: at };
  }
  if (!appKeys.includes(key)) throw new UsageError(`There is no key ${key}. There is ${appKeys.join(', ')}.`);
  if (text === 'default') return { settings: { [key]: null } };
  if (isOf(words, key)) return { settings: { [key]: text } };
  if (isOf(numbers, key)) return { settings: { [key]: /^\d{1,9}$/.test(text) ? Number(text) : text } };
  if (key === 'groupsRequired')
    return { settings: { [key]: text === 'true' ? true : text === 'false' ? false : text } };
  return { settings: { rates: ratesOf(text) } };
}

/** `*=1000,call_engine_http_srv/end_call=50`. */
function ratesOf(text: string): Record<string, number> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [, name = '', rate = ''] = /^\s*([^=]+)=(\d{1,9})\s*$/.exec(pair) ?? [];
      if (name === '') throw new UsageError('Write rates as *=1000,service/command=50.');
      return [name, Number(rate)];
    }),
  );
}
