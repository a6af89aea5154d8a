import { localErrors, RingbackError } from 'ringback-sdk';
import { ApiError } from './api.ts';
import { errorReaders, errorTitle } from './error-words.ts';
import { problemText } from './problem-text.ts';
import { language, say } from './say.ts';

type LocalErrorName = keyof typeof localErrors;

const isLocal = (name: string): name is LocalErrorName => Object.hasOwn(localErrors, name);

/** Why a device could not do something, in the language of the console. */
export async function tryProblem(error: unknown, callee: string): Promise<string> {
  if (error instanceof ApiError) return problemText(error);
  if (!(error instanceof RingbackError)) return say('sdk_unknown');
  const { reason } = error;
  if (reason === 'unknown_account') return say('tryNoAccount', { name: callee });
  if (isLocal(reason)) return say(`sdk_${reason}`);
  const chosen = language.value;
  // Without the texts, in English.
  const texts = chosen === 'en' ? undefined : await errorReaders[chosen]().catch(() => undefined);
  return errorTitle(reason, texts);
}
