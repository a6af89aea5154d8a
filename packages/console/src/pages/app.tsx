import { useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { loadApps } from '../lib/apps.ts';
import { moment } from '../lib/format.ts';
import { route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { AppView, KeyView } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { NameList } from '../parts/name-list.tsx';
import { NoApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { Secret } from '../parts/secret.tsx';
import { Table } from '../parts/table.tsx';
import { useBusy } from '../parts/use-busy.ts';
import { Settings } from './app-settings.tsx';
import { AppState } from './apps.tsx';

/** One application: its keys, who may call the API, and where its pages may be. */
export function App() {
  const text = route.value.query.get('id') ?? '';
  const id = Number(text);
  const { data, error, reload } = useResource(`app ${id}`, () => api.get<AppView>(`/apps/${id}`));
  const [turning, setTurning] = useState(false);
  const owner = may('owner');
  const changed = () => {
    reload();
    loadApps();
  };
  if (data === undefined) {
    return (
      <Page title={say('app')}>
        {error?.status === 404 || error?.field === 'app' || error?.field === 'id' ? (
          <Card flush>
            <NoApp id={text} />
          </Card>
        ) : error ? (
          <Problem error={error} retry={reload} />
        ) : (
          <Card>
            <span class="bone" />
          </Card>
        )}
      </Page>
    );
  }
  return (
    <Page
      title={data.name === '' ? String(id) : data.name}
      lead={
        <span class="row wrap">
          <span class="mono">{id}</span> <AppState app={data} />
        </span>
      }
      actions={
        owner && (
          <button type="button" class={`button ${data.disabled ? '' : 'danger'}`} onClick={() => setTurning(true)}>
            {data.disabled ? say('enable') : say('disable')}
          </button>
        )
      }
    >
      <Keys app={data} changed={changed} />
      <div class="columns">
        <NameList
          title={say('admins')}
          text={say('adminsText')}
          label={say('userId')}
          names={data.admins}
          canChange={owner}
          add={(user) => api.put(`/apps/${id}/admins/${encodeURIComponent(user)}`).then(changed)}
          remove={(user) => api.remove(`/apps/${id}/admins/${encodeURIComponent(user)}`).then(changed)}
        />
        <NameList
          title={say('origins')}
          text={say('originsText')}
          label={say('origin')}
          names={data.allowOrigins}
          canChange={owner}
          add={(origin) => api.post(`/apps/${id}/origins`, { origin }).then(changed)}
          remove={(origin) => api.remove(`/apps/${id}/origins`, { origin }).then(changed)}
        />
      </div>
      <Settings app={data} owner={owner} changed={changed} />
      {turning && (
        <Confirm
          title={data.disabled ? say('enable') : say('disable')}
          text={data.disabled ? say('enableText') : say('disableText')}
          action={data.disabled ? say('enable') : say('disable')}
          close={() => setTurning(false)}
          send={async () => {
            await api.post(`/apps/${id}/${data.disabled ? 'enable' : 'disable'}`);
            changed();
          }}
        />
      )}
    </Page>
  );
}

function Keys({ app, changed }: { readonly app: AppView; readonly changed: () => void }) {
  const [shown, setShown] = useState<KeyView>();
  const [removing, setRemoving] = useState<string>();
  const owner = may('owner');
  const { busy, act } = useBusy();
  const add = async () => {
    setShown(await api.post<KeyView>(`/apps/${app.id}/keys`));
    changed();
  };
  return (
    <Card
      flush
      title={say('keysOf')}
      actions={
        owner && (
          <button type="button" class="button small" aria-disabled={busy} onClick={() => act(add)}>
            <Icon name="plus" size={14} />
            {say('addKey')}
          </button>
        )
      }
    >
      <Table
        label={say('keysOf')}
        rows={app.keys}
        id={(key) => key.id}
        empty={null}
        columns={[
          { name: say('key'), show: (key: KeyView) => <span class="mono">{key.id}</span> },
          { name: say('ending'), show: ({ masked }) => <span class="mono muted">{masked}</span> },
          { name: say('made'), show: ({ createdAt }) => <span class="number">{moment(createdAt)}</span> },
          {
            name: say('actions'),
            kind: 'actions',
            show: (key) =>
              owner && (
                <button
                  type="button"
                  class="button small plain danger"
                  disabled={app.keys.length === 1}
                  onClick={() => setRemoving(key.id)}
                >
                  {say('remove')}
                </button>
              ),
          },
        ]}
      />
      {app.keys.length > 1 && (
        <p class="muted" style={{ padding: '8px 16px 12px' }}>
          {say('rotationText')}
        </p>
      )}
      {shown && (
        <Dialog title={say('keyMade', { name: shown.id })} close={() => setShown(undefined)}>
          <p>{say('keyOnce')}</p>
          <Secret text={shown.secret ?? ''} label={say('key')} />
        </Dialog>
      )}
      {removing !== undefined && (
        <Confirm
          title={say('removeKey', { name: removing })}
          text={say('removeKeyText')}
          action={say('remove')}
          close={() => setRemoving(undefined)}
          send={async () => {
            await api.remove(`/apps/${app.id}/keys/${encodeURIComponent(removing)}`);
            changed();
          }}
        />
      )}
    </Card>
  );
}
