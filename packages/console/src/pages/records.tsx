import { useState } from 'preact/hooks';
import type { ApiError } from '../lib/api.ts';
import { count, moment, span } from '../lib/format.ts';
import { type CallRecord, callResults, type RecordFilter, readRecords, recordLines } from '../lib/records.ts';
import { go, href, route } from '../lib/router.ts';
import { say, sayOr } from '../lib/say.ts';
import { useResource } from '../lib/use-resource.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Empty } from '../parts/empty.tsx';
import { Icon } from '../parts/icon.tsx';
import { Card } from '../parts/page.tsx';
import { Pill, type Tone } from '../parts/pill.tsx';
import { Problem, problemText } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';

const size = 25;

const tones: Readonly<Record<string, Tone>> = { NormalEnd: 'good', Interrupt: 'bad', Offline: 'bad' };

/** How a call ended, in words. */
export const Result = ({ result }: { readonly result: string }) => (
  <Pill tone={tones[result] ?? 'quiet'}>{sayOr(`result_${result}`, result)}</Pill>
);

/** The records of calls that are over, with filters and export. */
export function Records({ app }: { readonly app: number }) {
  const { query } = route.value;
  const result = query.get('result') ?? '';
  const type = query.get('type') ?? '';
  const page = Math.max(1, Number(query.get('page') ?? 1) || 1);
  const filter: RecordFilter = { ...(result && { CallResult: result }), ...(type && { CallType: type }) };
  const { data, error, reload } = useResource(
    `records ${app} ${result} ${type} ${page}`,
    () => readRecords(app, filter, page, size),
    page === 1 ? 5000 : 0,
  );
  const [exporting, setExporting] = useState(false);
  const to = (change: Readonly<Record<string, string | number>>) =>
    go(href('calls', { result, type, page: '', ...change }), true);
  const last = Math.max(1, Math.ceil((data?.total ?? 0) / size));
  return (
    <Card
      flush
      title={`${say('records')}${data ? ` · ${count(data.total)}` : ''}`}
      actions={
        <>
          <select
            class="input slim"
            aria-label={say('result')}
            value={result}
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
            value={type}
            onChange={(event) => to({ type: event.currentTarget.value })}
          >
            <option value="">{say('allKinds')}</option>
            <option value="SingleCall">{say('singleCall')}</option>
            <option value="MultiCall">{say('multiCall')}</option>
          </select>
          <button type="button" class="button small" onClick={() => setExporting(true)}>
            <Icon name="down" size={14} />
            {say('export')}
          </button>
        </>
      }
    >
      {error && <Problem error={error} retry={reload} />}
      <Table
        label={say('records')}
        rows={data?.records}
        id={(record) => record.CallId}
        bones={6}
        empty={<Empty icon="calls" title={say('noRecords')} text={say('noRecordsText')} />}
        columns={[
          {
            name: say('members'),
            show: (record: CallRecord) => <a href={href('call', { id: record.CallId })}>{who(record)}</a>,
          },
          { name: say('result'), show: ({ CallResult }) => <Result result={CallResult} /> },
          { name: say('media'), show: ({ MediaType }) => sayOr(`media_${MediaType}`, MediaType) },
          { name: say('started'), show: ({ StartTime }) => <span class="number">{moment(StartTime * 1000)}</span> },
          {
            name: say('rang'),
            kind: 'number',
            show: ({ StartTime, AcceptTime, EndTime }) => span(((AcceptTime || EndTime) - StartTime) * 1000),
          },
          {
            name: say('talked'),
            kind: 'number',
            show: ({ AcceptTime, EndTime }) => (AcceptTime === 0 ? '—' : span((EndTime - AcceptTime) * 1000)),
          },
        ]}
      />
      {last > 1 && (
        <div class="row apart" style={{ padding: '8px 16px' }}>
          <span class="muted number">{say('pageOf', { n: page, all: count(last) })}</span>
          <span class="row">
            <button type="button" class="button small" disabled={page <= 1} onClick={() => to({ page: page - 1 })}>
              {say('previous')}
            </button>
            <button type="button" class="button small" disabled={page >= last} onClick={() => to({ page: page + 1 })}>
              {say('next')}
            </button>
          </span>
        </div>
      )}
      {exporting && <Export app={app} filter={filter} close={() => setExporting(false)} />}
    </Card>
  );
}

/** The caller, and who was called. */
export function who({ Caller_Account: caller, CalleeList_Account: all }: CallRecord): string {
  const others = all.filter((user) => user !== caller);
  return `${caller} → ${others.slice(0, 3).join(', ')}${others.length > 3 ? ` +${others.length - 3}` : ''}`;
}

interface ExportProps {
  readonly app: number;
  readonly filter: RecordFilter;
  readonly close: () => void;
}

function Export({ app, filter, close }: ExportProps) {
  const [done, setDone] = useState<{ readonly read: number; readonly total: number }>();
  const [problem, setProblem] = useState('');
  const start = async (form: 'csv' | 'jsonl') => {
    setProblem('');
    try {
      // A window that stands still, so that pages do not shift while calls go on ending.
      const still = { EndTime: Math.floor(Date.now() / 1000), ...filter };
      const parts: string[] = [];
      for (let page = 1, read = 0, total = 1; read < total; page += 1) {
        const got = await readRecords(app, still, page, 1000);
        total = got.total;
        read += got.records.length;
        parts.push(recordLines(got.records, form, page === 1));
        setDone({ read, total });
        if (got.records.length === 0) break;
      }
      const url = URL.createObjectURL(new Blob(parts, { type: form === 'csv' ? 'text/csv' : 'application/jsonl' }));
      const link = Object.assign(document.createElement('a'), { href: url, download: `calls-${app}.${form}` });
      link.click();
      URL.revokeObjectURL(url);
    } catch (refused) {
      setProblem(problemText(refused as ApiError));
    }
  };
  return (
    <Dialog title={say('export')} close={close}>
      <p>{say('exportText')}</p>
      {done && (
        <div class="stack">
          <progress
            aria-label={say('export')}
            max={Math.max(1, done.total)}
            value={done.read}
            style={{ width: '100%' }}
          />
          <p class="muted number" role="status">
            {say('nOf', { n: count(done.read), all: count(done.total) })}
          </p>
        </div>
      )}
      {problem !== '' && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <div class="actions">
        <button type="button" class="button" onClick={() => start('csv')}>
          CSV
        </button>
        <button type="button" class="button" onClick={() => start('jsonl')}>
          JSON Lines
        </button>
      </div>
    </Dialog>
  );
}
