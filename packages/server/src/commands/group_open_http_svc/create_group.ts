import { bounds, groupId, Refusal, serverGroupPrefix, type UserId } from 'ringback-protocol';
import Type from 'typebox';
import { newGroup } from '../../calls/new-group.ts';
import type { NewMember } from '../../ports/groups.ts';
import { defineCommand } from '../command.ts';
import { exampleGroupId } from '../examples.ts';
import { checkBytes, readAccount } from '../fields.ts';
import {
  checkExist,
  groupFields,
  isHuge,
  mostMembers,
  readData,
  readGroupId,
  readType,
  settingFields,
} from './group-fields.ts';
import { readSettings } from './group-settings.ts';

interface WantedMember {
  readonly Member_Account: string;
  readonly Role?: 'Admin' | 'Member';
  readonly NameCard?: string;
  readonly AppMemberDefinedData?: readonly { readonly Key: string; readonly Value: string }[];
}

/** Makes a group. */
export const createGroup = defineCommand({
  service: 'group_open_http_svc',
  command: 'create_group',
  summary: 'Makes a group.',
  description:
    'Without a `GroupId` the server makes one that begins with `@TGS#`. All members must have accounts. A request that comes twice with the same `GroupId` and owner is answered 10025 the second time: the group is there.',
  bodyBytes: 1_048_576,
  request: Type.Object({
    Type: groupFields.type('The kind of group.'),
    Name: Type.String({ description: `Its name, 1 to ${bounds.groupNameBytes} bytes.` }),
    Owner_Account: Type.Optional(Type.String({ description: 'Whose it is; nobody’s when absent.' })),
    GroupId: Type.Optional(
      Type.String({
        description: `Its id: 1 to ${bounds.groupIdBytes} printable ASCII characters that do not begin with \`${serverGroupPrefix}\`.`,
      }),
    ),
    ...settingFields,
    MemberList: Type.Optional(
      Type.Array(
        Type.Object({
          Member_Account: Type.String(),
          Role: Type.Optional(Type.Enum(['Admin', 'Member'], { description: '`Member` when absent.' })),
          NameCard: Type.Optional(Type.String({ description: `At most ${bounds.groupNameCardBytes} bytes.` })),
          AppMemberDefinedData: groupFields.memberData(),
        }),
        { description: `Its first members besides the owner, at most ${bounds.groupNewMembers}.` },
      ),
    ),
  }),
  response: Type.Object({
    GroupId: groupFields.groupId(),
    Type: Type.String({ description: 'The kind of group.' }),
    HugeGroupFlag: Type.Integer({ description: '1 for an AVChatRoom or BChatRoom, else 0.' }),
  }),
  errors: [
    'group_bad_params',
    'group_too_many_accounts',
    'group_not_permitted',
    'group_id_illegal',
    'group_account_unknown',
    'group_id_taken',
    'group_exists',
    'group_joined_too_many',
    'group_too_many_members',
  ],
  examples: [
    {
      title: 'The server chooses the id',
      scene: 'idle',
      request: { Type: 'Public', Name: 'Team', Owner_Account: 'alice', MemberList: [{ Member_Account: 'bob' }] },
      response: { GroupId: exampleGroupId, Type: 'Public', HugeGroupFlag: 0 },
    },
    {
      title: 'An id of one’s own',
      scene: 'idle',
      request: { Type: 'Work', Name: 'Support', GroupId: 'support' },
      response: { GroupId: 'support', Type: 'Private', HugeGroupFlag: 0 },
    },
  ],
  async handle({ app, accounts, groups }, body) {
    const type = readType(body.Type);
    const most = mostMembers(type, app.settings);
    const settings = readSettings(body, most);
    const id = body.GroupId === undefined || body.GroupId === '' ? undefined : readOwnId(body.GroupId);
    const owner = ownerOf(body.Owner_Account);
    const list = body.MemberList ?? [];
    if (list.length > bounds.groupNewMembers) {
      const rule = `MemberList must not have more than ${bounds.groupNewMembers} entries`;
      throw new Refusal('group_too_many_accounts', rule, 'MemberList');
    }
    if (type === 'AVChatRoom' && list.length > 0) throw new Refusal('group_not_permitted');
    const members = readMembers(list, owner);
    const maxMembers = settings.maxMembers ?? most;
    const users = [...(owner === '' ? [] : [owner]), ...members.map(({ userId }) => userId)];
    if (users.length > maxMembers) throw new Refusal('group_too_many_members');
    await checkExist(accounts, app, users);
    const made = await groups.create(
      app.sdkAppId,
      {
        ...newGroup(type, most),
        ...settings,
        owner,
        members,
        ...(id !== undefined && { groupId: id }),
      },
      app.settings.groupsJoined,
    );
    return { GroupId: made.groupId, Type: type, HugeGroupFlag: isHuge(type) ? 1 : 0 };
  },
});

function readOwnId(text: string) {
  readGroupId(text);
  if (!text.startsWith(serverGroupPrefix)) return groupId(text);
  throw new Refusal('group_id_illegal', `GroupId must not begin with ${serverGroupPrefix}`);
}

const ownerOf = (text: string | undefined): UserId | '' =>
  text === undefined || text === '' ? '' : readAccount(text, 'Owner_Account');

/** Each once, and the owner not at all. */
function readMembers(list: readonly WantedMember[], owner: UserId | ''): readonly NewMember[] {
  const members = new Map<UserId, NewMember>();
  for (const { Member_Account, Role = 'Member', NameCard = '', AppMemberDefinedData = [] } of list) {
    const userId = readAccount(Member_Account, 'Member_Account');
    checkBytes(NameCard, bounds.groupNameCardBytes, 'NameCard');
    const data = readData(AppMemberDefinedData, 'AppMemberDefinedData');
    if (userId !== owner) members.set(userId, { userId, role: Role, nameCard: NameCard, data });
  }
  return [...members.values()];
}
