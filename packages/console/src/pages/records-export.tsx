import { useEffect, useRef, useState } from 'preact/hooks';
import { count } from '../lib/format.ts';
import { problemText } from '../lib/problem-text.ts';
import { type ExportState, exportAddress, exportRecords, type RecordFilter } from '../lib/records.ts';
import { say } from '../lib/say.ts';
import { asApiError } from '../lib/use-resource.ts';
import { Dialog } from '../parts/dialog.tsx';
import { toast } from '../parts/toast.tsx';

interface ExportProps {
  readonly app: number;
  readonly filter: RecordFilter;
  readonly close: () => void;
}

/** All records that match, as a file, with how far it is; or as a link that any program can follow. */
export function Export({ app, filter, close }: ExportProps) {
  const [done, setDone] = useState<ExportState>();
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState('');
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);
  const start = async (format: 'csv' | 'jsonl') => {
    const control = new AbortController();
    stop.current = control;
    setProblem('');
    setRunning(true);
    setDone({ read: 0, total: 0 });
    try {
      await exportRecords(app, filter, format, setDone, control.signal);
    } catch (error) {
      setDone(undefined);
      if (control.signal.aborted) toast(say('exportStopped'));
      else setProblem(problemText(asApiError(error)));
    }
    setRunning(false);
  };
  return (
    <Dialog title={say('export')} close={close}>
      <p>{say('exportText')}</p>
      {done && (
        <div class="stack">
          <progress
            aria-label={say('export')}
            {...(done.total > 0 || !running
              ? { max: Math.max(1, done.total), value: running ? done.read : Math.max(1, done.total) }
              : {})}
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
        {running ? (
          <button type="button" class="button" onClick={() => stop.current?.abort()}>
            {say('cancel')}
          </button>
        ) : (
          <>
            <button type="button" class="button main" onClick={() => start('csv')}>
              CSV
            </button>
            <button type="button" class="button main" onClick={() => start('jsonl')}>
              JSON Lines
            </button>
          </>
        )}
      </div>
      <p class="muted">
        {say('exportLinks')}{' '}
        <a href={exportAddress(app, filter, 'csv')} download>
          CSV
        </a>{' '}
        ·{' '}
        <a href={exportAddress(app, filter, 'jsonl')} download>
          JSON Lines
        </a>
      </p>
    </Dialog>
  );
}
