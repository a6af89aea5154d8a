import { useMemo } from 'preact/hooks';
import { errorReaders, errorWords } from '../lib/error-words.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { useTranslated } from '../lib/translated.ts';
import { Empty } from '../parts/empty.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Search } from '../parts/search.tsx';
import { Ticked } from '../parts/ticked.tsx';

/** Every error code with its cause and what to do. */
export function ErrorCodes() {
  const texts = useTranslated(errorReaders);
  const rows = useMemo(() => (texts === 'loading' ? undefined : errorWords(texts)), [texts]);
  const find = route.value.query.get('find') ?? '';
  const found = rows?.filter((row) => row.found.includes(find.trim().toLowerCase()));
  return (
    <Page title={say('errorCodes')} lead={say('errorCodesLead')}>
      <div class="filters">
        <Search label={say('searchError')} value={find} find={(text) => go(href('errors', { find: text }), true)} />
        {found && rows && <span class="muted number">{say('nOf', { n: found.length, all: rows.length })}</span>}
      </div>
      {found?.length === 0 && (
        <Card flush>
          <Empty icon="errors" title={say('noError')} text={say('noErrorText')} />
        </Card>
      )}
      {found !== undefined && found.length > 0 && (
        <Card flush>
          <ul>
            {found.map(({ name, code, text, cause, fix }) => (
              <li key={name} class="error-row">
                <div>
                  <div class="code-number number">{code}</div>
                  <code class="muted">{name}</code>
                </div>
                <div class="stack" style={{ gap: '4px' }}>
                  <strong>{text}</strong>
                  <p>
                    <Ticked text={cause} />
                  </p>
                  <p>
                    <span class="muted">{say('fix')}</span> <Ticked text={fix} />
                  </p>
                </div>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </Page>
  );
}
