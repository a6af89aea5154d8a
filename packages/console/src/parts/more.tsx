import type { Rows } from '../lib/rows.ts';
import { say } from '../lib/say.ts';

/** What stands below a list that is read page by page. */
export const More = ({ list }: { readonly list: Pick<Rows<unknown>, 'more' | 'extended' | 'reload'> }) =>
  list.more === undefined && !list.extended ? null : (
    <div class="row wrap">
      {list.more && (
        <button type="button" class="button" onClick={list.more}>
          {say('more')}
        </button>
      )}
      {list.extended && (
        <button type="button" class="button plain" onClick={list.reload}>
          {say('fromStart')}
        </button>
      )}
    </div>
  );
