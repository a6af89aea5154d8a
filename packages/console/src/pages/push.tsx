import { useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { PushProviderView } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Empty } from '../parts/empty.tsx';
import { Icon } from '../parts/icon.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { Search } from '../parts/search.tsx';
import { Table } from '../parts/table.tsx';
import { PushDevices } from './push-devices.tsx';
import { PushForm } from './push-form.tsx';

/** The push providers of an application, and the devices of a user that they can ring. */
export const Push = () => <NeedApp title={say('push')}>{(app) => <Providers app={app} key={app} />}</NeedApp>;

const pathOf = (app: number, name = ''): string => `/apps/${app}/push-providers/${encodeURIComponent(name)}`;

/** What a provider is set up for, on a line. */
const about = ({ setup }: PushProviderView): string =>
  [setup.url ?? setup.subject ?? setup.project ?? setup.topic, setup.endpoint].filter(Boolean).join(' · ');

function Providers({ app }: { readonly app: number }) {
  const { data, error, reload } = useResource(`push ${app}`, () =>
    api.get<readonly PushProviderView[]>(`/apps/${app}/push-providers`),
  );
  const [open, setOpen] = useState<'add' | PushProviderView>();
  const [removing, setRemoving] = useState<string>();
  const user = route.value.query.get('user') ?? '';
  const owner = may('owner');
  const add = owner && (
    <button type="button" class="button main" onClick={() => setOpen('add')}>
      <Icon name="plus" size={15} />
      {say('newProvider')}
    </button>
  );
  return (
    <Page title={say('push')} lead={say('pushLead')} actions={add}>
      {error && <Problem error={error} retry={reload} />}
      <Card flush>
        <Table
          label={say('providers')}
          rows={data}
          id={({ name }) => name}
          empty={
            <Empty
              icon="push"
              title={say('noProviders')}
              text={owner ? say('noProvidersText') : say('noProvidersAsk')}
            />
          }
          columns={[
            { name: say('name'), show: ({ name }: PushProviderView) => name },
            { name: say('kind'), show: ({ kind }) => say(`push_${kind}`) },
            { name: say('setUpFor'), show: (one) => <div class="clip mono">{about(one)}</div> },
            {
              name: say('actions'),
              kind: 'actions',
              show: (one) =>
                owner && (
                  <span class="row" style={{ justifyContent: 'flex-end' }}>
                    <button
                      type="button"
                      class="button small plain"
                      aria-label={say('editNamed', { name: one.name })}
                      onClick={() => setOpen(one)}
                    >
                      {say('edit')}
                    </button>
                    <button
                      type="button"
                      class="button small plain danger"
                      aria-label={say('removeNamed', { name: one.name })}
                      onClick={() => setRemoving(one.name)}
                    >
                      {say('remove')}
                    </button>
                  </span>
                ),
            },
          ]}
        />
      </Card>
      <h2>{say('pushDevices')}</h2>
      <div class="filters">
        <Search label={say('userId')} value={user} find={(found) => go(href('push', { user: found }), true)} />
      </div>
      {user !== '' && <PushDevices app={app} user={user} />}
      {open !== undefined && (
        <PushForm
          known={data?.map(({ name }) => name) ?? []}
          pathOf={(name) => pathOf(app, name)}
          {...(open !== 'add' && { provider: open })}
          close={() => setOpen(undefined)}
          changed={reload}
        />
      )}
      {removing !== undefined && (
        <Confirm
          title={say('removeProvider', { name: removing })}
          text={say('removeProviderText')}
          action={say('remove')}
          close={() => setRemoving(undefined)}
          send={async () => {
            await api.remove(pathOf(app, removing));
            reload();
          }}
        />
      )}
    </Page>
  );
}
