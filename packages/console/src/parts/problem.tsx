import type { ApiError } from '../lib/api.ts';
import { say } from '../lib/say.ts';

/** What went wrong, in the words of the server where it has some. */
export function problemText(error: ApiError): string {
  if (error.reason === 'offline') return say('offline');
  if (error.reason === 'console_forbidden') return say('forbidden');
  return error.message === '' ? say('internal') : error.message;
}

/** A failure where the content would be, with a way to ask again. */
export const Problem = ({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) => (
  <div class="notice bad row wrap" role="alert">
    <span class="grow">{problemText(error)}</span>
    {retry && (
      <button type="button" class="button small" onClick={retry}>
        {say('retry')}
      </button>
    )}
  </div>
);
