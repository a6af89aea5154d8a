import type { ApiError } from './api.ts';
import { refusalIn, say, sayOr } from './say.ts';

/** What went wrong, in the language of the console where it is known by its code, else in the words of the server. */
export function problemText(error: ApiError): string {
  if (error.reason === 'offline') return say('offline');
  if (error.reason === 'console_forbidden' && error.code === 'console_forbidden') return say('forbidden');
  return refusalIn(error.code, error.data) ?? sayOr(`problem_${error.reason}`, error.message || say('internal'));
}
