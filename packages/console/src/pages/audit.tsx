import { api } from '../lib/api.ts';
import { errorReaders, errorTitle } from '../lib/error-words.ts';
import { moment } from '../lib/format.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { useTranslated } from '../lib/translated.ts';
import type { AuditEntry } from '../lib/types.ts';
import { Empty } from '../parts/empty.tsx';
import { More } from '../parts/more.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Search } from '../parts/search.tsx';
import { Table } from '../parts/table.tsx';
import { usePages } from '../parts/use-pages.ts';
import type { ErrorTexts } from '../texts/texts.ts';

interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly next?: number;
}

interface OutcomeProps {
  readonly name: string;
  readonly texts: ErrorTexts | undefined | 'loading';
}

/** How it ended; why it was refused, in words. */
function Outcome({ name, texts }: OutcomeProps) {
  if (name === 'ok') return <Pill tone="good">{say('done')}</Pill>;
  if (name === 'begun') return <Pill tone="warn">{say('auditBegun')}</Pill>;
  return (
    <>
      <Pill tone="bad">{name === 'internal' ? say('failed') : say('refused')}</Pill>
      <div class="clip tight muted" title={name}>
        {texts === 'loading' ? '' : errorTitle(name, texts)}
      </div>
    </>
  );
}

/** Who changed what. */
export function Audit() {
  const texts = useTranslated(errorReaders);
  const who = route.value.query.get('who') ?? '';
  const list = usePages(`audit ${who}`, async (before) => {
    const { entries, next } = await api.get<AuditPage>('/audit', { who, limit: 50, before });
    return { rows: entries, next };
  });
  return (
    <Page title={say('audit')} lead={say('auditLead')}>
      <div class="filters">
        <Search label={say('searchWho')} value={who} find={(text) => go(href('audit', { who: text }), true)} />
      </div>
      {list.error && <Problem error={list.error} retry={list.reload} />}
      <Card flush>
        <Table
          label={say('audit')}
          rows={list.rows}
          id={(entry) => `${entry.at} ${entry.who} ${entry.operation} ${entry.input}`}
          bones={8}
          empty={<Empty icon="audit" title={say('noAudit')} text={say('noAuditText')} />}
          columns={[
            { name: say('time'), show: ({ at }: AuditEntry) => <span class="number">{moment(at)}</span> },
            { name: say('who'), show: (entry) => entry.who },
            { name: say('what'), show: ({ operation }) => <span class="mono">{operation}</span> },
            { name: say('app'), show: ({ app }) => (app === 0 ? '' : <span class="mono">{app}</span>) },
            {
              name: say('details'),
              show: ({ input }) => (
                <div class="clip tight mono muted" title={input}>
                  {input}
                </div>
              ),
            },
            { name: say('address'), show: ({ ip }) => <span class="mono">{ip}</span> },
            {
              name: say('outcome'),
              show: ({ outcome }) => <Outcome name={outcome} texts={texts} />,
            },
          ]}
        />
      </Card>
      <More list={list} />
    </Page>
  );
}
