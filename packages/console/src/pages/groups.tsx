import { api } from '../lib/api.ts';
import { count, moment } from '../lib/format.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { GroupMember, GroupView } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Empty } from '../parts/empty.tsx';
import { GroupKind, groupRole } from '../parts/group-words.tsx';
import { More } from '../parts/more.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Search } from '../parts/search.tsx';
import { Table } from '../parts/table.tsx';
import { usePages } from '../parts/use-pages.ts';

/** The groups of an application. */
export const Groups = () => <NeedApp title={say('groups')}>{(app) => <All app={app} key={app} />}</NeedApp>;

function All({ app }: { readonly app: number }) {
  const prefix = route.value.query.get('find') ?? '';
  const list = usePages(`groups ${app} ${prefix}`, async (after) => {
    const got = await api.get<{
      readonly total: number;
      readonly groups: readonly GroupView[];
      readonly next?: string;
    }>(`/apps/${app}/groups`, { prefix, after, limit: 50 });
    return { rows: got.groups, next: got.next, total: got.total };
  });
  return (
    <Page title={say('groups')} lead={say('groupsLead')}>
      <div class="filters">
        <Search label={say('searchGroup')} value={prefix} find={(find) => go(href('groups', { find }), true)} />
        {prefix === '' && list.rows && list.total !== undefined && (
          <span class="muted number">{say('nOf', { n: count(list.rows.length), all: count(list.total) })}</span>
        )}
      </div>
      {list.error && <Problem error={list.error} retry={list.reload} />}
      <Card flush>
        <Table
          label={say('groups')}
          rows={list.rows}
          id={(group) => group.groupId}
          bones={8}
          empty={
            prefix === '' ? (
              <Empty icon="groups" title={say('noGroups')} text={say('noGroupsText')} />
            ) : (
              <Empty icon="groups" title={say('noGroupsFit')} text={say('noUsersFitText')} />
            )
          }
          columns={[
            {
              name: say('name'),
              show: ({ groupId, name }: GroupView) => (
                <a href={href('group', { app, id: groupId })}>{name === '' ? groupId : name}</a>
              ),
            },
            { name: say('groupId'), show: ({ groupId }) => <span class="mono break">{groupId}</span> },
            { name: say('kind'), show: ({ type }) => <GroupKind type={type} /> },
            { name: say('groupOwner'), show: ({ owner }) => owner },
            { name: say('members'), kind: 'number', show: ({ memberCount }) => count(memberCount) },
            { name: say('made'), show: ({ createdAt }) => <span class="number">{moment(createdAt)}</span> },
          ]}
        />
      </Card>
      <More list={list} />
    </Page>
  );
}

/** One group and its members. */
export const Group = () => (
  <NeedApp title={say('groups')}>
    {(app) => <One app={app} id={route.value.query.get('id') ?? ''} key={route.value.query.get('id')} />}
  </NeedApp>
);

function One({ app, id }: { readonly app: number; readonly id: string }) {
  const path = `/apps/${app}/groups/${encodeURIComponent(id)}`;
  const group = useResource(`group ${app} ${id}`, () => api.get<GroupView>(path), 10_000);
  if (group.data === undefined) {
    return (
      <Page title={id}>
        {group.error && group.error.status !== 404 && <Problem error={group.error} retry={group.reload} />}
        <Card flush>
          {group.error?.status === 404 ? (
            <Empty icon="groups" title={say('noGroup')} text={say('noGroupText')}>
              <a class="button" href={href('groups')}>
                {say('groups')}
              </a>
            </Empty>
          ) : (
            !group.error && (
              <div class="card-body">
                <span class="bone" />
              </div>
            )
          )}
        </Card>
      </Page>
    );
  }
  const { name, type, owner, memberCount, maxMembers, createdAt, introduction } = group.data;
  return (
    <Page title={name || id} lead={<span class="mono break">{id}</span>}>
      <Card title={say('details')}>
        <dl class="facts wide">
          <div>
            <dt>{say('kind')}</dt>
            <dd>
              <GroupKind type={type} />
            </dd>
          </div>
          <div>
            <dt>{say('groupOwner')}</dt>
            <dd>{owner === '' ? '—' : <a href={href('user', { app, id: owner })}>{owner}</a>}</dd>
          </div>
          <div>
            <dt>{say('members')}</dt>
            <dd class="number">{say('nOf', { n: count(memberCount), all: count(maxMembers) })}</dd>
          </div>
          <div>
            <dt>{say('made')}</dt>
            <dd class="number">{moment(createdAt)}</dd>
          </div>
          {introduction !== '' && (
            <div>
              <dt>{say('introduction')}</dt>
              <dd>{introduction}</dd>
            </div>
          )}
        </dl>
      </Card>
      <Members app={app} id={id} path={path} />
    </Page>
  );
}

function Members({ app, id, path }: { readonly app: number; readonly id: string; readonly path: string }) {
  const list = usePages(
    `members ${app} ${id}`,
    async (after) => {
      const got = await api.get<{
        readonly total: number;
        readonly members: readonly GroupMember[];
        readonly next?: string;
      }>(`${path}/members`, { after, limit: 100 });
      return { rows: got.members, next: got.next, total: got.total };
    },
    10_000,
  );
  return (
    <>
      {list.error && <Problem error={list.error} retry={list.reload} />}
      <Card flush title={`${say('members')}${list.total === undefined ? '' : ` · ${count(list.total)}`}`}>
        <Table
          label={say('members')}
          rows={list.rows}
          id={(member) => member.userId}
          empty={<Empty icon="users" title={say('noMembers')} text={say('noGroupsText')} />}
          columns={[
            {
              name: say('userId'),
              show: ({ userId }: GroupMember) => <a href={href('user', { app, id: userId })}>{userId}</a>,
            },
            { name: say('nick'), show: ({ nick, nameCard }) => nameCard || nick },
            {
              name: say('state'),
              show: ({ online }) => (
                <Pill tone={online ? 'good' : 'quiet'}>{online ? say('online') : say('offlineState')}</Pill>
              ),
            },
            { name: say('role'), show: ({ role }) => groupRole(role) },
            { name: say('joinedAt'), show: ({ joinedAt }) => <span class="number">{moment(joinedAt)}</span> },
          ]}
        />
      </Card>
      <More list={list} />
    </>
  );
}
