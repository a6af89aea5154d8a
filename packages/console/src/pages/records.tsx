import { useState } from 'preact/hooks';
import { count, moment, span } from '../lib/format.ts';
import { people } from '../lib/people.ts';
import { callResults, type RecordFilter, readRecords } from '../lib/records.ts';
import { go, href, route } from '../lib/router.ts';
import { say, sayOr } from '../lib/say.ts';
import type { RecordView } from '../lib/types.ts';
import { Empty } from '../parts/empty.tsx';
import { Icon } from '../parts/icon.tsx';
import { More } from '../parts/more.tsx';
import { Card } from '../parts/page.tsx';
import { Pill, type Tone } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Search } from '../parts/search.tsx';
import { Table } from '../parts/table.tsx';
import { TimeSpan } from '../parts/time-span.tsx';
import { usePages } from '../parts/use-pages.ts';
import { Export } from './records-export.tsx';

const tones: Readonly<Record<string, Tone>> = { NormalEnd: 'good', Interrupt: 'bad', Offline: 'bad' };

/** How a call ended, in words. */
export const Result = ({ result }: { readonly result: string }) => (
  <Pill tone={tones[result] ?? 'quiet'}>{sayOr(`result_${result}`, result)}</Pill>
);

const some = (text: string | null): string | undefined => (text === null || text === '' ? undefined : text);
const time = (text: string | null): number | undefined => (Number(text ?? 0) > 0 ? Number(text) : undefined);

/** The records of calls that are over, the newest first, with filters and export. */
export function Records({ app }: { readonly app: number }) {
  const { query } = route.value;
  const filter: RecordFilter = {
    result: some(query.get('result')),
    type: some(query.get('type')),
    user: some(query.get('user')),
    from: time(query.get('from')),
    to: time(query.get('to')),
  };
  const list = usePages(
    `records ${app} ${JSON.stringify(filter)}`,
    (after) => readRecords(app, filter, after),
    filter.to === undefined ? 5000 : 0,
  );
  const [exporting, setExporting] = useState(false);
  const to = (change: Partial<Record<keyof RecordFilter, string | number | undefined>>) =>
    go(href('calls', { ...filter, ...change }), true);
  const filtered = Object.values(filter).some((value) => value !== undefined);
  const shown = list.total === undefined ? '' : ` · ${count(list.total)}${list.atLeast ? '+' : ''}`;
  return (
    <>
      <div class="filters records-filters">
        <h2>
          {say('records')}
          {shown}
        </h2>
        <Search label={say('recordUser')} value={filter.user ?? ''} find={(user) => to({ user })} />
        <select
          class="input slim"
          aria-label={say('result')}
          value={filter.result ?? ''}
          onChange={(event) => to({ result: event.currentTarget.value })}
        >
          <option value="">{say('allResults')}</option>
          {callResults.map((name) => (
            <option key={name} value={name}>
              {say(`result_${name}`)}
            </option>
          ))}
        </select>
        <select
          class="input slim"
          aria-label={say('kind')}
          value={filter.type ?? ''}
          onChange={(event) => to({ type: event.currentTarget.value })}
        >
          <option value="">{say('allKinds')}</option>
          <option value="SingleCall">{say('singleCall')}</option>
          <option value="MultiCall">{say('multiCall')}</option>
        </select>
        <TimeSpan from={filter.from} to={filter.to} set={(from, until) => to({ from, to: until })} />
        {filtered && (
          <a class="button small plain" href={href('calls')}>
            {say('noFilters')}
          </a>
        )}
        <button type="button" class="button" onClick={() => setExporting(true)}>
          <Icon name="down" size={14} />
          {say('export')}
        </button>
      </div>
      {list.error && <Problem error={list.error} retry={list.reload} />}
      <Card flush>
        <Table
          label={say('records')}
          rows={list.rows}
          id={(record) => record.callId}
          bones={8}
          empty={
            <Empty icon="calls" title={say('noRecords')} text={say(filtered ? 'noRecordsFit' : 'noRecordsText')} />
          }
          columns={[
            {
              name: say('members'),
              show: (record: RecordView) => <a href={href('call', { app, id: record.callId })}>{people(record)}</a>,
            },
            { name: say('result'), show: ({ result }) => <Result result={result} /> },
            { name: say('media'), show: ({ mediaType }) => sayOr(`media_${mediaType}`, mediaType) },
            { name: say('started'), show: ({ startedAt }) => <span class="number">{moment(startedAt)}</span> },
            {
              name: say('rang'),
              kind: 'number',
              show: ({ startedAt, acceptedAt, endedAt }) => span((acceptedAt || endedAt) - startedAt),
            },
            {
              name: say('talked'),
              kind: 'number',
              show: ({ acceptedAt, endedAt }) => (acceptedAt === 0 ? '—' : span(endedAt - acceptedAt)),
            },
          ]}
        />
      </Card>
      <More list={list} />
      {exporting && <Export app={app} filter={filter} close={() => setExporting(false)} />}
    </>
  );
}
