import { api, may } from '../lib/api.ts';
import { moment } from '../lib/format.ts';
import { href } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { ParkedView } from '../lib/types.ts';
import { More } from '../parts/more.tsx';
import { Card } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { toast } from '../parts/toast.tsx';
import { useBusy } from '../parts/use-busy.ts';
import { usePages } from '../parts/use-pages.ts';

interface ParkedProps {
  readonly app: number;
  readonly endpoint: string;
  /** How many there are; the list is read anew when that changes. */
  readonly n: number;
  readonly replayed: () => void;
}

/** The events that an endpoint did not take and that were given up, each of which can be sent again. */
export function Parked({ app, endpoint, n, replayed }: ParkedProps) {
  const list = usePages(`parked ${app} ${endpoint} ${n}`, async (after) => {
    if (n === 0) return { rows: [] };
    const got = await api.get<{ readonly parked: readonly ParkedView[]; readonly next?: string }>(
      `/apps/${app}/endpoints/${encodeURIComponent(endpoint)}/parked`,
      { after, limit: 20 },
    );
    return { rows: got.parked, next: got.next };
  });
  const { busy, act } = useBusy();
  if (n === 0) return null;
  const replay = async (event: string) => {
    await api.post(`/apps/${app}/webhooks/replay`, { endpoint, event });
    toast(say('replaying'));
    replayed();
  };
  return (
    <>
      {list.error && <Problem error={list.error} retry={list.reload} />}
      <Card flush title={say('givenUp')}>
        <Table
          label={say('givenUp')}
          rows={list.rows}
          id={(one) => one.webhookId}
          empty={null}
          columns={[
            { name: say('time'), show: ({ eventTime }: ParkedView) => <span class="number">{moment(eventTime)}</span> },
            { name: say('event'), show: ({ command }) => command.split('.').at(-1) },
            { name: say('attempts'), kind: 'number', show: ({ attempts }) => attempts },
            {
              name: say('call'),
              show: ({ callId, webhookId }) => (
                <a class="mono" href={href('call', { app, id: callId, event: webhookId })}>
                  {callId.slice(0, 8)}
                </a>
              ),
            },
            {
              name: say('actions'),
              kind: 'actions',
              show: ({ webhookId }) =>
                may('operator') && (
                  <button
                    type="button"
                    class="button small plain"
                    aria-disabled={busy}
                    onClick={() => act(() => replay(webhookId))}
                  >
                    {say('replay')}
                  </button>
                ),
            },
          ]}
        />
      </Card>
      <More list={list} />
    </>
  );
}
