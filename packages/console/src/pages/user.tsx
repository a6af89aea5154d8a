import { useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { moment } from '../lib/format.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { UserDetails } from '../lib/types.ts';
import { useChanges } from '../lib/use-changes.ts';
import { useResource } from '../lib/use-resource.ts';
import { Dialog, useOwnClose } from '../parts/dialog.tsx';
import { Empty } from '../parts/empty.tsx';
import { Field, Form } from '../parts/form.tsx';
import { GroupKind, groupRole } from '../parts/group-words.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Online } from '../parts/online.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { toast } from '../parts/toast.tsx';
import { PushDevices } from './push-devices.tsx';
import { UserActions, userPath } from './user-actions.tsx';

/** One user: devices, profile, groups, and the call that runs. */
export const User = () => (
  <NeedApp title={say('user')}>{(app) => <One app={app} id={route.value.query.get('id') ?? ''} />}</NeedApp>
);

function One({ app, id }: { readonly app: number; readonly id: string }) {
  const { data, error, reload } = useResource(`user ${app} ${id}`, () => api.get<UserDetails>(userPath(app, id)), 5000);
  const [editing, setEditing] = useState(false);
  if (data === undefined) {
    return (
      <Page title={id}>
        {error && error.status !== 404 && <Problem error={error} retry={reload} />}
        <Card flush>
          {error?.status === 404 ? (
            <Empty icon="users" title={say('noUser')} text={say('noUserText')}>
              <a class="button" href={href('users')}>
                {say('users')}
              </a>
            </Empty>
          ) : (
            !error && (
              <div class="card-body">
                <span class="bone" />
              </div>
            )
          )}
        </Card>
      </Page>
    );
  }
  return (
    <Page
      title={data.nick === '' ? id : data.nick}
      lead={
        <span class="row wrap">
          <Online user={data} /> {data.admin && <Pill tone="accent">{say('isAdmin')}</Pill>}{' '}
          <span class="mono break">{id}</span>
        </span>
      }
      actions={
        <>
          {may('owner') && (
            <button type="button" class="button" onClick={() => setEditing(true)}>
              {say('edit')}
            </button>
          )}
          <UserActions app={app} id={id} changed={reload} gone={() => go(href('users'))} />
        </>
      }
    >
      <div class="columns">
        <Card title={say('details')}>
          <dl class="facts">
            <dt>{say('nick')}</dt>
            <dd>{data.nick || '—'}</dd>
            <dt>{say('avatar')}</dt>
            <dd class="break">{data.avatar || '—'}</dd>
            <dt>{say('made')}</dt>
            <dd class="number">{moment(data.createdAt)}</dd>
            <dt>{say('lastKicked')}</dt>
            <dd class="number">{data.kickedAt === 0 ? say('never') : moment(data.kickedAt)}</dd>
            <dt>{say('call')}</dt>
            <dd>
              {data.callId === '' ? (
                say('inNoCall')
              ) : (
                <a class="mono break" href={href('call', { app, id: data.callId })}>
                  {data.callId}
                </a>
              )}
            </dd>
            {Object.entries(data.items).map(([tag, value]) => [
              <dt key={`${tag}:`}>{tag}</dt>,
              <dd key={tag} class="break">
                {value}
              </dd>,
            ])}
          </dl>
        </Card>
        <Card title={say('devices')} flush>
          <Table
            label={say('devices')}
            rows={data.devices}
            id={({ device }) => device}
            empty={<Empty icon="users" title={say('noDevices')} text={say('noDevicesText')} />}
            columns={[
              {
                name: say('tryDevice'),
                show: ({ device }: UserDetails['devices'][number]) => <span class="mono break">{device}</span>,
              },
              { name: say('platform'), show: ({ platform }) => platform },
              { name: say('since'), show: ({ since }) => <span class="number">{moment(since)}</span> },
            ]}
          />
        </Card>
      </div>
      <Card title={say('groups')} flush>
        <Table
          label={say('groups')}
          rows={data.groups}
          id={({ groupId }) => groupId}
          empty={<Empty icon="groups" title={say('inNoGroup')} text={say('noGroupsText')} />}
          columns={[
            {
              name: say('name'),
              show: ({ groupId, name }: UserDetails['groups'][number]) => (
                <a href={href('group', { app, id: groupId })}>{name || groupId}</a>
              ),
            },
            { name: say('groupId'), show: ({ groupId }) => <span class="mono break">{groupId}</span> },
            { name: say('kind'), show: ({ type }) => <GroupKind type={type} /> },
            { name: say('role'), show: ({ role }) => groupRole(role) },
          ]}
        />
      </Card>
      <div class="row">
        <a class="button" href={href('calls', { app, user: id })}>
          {say('recordsOfUser')}
        </a>
      </div>
      {/* Loads for itself: below everything, it moves nothing. */}
      <PushDevices app={app} user={id} />
      {editing && <Edit app={app} user={data} close={() => setEditing(false)} changed={reload} />}
    </Page>
  );
}

interface EditProps {
  readonly app: number;
  readonly user: UserDetails;
  readonly close: () => void;
  readonly changed: () => void;
}

function Edit({ app, user, close, changed }: EditProps) {
  const [nick, setNick] = useState(user.nick);
  const [avatar, setAvatar] = useState(user.avatar);
  const changes = useChanges({ nick, avatar });
  const closeOwn = useOwnClose(close);
  return (
    <Dialog title={say('editNamed', { name: user.userId })} close={close}>
      <Form
        submit={say('save')}
        cancel={close}
        fields={['nick', 'avatar']}
        send={async () => {
          await api.patch(userPath(app, user.userId), changes());
          toast(say('saved'));
          changed();
          closeOwn();
        }}
      >
        {(problem) => (
          <>
            <Field name="nick" label={say('nick')} value={nick} set={setNick} problem={problem('nick')} />
            <Field
              name="avatar"
              label={say('avatar')}
              hint={say('urlHint')}
              value={avatar}
              set={setAvatar}
              problem={problem('avatar')}
            />
          </>
        )}
      </Form>
    </Dialog>
  );
}
