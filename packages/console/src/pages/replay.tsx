import { useState } from 'preact/hooks';
import { api } from '../lib/api.ts';
import { count } from '../lib/format.ts';
import { fromInput } from '../lib/ranges.ts';
import { say } from '../lib/say.ts';
import { Dialog, useOwnClose } from '../parts/dialog.tsx';
import { Field, Form } from '../parts/form.tsx';
import { toast } from '../parts/toast.tsx';

interface ReplayProps {
  readonly app: number;
  /** Without it, all endpoints of the application. */
  readonly endpoint?: string;
  readonly parked: number;
  readonly close: () => void;
  readonly changed: () => void;
}

/** Delivers again: all that were given up, or those of a time. */
export function Replay({ app, endpoint, parked, close, changed }: ReplayProps) {
  const [what, setWhat] = useState('parked');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const closeOwn = useOwnClose(close);
  return (
    <Dialog title={say(endpoint === undefined ? 'replayAll' : 'replay')} close={close}>
      <Form
        submit={say('replay')}
        cancel={close}
        fields={['from', 'to']}
        disabled={what === 'range' && from === ''}
        send={async () => {
          const counts = await api.post<Readonly<Record<string, number>>>(`/apps/${app}/webhooks/replay`, {
            ...(endpoint !== undefined && { endpoint }),
            ...(what === 'parked' ? { parked: true } : { from: fromInput(from), to: fromInput(to) }),
          });
          toast(say('replayed', { n: count(Object.values(counts).reduce((sum, n) => sum + n, 0)) }));
          changed();
          closeOwn();
        }}
      >
        {(problem) => (
          <>
            <Field
              name="what"
              label={say('what')}
              value={what}
              set={setWhat}
              choices={{ parked: say('replayParked', { n: count(parked) }), range: say('replayRange') }}
            />
            {what === 'range' && (
              <>
                <Field
                  name="from"
                  label={say('from')}
                  type="datetime-local"
                  value={from}
                  set={setFrom}
                  problem={problem('from')}
                />
                <Field
                  name="to"
                  label={say('to')}
                  type="datetime-local"
                  hint={say('toHint')}
                  value={to}
                  set={setTo}
                  problem={problem('to')}
                />
              </>
            )}
          </>
        )}
      </Form>
    </Dialog>
  );
}
