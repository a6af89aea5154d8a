import { useEffect, useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { apps, appsProblem, loadApps } from '../lib/apps.ts';
import { href } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { AppView } from '../lib/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Empty } from '../parts/empty.tsx';
import { Field, Form } from '../parts/form.tsx';
import { Icon } from '../parts/icon.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Secret } from '../parts/secret.tsx';
import { Table } from '../parts/table.tsx';

/** All applications, and making one. */
export function Apps() {
  const [making, setMaking] = useState(false);
  useEffect(() => {
    // The first time is the console's own, as soon as somebody is signed in.
    if (apps.value !== undefined || appsProblem.value !== undefined) loadApps();
  }, []);
  const make = may('owner') && (
    <button type="button" class="button main" onClick={() => setMaking(true)}>
      <Icon name="plus" size={15} />
      {say('newApp')}
    </button>
  );
  return (
    <Page title={say('apps')} lead={say('appsLead')} actions={make}>
      {appsProblem.value && <Problem error={appsProblem.value} retry={() => loadApps()} />}
      <Card flush>
        <Table
          label={say('apps')}
          rows={apps.value}
          id={(app) => app.id}
          empty={<Empty icon="apps" title={say('noApps')} text={say('noAppsText')} />}
          columns={[
            {
              name: say('name'),
              show: (app: AppView) => (
                <a href={href('app', { id: app.id })}>{app.name === '' ? say('unnamed') : app.name}</a>
              ),
            },
            { name: 'SDKAppID', show: ({ id }) => <span class="mono">{id}</span> },
            { name: say('keysOf'), kind: 'number', show: ({ keys }) => keys.length },
            { name: say('admins'), kind: 'number', show: ({ admins }) => admins.length },
            { name: say('state'), show: (app) => <AppState app={app} /> },
          ]}
        />
      </Card>
      {making && <MakeApp close={() => setMaking(false)} />}
    </Page>
  );
}

/** Whether an application is served. */
export const AppState = ({ app }: { readonly app: AppView }) =>
  app.disabled ? (
    <Pill tone="bad">{say('disabled')}</Pill>
  ) : app.packageExpiresAt !== 0 && app.packageExpiresAt < Date.now() ? (
    <Pill tone="warn">{say('expired')}</Pill>
  ) : (
    <Pill tone="good">{say('active')}</Pill>
  );

function MakeApp({ close }: { readonly close: () => void }) {
  const [name, setName] = useState('');
  const [id, setId] = useState('');
  const [made, setMade] = useState<AppView>();
  if (made !== undefined) {
    return (
      <Dialog title={say('appMade')} close={close}>
        <p>{say('keyOnce')}</p>
        <dl class="facts">
          <dt>SDKAppID</dt>
          <dd class="mono">{made.id}</dd>
        </dl>
        <Secret text={made.keys[0]?.secret ?? ''} label={say('key')} />
        <div class="actions">
          <a class="button" href={href('app', { id: made.id })} onClick={close}>
            {say('openApp')}
          </a>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title={say('newApp')} close={close}>
      <Form
        submit={say('create')}
        cancel={close}
        fields={['name', 'id']}
        send={async () => {
          const app = await api.post<AppView>('/apps', { name, ...(id !== '' && { id: Number(id) }) });
          // Before all else: the key is told once.
          setMade(app);
          loadApps(app.id);
        }}
      >
        {(problem) => (
          <>
            <Field name="name" label={say('name')} value={name} set={setName} problem={problem('name')} />
            <Field name="id" label="SDKAppID" hint={say('appIdHint')} value={id} set={setId} problem={problem('id')} />
          </>
        )}
      </Form>
    </Dialog>
  );
}
