import { useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { moment } from '../lib/format.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { UserView } from '../lib/types.ts';
import { Empty } from '../parts/empty.tsx';
import { Icon } from '../parts/icon.tsx';
import { More } from '../parts/more.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Online } from '../parts/online.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { Search } from '../parts/search.tsx';
import { Table } from '../parts/table.tsx';
import { usePages } from '../parts/use-pages.ts';
import { UserActions } from './user-actions.tsx';
import { ImportUsers } from './users-import.tsx';

/** The accounts of an application: find, import, kick, who is online on what. */
export const Users = () => <NeedApp title={say('users')}>{(app) => <All app={app} key={app} />}</NeedApp>;

function All({ app }: { readonly app: number }) {
  const prefix = route.value.query.get('find') ?? '';
  const list = usePages(
    `users ${app} ${prefix}`,
    async (after) => {
      const got = await api.get<{ readonly users: readonly UserView[]; readonly next?: string }>(`/apps/${app}/users`, {
        prefix,
        after,
        limit: 50,
      });
      return { rows: got.users, next: got.next };
    },
    5000,
  );
  const [importing, setImporting] = useState(false);
  return (
    <Page
      title={say('users')}
      lead={say('usersLead')}
      actions={
        may('owner') && (
          <button type="button" class="button main" onClick={() => setImporting(true)}>
            <Icon name="plus" size={15} />
            {say('importUsers')}
          </button>
        )
      }
    >
      <div class="filters">
        <Search label={say('searchUsers')} value={prefix} find={(find) => go(href('users', { find }), true)} />
      </div>
      {list.error && <Problem error={list.error} retry={list.reload} />}
      <Card flush>
        <Table
          label={say('users')}
          rows={list.rows}
          id={(user) => user.userId}
          bones={8}
          empty={
            prefix === '' ? (
              <Empty icon="users" title={say('noUsers')} text={say('noUsersText')} />
            ) : (
              <Empty icon="users" title={say('noUsersFit')} text={say('noUsersFitText')} />
            )
          }
          columns={[
            {
              name: say('userId'),
              show: ({ userId }: UserView) => <a href={href('user', { app, id: userId })}>{userId}</a>,
            },
            { name: say('nick'), show: ({ nick }) => nick },
            { name: say('state'), show: (user) => <Online user={user} /> },
            {
              name: say('devices'),
              show: ({ devices }) => [...new Set(devices.map(({ platform }) => platform))].join(', '),
            },
            { name: say('made'), show: ({ createdAt }) => <span class="number">{moment(createdAt)}</span> },
            {
              name: say('actions'),
              kind: 'actions',
              show: ({ userId }) => (
                <UserActions app={app} id={userId} changed={list.reload} gone={list.reload} small />
              ),
            },
          ]}
        />
      </Card>
      <More list={list} />
      {importing && <ImportUsers app={app} close={() => setImporting(false)} done={list.reload} />}
    </Page>
  );
}
