import { useState } from 'preact/hooks';
import { ApiError, may } from '../lib/api.ts';
import { rest } from '../lib/rest.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { useResource } from '../lib/use-resource.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Empty } from '../parts/empty.tsx';
import { Field, Form } from '../parts/form.tsx';
import { Icon } from '../parts/icon.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Search } from '../parts/search.tsx';
import { Table } from '../parts/table.tsx';
import { toast } from '../parts/toast.tsx';

interface User {
  readonly id: string;
  readonly known: boolean;
  readonly status: string;
  readonly devices: readonly string[];
  readonly groups: readonly string[];
}

/** The accounts of an application: find, import, kick, who is online on what. */
export const Users = () => <NeedApp title={say('users')}>{(app) => <Found app={app} key={app} />}</NeedApp>;

const idsOf = (text: string): readonly string[] => [...new Set(text.split(/[\s,;]+/).filter((one) => one !== ''))];

async function lookUp(app: number, ids: readonly string[]): Promise<readonly User[]> {
  if (ids.length === 0) return [];
  const [checked, online] = await Promise.all([
    rest<{ readonly ResultItem: readonly { readonly UserID: string; readonly AccountStatus?: string }[] }>(
      app,
      'im_open_login_svc/account_check',
      { CheckItem: ids.map((UserID) => ({ UserID })) },
    ),
    rest<{
      readonly QueryResult: readonly {
        readonly To_Account: string;
        readonly Status: string;
        readonly Detail?: readonly { readonly Platform: string; readonly Status: string }[];
      }[];
    }>(app, 'openim/query_online_status', { To_Account: ids, IsNeedDetail: 1 }),
  ]);
  const joined = await Promise.all(
    ids.map(async (id) => {
      const known = checked.ResultItem.some((one) => one.UserID === id && one.AccountStatus === 'Imported');
      if (!known) return [];
      const list = await rest<{ readonly GroupIdList?: readonly { readonly GroupId: string }[] }>(
        app,
        'group_open_http_svc/get_joined_group_list',
        { Member_Account: id },
      );
      return (list.GroupIdList ?? []).map(({ GroupId }) => GroupId);
    }),
  );
  return ids.map((id, place) => {
    const state = online.QueryResult.find((one) => one.To_Account === id);
    return {
      id,
      known: checked.ResultItem.some((one) => one.UserID === id && one.AccountStatus === 'Imported'),
      status: state?.Status ?? '',
      devices: (state?.Detail ?? []).map(({ Platform }) => Platform),
      groups: joined[place] ?? [],
    };
  });
}

function Found({ app }: { readonly app: number }) {
  const find = route.value.query.get('find') ?? '';
  const owner = may('owner');
  const { data, error, reload } = useResource(
    `users ${app} ${find}`,
    async () => (owner ? lookUp(app, idsOf(find).slice(0, 20)) : []),
    5000,
  );
  const [importing, setImporting] = useState(false);
  const [asked, setAsked] = useState<{ readonly what: 'kick' | 'delete'; readonly id: string }>();
  return (
    <Page
      title={say('users')}
      lead={say('usersLead')}
      actions={
        owner && (
          <button type="button" class="button main" onClick={() => setImporting(true)}>
            <Icon name="plus" size={15} />
            {say('importUsers')}
          </button>
        )
      }
    >
      {!owner && <p class="notice warn">{say('ownerOnly')}</p>}
      <div class="filters">
        <Search label={say('searchUsers')} value={find} find={(text) => go(href('users', { find: text }), true)} />
      </div>
      {error && <Problem error={error} retry={reload} />}
      <Card flush>
        <Table
          label={say('users')}
          rows={data}
          id={(user) => user.id}
          empty={<Empty icon="users" title={say('findUsers')} text={say('findUsersText')} />}
          columns={[
            { name: say('userId'), show: ({ id }: User) => id },
            {
              name: say('account'),
              show: ({ known }) =>
                known ? <Pill tone="good">{say('imported')}</Pill> : <Pill tone="warn">{say('unknownUser')}</Pill>,
            },
            {
              name: say('state'),
              show: ({ known, status }) =>
                known && (
                  <Pill tone={status === 'Online' ? 'good' : 'quiet'}>
                    {status === 'Online' ? say('online') : say('offlineState')}
                  </Pill>
                ),
            },
            { name: say('devices'), show: ({ devices }) => devices.join(', ') },
            {
              name: say('groups'),
              show: ({ groups }) => (
                <span class="row wrap">
                  {groups.map((id) => (
                    <a key={id} href={href('group', { id })}>
                      {id}
                    </a>
                  ))}
                </span>
              ),
            },
            {
              name: say('actions'),
              kind: 'actions',
              show: ({ id, known }) =>
                known && (
                  <span class="row" style={{ justifyContent: 'flex-end' }}>
                    <button type="button" class="button small plain" onClick={() => setAsked({ what: 'kick', id })}>
                      {say('kick')}
                    </button>
                    <button
                      type="button"
                      class="button small plain danger"
                      onClick={() => setAsked({ what: 'delete', id })}
                    >
                      {say('remove')}
                    </button>
                  </span>
                ),
            },
          ]}
        />
      </Card>
      {importing && (
        <Import
          app={app}
          close={() => setImporting(false)}
          done={(ids) => {
            setImporting(false);
            go(href('users', { find: ids.slice(0, 20).join(' ') }), true);
            reload();
          }}
        />
      )}
      {asked && (
        <Confirm
          title={asked.what === 'kick' ? say('kickUser', { name: asked.id }) : say('deleteUser', { name: asked.id })}
          text={asked.what === 'kick' ? say('kickText') : say('deleteUserText')}
          action={asked.what === 'kick' ? say('kick') : say('remove')}
          close={() => setAsked(undefined)}
          send={async () => {
            if (asked.what === 'kick') await rest(app, 'im_open_login_svc/kick', { UserID: asked.id });
            else await rest(app, 'im_open_login_svc/account_delete', { DeleteItem: [{ UserID: asked.id }] });
            reload();
          }}
        />
      )}
    </Page>
  );
}

interface ImportProps {
  readonly app: number;
  readonly close: () => void;
  readonly done: (ids: readonly string[]) => void;
}

function Import({ app, close, done }: ImportProps) {
  const [text, setText] = useState('');
  return (
    <Dialog title={say('importUsers')} close={close}>
      <Form
        submit={say('importIt')}
        cancel={close}
        fields={['ids']}
        disabled={idsOf(text).length === 0}
        send={async () => {
          const ids = idsOf(text);
          if (ids.length > 10_000) throw new ApiError(400, 'bad_params', say('tooManyUsers'), 'ids');
          const failed: string[] = [];
          for (let from = 0; from < ids.length; from += 100) {
            const answer = await rest<{ readonly FailAccounts?: readonly string[] }>(
              app,
              'im_open_login_svc/multiaccount_import',
              { Accounts: ids.slice(from, from + 100) },
            );
            failed.push(...(answer.FailAccounts ?? []));
          }
          if (failed.length > 0) {
            const names = failed.slice(0, 5).join(', ');
            throw new ApiError(400, 'bad_params', say('importFailed', { n: failed.length, names }), 'ids');
          }
          toast(say('importedN', { n: ids.length }));
          done(ids);
        }}
      >
        {(problem) => (
          <Field
            name="ids"
            label={say('userIds')}
            hint={say('userIdsHint')}
            lines={8}
            value={text}
            set={setText}
            problem={problem('ids')}
          />
        )}
      </Form>
    </Dialog>
  );
}
