import { useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { moment } from '../lib/format.ts';
import { pushSaid } from '../lib/push-said.ts';
import { say } from '../lib/say.ts';
import type { DeviceTokenView, PushTestResult } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Empty } from '../parts/empty.tsx';
import { Card } from '../parts/page.tsx';
import { Pill, type Tone } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { useBusy } from '../parts/use-busy.ts';
import { userPath } from './user-actions.tsx';

const tones: Readonly<Record<PushTestResult['outcome'], Tone>> = {
  sent: 'good',
  gone: 'bad',
  retry: 'warn',
  failed: 'bad',
};

const keyOf = ({ device, provider, channel }: DeviceTokenView): string => `${device} ${provider} ${channel}`;

/** The devices of a user that pushes can ring: with a test push for who may send one. */
export function PushDevices({ app, user }: { readonly app: number; readonly user: string }) {
  const path = `${userPath(app, user)}/push-tokens`;
  const { data, error, reload } = useResource(`push-tokens ${app} ${user}`, () =>
    api.get<readonly DeviceTokenView[]>(path),
  );
  const [results, setResults] = useState<readonly PushTestResult[]>();
  const { busy, act } = useBusy();
  const [forgetting, setForgetting] = useState(false);
  const test = async () => setResults(await api.post<readonly PushTestResult[]>(`${path}/test`));
  return (
    <Card
      title={say('devicesOf', { name: user })}
      flush
      actions={
        may('operator') &&
        data !== undefined &&
        data.length > 0 && (
          <>
            <button type="button" class="button small" aria-disabled={busy} onClick={() => act(test)}>
              {say('sendTestPush')}
            </button>
            <button type="button" class="button small danger" onClick={() => setForgetting(true)}>
              {say('forgetDevices')}
            </button>
          </>
        )
      }
    >
      {error ? (
        <Problem error={error} retry={reload} />
      ) : (
        <Table
          label={say('devicesOf', { name: user })}
          rows={data}
          id={keyOf}
          bones={2}
          empty={<Empty icon="push" title={say('noPushDevices')} text={say('noPushDevicesText')} />}
          columns={[
            {
              name: say('tryDevice'),
              show: ({ device }: DeviceTokenView) => <span class="mono break">{device}</span>,
            },
            { name: say('platform'), show: ({ platform }) => platform || '—' },
            { name: say('provider'), show: ({ provider }) => provider },
            { name: say('channel'), show: ({ channel }) => channel },
            { name: say('token'), show: ({ tokenEnd }) => <span class="mono muted">…{tokenEnd}</span> },
            { name: say('since'), show: ({ updatedAt }) => <span class="number">{moment(updatedAt)}</span> },
          ]}
        />
      )}
      {results && (
        <Dialog title={say('testPushResult')} close={() => setResults(undefined)} wide>
          <Table
            label={say('testPushResult')}
            rows={results}
            id={keyOf}
            empty={null}
            columns={[
              {
                name: say('tryDevice'),
                show: ({ device }: PushTestResult) => <span class="mono break">{device}</span>,
              },
              { name: say('provider'), show: ({ provider }) => provider },
              {
                name: say('outcome'),
                show: ({ outcome }) => <Pill tone={tones[outcome]}>{say(`pushed_${outcome}`)}</Pill>,
              },
              {
                name: say('answer'),
                show: pushSaid,
              },
            ]}
          />
        </Dialog>
      )}
      {forgetting && (
        <Confirm
          title={say('forgetTitle', { name: user })}
          text={say('forgetText')}
          action={say('forgetDevices')}
          close={() => setForgetting(false)}
          send={async () => {
            await api.remove(path);
            reload();
          }}
        />
      )}
    </Card>
  );
}
