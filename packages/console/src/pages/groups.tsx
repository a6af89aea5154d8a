import { may } from '../lib/api.ts';
import { moment } from '../lib/format.ts';
import { rest } from '../lib/rest.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { useResource } from '../lib/use-resource.ts';
import { Empty } from '../parts/empty.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { Search } from '../parts/search.tsx';
import { Table } from '../parts/table.tsx';

interface GroupInfo {
  readonly GroupId: string;
  readonly ErrorCode: number;
  readonly Name: string;
  readonly Type: string;
  readonly Owner_Account?: string;
  readonly MemberNum: number;
  readonly CreateTime?: number;
  readonly MemberList?: readonly Member[];
}

interface Member {
  readonly Member_Account: string;
  readonly Role: string;
  readonly JoinTime: number;
}

/** s. */
const when = (seconds = 0): string => moment(seconds * 1000);

async function infoOf(app: number, ids: readonly string[], members = false): Promise<readonly GroupInfo[]> {
  if (ids.length === 0) return [];
  const { GroupInfo } = await rest<{ readonly GroupInfo: readonly GroupInfo[] }>(
    app,
    'group_open_http_svc/get_group_info',
    {
      GroupIdList: ids,
      ResponseFilter: {
        GroupBaseInfoFilter: ['Type', 'Name', 'Owner_Account', 'MemberNum', 'CreateTime'],
        ...(members && { MemberInfoFilter: ['Role', 'JoinTime'] }),
      },
    },
  );
  return GroupInfo.filter(({ ErrorCode }) => ErrorCode === 0);
}

async function firstGroups(app: number): Promise<readonly GroupInfo[]> {
  const { GroupIdList } = await rest<{ readonly GroupIdList: readonly { readonly GroupId: string }[] }>(
    app,
    'group_open_http_svc/get_appid_group_list',
    { Limit: 50 },
  );
  return infoOf(
    app,
    GroupIdList.map(({ GroupId }) => GroupId),
  );
}

/** The groups of an application. */
export const Groups = () => <NeedApp title={say('groups')}>{(app) => <All app={app} key={app} />}</NeedApp>;

function All({ app }: { readonly app: number }) {
  const owner = may('owner');
  const { data, error, reload } = useResource(`groups ${app}`, async () => (owner ? firstGroups(app) : []));
  return (
    <Page title={say('groups')} lead={say('groupsLead')}>
      {!owner && <p class="notice warn">{say('ownerOnly')}</p>}
      <div class="filters">
        <Search label={say('searchGroup')} value="" find={(id) => id !== '' && go(href('group', { id }))} />
      </div>
      {error && <Problem error={error} retry={reload} />}
      <Card flush>
        <Table
          label={say('groups')}
          rows={data}
          id={(group) => group.GroupId}
          empty={<Empty icon="groups" title={say('noGroups')} text={say('noGroupsText')} />}
          columns={[
            {
              name: say('name'),
              show: ({ GroupId, Name }: GroupInfo) => (
                <a href={href('group', { id: GroupId })}>{Name === '' ? GroupId : Name}</a>
              ),
            },
            { name: say('groupId'), show: ({ GroupId }) => <span class="mono">{GroupId}</span> },
            { name: say('kind'), show: ({ Type }) => Type },
            { name: say('groupOwner'), show: ({ Owner_Account = '' }) => Owner_Account },
            { name: say('members'), kind: 'number', show: ({ MemberNum }) => MemberNum },
            { name: say('made'), show: ({ CreateTime }) => <span class="number">{when(CreateTime)}</span> },
          ]}
        />
      </Card>
    </Page>
  );
}

/** One group and its members. */
export const Group = () => (
  <NeedApp title={say('groups')}>{(app) => <One app={app} id={route.value.query.get('id') ?? ''} />}</NeedApp>
);

function One({ app, id }: { readonly app: number; readonly id: string }) {
  const { data, error, reload } = useResource(
    `group ${app} ${id}`,
    async () => (await infoOf(app, [id], true))[0] ?? null,
  );
  return (
    <Page title={data?.Name || id} lead={<span class="mono">{id}</span>}>
      {error && <Problem error={error} retry={reload} />}
      <Card flush title={say('members')}>
        {data === null ? (
          <Empty icon="groups" title={say('noGroup')} text={say('noGroupsText')} />
        ) : (
          <Table
            label={say('members')}
            rows={data && (data.MemberList ?? [])}
            id={(member) => member.Member_Account}
            empty={<Empty icon="users" title={say('noMembers')} text={say('noGroupsText')} />}
            columns={[
              {
                name: say('userId'),
                show: ({ Member_Account }: Member) => (
                  <a href={href('users', { find: Member_Account })}>{Member_Account}</a>
                ),
              },
              { name: say('role'), show: ({ Role }) => Role },
              { name: say('joinedAt'), show: ({ JoinTime }) => <span class="number">{when(JoinTime)}</span> },
            ]}
          />
        )}
      </Card>
    </Page>
  );
}
