import { useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { moment } from '../lib/format.ts';
import { go, href, route } from '../lib/router.ts';
import type { RowsPage } from '../lib/rows.ts';
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
import { Segments } from '../parts/segments.tsx';
import { Table } from '../parts/table.tsx';
import { usePages } from '../parts/use-pages.ts';
import { UserActions } from './user-actions.tsx';
import { ImportUsers } from './users-import.tsx';

/** The accounts of an application: find, import, kick, who is online on what. */
export const Users = () => <NeedApp title={say('users')}>{(app) => <All app={app} key={app} />}</NeedApp>;

/** Questions that are asked at most until one of those who are online is found: the server looks through some at a time. */
const patience = 20;

/** Reads a page of users. Where few of many are online, it asks on until there is something to show. */
async function readUsers(
  app: number,
  filter: { readonly prefix: string; readonly online?: boolean },
  from: string | number | undefined,
): Promise<RowsPage<UserView>> {
  let after = from;
  for (let asked = 1; ; asked += 1) {
    const { users, next } = await api.get<{ readonly users: readonly UserView[]; readonly next?: string }>(
      `/apps/${app}/users`,
      { ...filter, after, limit: 50 },
    );
    if (users.length > 0 || next === undefined || asked === patience) return { rows: users, next };
    after = next;
  }
}

function All({ app }: { readonly app: number }) {
  const { query } = route.value;
  const prefix = query.get('find') ?? '';
  const online = query.get('online') === '1';
  const list = usePages(
    `users ${app} ${prefix} ${online}`,
    (after) => readUsers(app, { prefix, ...(online && { online }) }, after),
    // Who is online is asked of every account.
    online ? 30_000 : 5000,
  );
  const show = (find: string, only: boolean) => go(href('users', { find, online: only ? '1' : '' }), true);
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
        <Search label={say('searchUsers')} value={prefix} find={(find) => show(find, online)} />
        <Segments
          label={say('state')}
          value={online ? 'online' : 'all'}
          choices={{ all: say('all'), online: say('online') }}
          set={(value) => show(prefix, value === 'online')}
        />
      </div>
      {list.error && <Problem error={list.error} retry={list.reload} />}
      <Card flush>
        <Table
          label={say('users')}
          rows={list.rows}
          id={(user) => user.userId}
          bones={8}
          empty={
            online ? (
              <Empty icon="users" title={say('noneOnline')} text={say('noneOnlineText')} />
            ) : prefix === '' ? (
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
