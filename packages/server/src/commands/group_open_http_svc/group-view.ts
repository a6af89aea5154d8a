import { groupRoles } from 'ringback-protocol';
import { Type } from 'typebox';
import type { App } from '../../ports/apps.ts';
import type { Group, GroupData, GroupMember } from '../../ports/groups.ts';

/** How groups and members look on the wire. */

type Members<Of> = Readonly<Record<string, (of: Of) => unknown>>;

const seconds = (ms: number): number => Math.floor(ms / 1000);

const onOff = (on: boolean): 'On' | 'Off' => (on ? 'On' : 'Off');

/** What a group shows besides its id, by the words of `GroupBaseInfoFilter`. No messages are kept, so their numbers are 0. */
const baseInfo: Members<{ readonly group: Group; readonly app: App }> = {
  Type: ({ group }) => group.type,
  Name: ({ group }) => group.name,
  Introduction: ({ group }) => group.introduction,
  Notification: ({ group }) => group.notification,
  FaceUrl: ({ group }) => group.faceUrl,
  Owner_Account: ({ group }) => group.owner,
  CreateTime: ({ group }) => seconds(group.createdAt),
  InfoSeq: ({ group }) => group.infoSeq,
  LastInfoTime: ({ group }) => seconds(group.lastInfoAt),
  LastMsgTime: () => 0,
  NextMsgSeq: () => 0,
  MemberNum: ({ group }) => group.memberCount,
  MaxMemberNum: ({ group }) => group.maxMembers,
  ApplyJoinOption: ({ group }) => group.applyJoin,
  InviteJoinOption: ({ group }) => group.inviteJoin,
  MuteAllMember: ({ group }) => onOff(group.muteAll),
  ShutUpAllMember: ({ group }) => onOff(group.muteAll),
  Appid: ({ app }) => app.sdkAppId,
};

/** The words of `GroupBaseInfoFilter`. */
export const baseInfoWords: readonly string[] = Object.keys(baseInfo);

/** The words of `MemberInfoFilter`. */
export const memberInfoWords = [
  'Role',
  'JoinTime',
  'MsgSeq',
  'MsgFlag',
  'LastSendMsgTime',
  'MuteUntil',
  'NameCard',
  'OnlineStatus',
] as const;

/** Keys and values on the wire; `keys`: these only. */
export function dataView(data: GroupData, keys: ReadonlySet<string> | undefined): { Key: string; Value: string }[] {
  const list = Object.entries(data).map(([Key, Value]) => ({ Key, Value }));
  return keys === undefined ? list : list.filter(({ Key }) => keys.has(Key));
}

/**
 * A filter as it was meant: an empty one, which typed clients send, is none. A set, since each of thousands of members may
 * ask thousands of words; made once for a request.
 */
export const filterOf = (words: readonly string[] | undefined): ReadonlySet<string> | undefined =>
  words === undefined || words.length === 0 ? undefined : new Set(words);

/** The members of a group record; `words`: these only. */
export function baseInfoView(app: App, group: Group, words: ReadonlySet<string> | undefined): Record<string, unknown> {
  const view: Record<string, unknown> = {};
  const of = { group, app };
  for (const [word, value] of Object.entries(baseInfo)) {
    if (words === undefined || words.has(word)) view[word] = value(of);
  }
  return view;
}

/** What a request wants to see of members. */
export interface MemberFilter {
  /** The words of `MemberInfoFilter`; undefined: all but those that have to be asked for. */
  readonly words: ReadonlySet<string> | undefined;
  /** Keys of what the application has attached; undefined: all. */
  readonly dataKeys: ReadonlySet<string> | undefined;
}

/** What members of groups show; made once for a list of them. */
export interface MemberLook extends MemberFilter {
  /** Who is online, when that is asked for. */
  readonly online?: ReadonlySet<string>;
}

/** A member as the wire writes it. Written out, because there may be thousands. */
export function memberView({ userId, role, joinedAt, nameCard, data }: GroupMember, look: MemberLook) {
  const { words, dataKeys, online } = look;
  const JoinTime = seconds(joinedAt);
  const attached = dataView(data, dataKeys);
  const extra = attached.length > 0 ? { AppMemberDefinedData: attached } : undefined;
  if (words === undefined) {
    return {
      Member_Account: userId,
      Role: role,
      JoinTime,
      MsgSeq: 0,
      MsgFlag: 'AcceptAndNotify',
      LastSendMsgTime: 0,
      MuteUntil: 0,
      NameCard: nameCard,
      ...extra,
    };
  }
  return {
    Member_Account: userId,
    ...(words.has('Role') && { Role: role }),
    ...(words.has('JoinTime') && { JoinTime }),
    ...(words.has('MsgSeq') && { MsgSeq: 0 }),
    ...(words.has('MsgFlag') && { MsgFlag: 'AcceptAndNotify' }),
    ...(words.has('LastSendMsgTime') && { LastSendMsgTime: 0 }),
    ...(words.has('MuteUntil') && { MuteUntil: 0 }),
    ...(words.has('ShutUpUntil') && { ShutUpUntil: 0 }),
    ...(words.has('NameCard') && { NameCard: nameCard }),
    ...(online !== undefined && { OnlineStatus: online.has(userId) ? ('Online' as const) : ('Offline' as const) }),
    ...extra,
  };
}

/** The schema of what `memberView` makes. */
export const memberSchema = () =>
  Type.Object(
    {
      Member_Account: Type.String(),
      Role: Type.Optional(Type.Enum([...groupRoles])),
      JoinTime: Type.Optional(Type.Integer({ description: 's since 1970.' })),
      MsgSeq: Type.Optional(Type.Integer({ description: '0: no messages are kept.' })),
      MsgFlag: Type.Optional(Type.String()),
      LastSendMsgTime: Type.Optional(Type.Integer()),
      MuteUntil: Type.Optional(Type.Integer()),
      ShutUpUntil: Type.Optional(Type.Integer({ description: 'The older name of `MuteUntil`, when asked for.' })),
      NameCard: Type.Optional(Type.String()),
      OnlineStatus: Type.Optional(Type.Enum(['Online', 'Offline'], { description: 'When asked for.' })),
      AppMemberDefinedData: Type.Optional(
        Type.Array(Type.Object({ Key: Type.String(), Value: Type.String() }), { description: 'Absent when empty.' }),
      ),
    },
    { description: 'A member.' },
  );

/** The schema of a group record; every member is absent when a filter leaves it out. */
export const baseInfoSchema = () => ({
  Type: Type.Optional(Type.String()),
  Name: Type.Optional(Type.String()),
  Introduction: Type.Optional(Type.String()),
  Notification: Type.Optional(Type.String()),
  FaceUrl: Type.Optional(Type.String()),
  Owner_Account: Type.Optional(Type.String({ description: 'Empty when nobody owns it.' })),
  CreateTime: Type.Optional(Type.Integer({ description: 's since 1970.' })),
  InfoSeq: Type.Optional(Type.Integer({ description: 'Counts the changes of what stands here.' })),
  LastInfoTime: Type.Optional(Type.Integer({ description: 's since 1970.' })),
  LastMsgTime: Type.Optional(Type.Integer({ description: '0: no messages are kept.' })),
  NextMsgSeq: Type.Optional(Type.Integer({ description: '0: no messages are kept.' })),
  MemberNum: Type.Optional(Type.Integer({ description: 'The owner included.' })),
  MaxMemberNum: Type.Optional(Type.Integer()),
  ApplyJoinOption: Type.Optional(Type.String()),
  InviteJoinOption: Type.Optional(Type.String()),
  MuteAllMember: Type.Optional(Type.Enum(['On', 'Off'])),
  ShutUpAllMember: Type.Optional(Type.Enum(['On', 'Off'], { description: 'The older name of `MuteAllMember`.' })),
  Appid: Type.Optional(Type.Integer({ description: 'The application.' })),
  AppDefinedData: Type.Optional(Type.Array(Type.Object({ Key: Type.String(), Value: Type.String() }))),
});
