import type { ApiError } from '../lib/api.ts';
import { problemText } from '../lib/problem-text.ts';
import { say } from '../lib/say.ts';

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
