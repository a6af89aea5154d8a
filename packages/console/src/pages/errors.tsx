import { errors } from 'ringback-protocol';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { Empty } from '../parts/empty.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Search } from '../parts/search.tsx';

const rows = Object.entries(errors)
  .map(([name, row]) => ({ name, ...row }))
  .filter(({ code }) => code >= 1000)
  .sort((one, other) => one.code - other.code);

/** Every error code with its cause and what to do; the texts are those of the server. */
export function ErrorCodes() {
  const find = route.value.query.get('find') ?? '';
  const words = find.toLowerCase();
  const found = rows.filter(({ name, code, text, cause }) =>
    `${code} ${name} ${text} ${cause}`.toLowerCase().includes(words),
  );
  return (
    <Page title={say('errorCodes')} lead={say('errorCodesLead')}>
      <div class="filters">
        <Search label={say('searchError')} value={find} find={(text) => go(href('errors', { find: text }), true)} />
        <span class="muted number">{say('nOf', { n: found.length, all: rows.length })}</span>
      </div>
      {found.length === 0 ? (
        <Card flush>
          <Empty icon="errors" title={say('noError')} text={say('noErrorText')} />
        </Card>
      ) : (
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
                  <p>{cause}</p>
                  <p>
                    <span class="muted">{say('fix')}</span> {fix}
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
