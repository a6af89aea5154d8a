import {
  bounds,
  type GroupId,
  type GroupType,
  groupId,
  groupTypes,
  inviteOptions,
  isGroupId,
  joinOptions,
  Refusal,
  type UserId,
} from 'ringback-protocol';
import { Type } from 'typebox';
import type { Accounts } from '../../ports/accounts.ts';
import type { App, AppSettings } from '../../ports/apps.ts';
import type { GroupData } from '../../ports/groups.ts';
import { checkBytes } from '../fields.ts';

/** Fields that the commands about groups share. */

/** What newer documents call two of the types. */
const otherNames: Readonly<Record<string, GroupType>> = { Work: 'Private', Meeting: 'ChatRoom' };

const typeWords = [...groupTypes, ...Object.keys(otherNames)];

/** Groups that may have more members than others; nobody can be put into an AVChatRoom. */
const hugeTypes: ReadonlySet<GroupType> = new Set(['AVChatRoom', 'BChatRoom']);
const hugeMembers = 100_000;

/** An answer of the group service may not be larger. */
export const groupAnswers = { bytes: bounds.groupAnswerBytes, error: 'group_answer_too_large' } as const;

const dataList = (description: string) =>
  Type.Optional(
    Type.Array(Type.Object({ Key: Type.String(), Value: Type.String() }), {
      description: `${description}, at most ${bounds.groupDataKeys}: keys of at most ${bounds.groupDataKeyBytes} bytes, values of at most ${bounds.groupDataValueBytes}.`,
    }),
  );

/** Members of the body, by their wire names. */
export const groupFields = {
  groupId: () => Type.String({ description: 'The group, by its id.' }),
  type: (description: string) =>
    Type.Enum(typeWords, { description: `${description} \`Work\` is \`Private\`, \`Meeting\` is \`ChatRoom\`.` }),
  memberData: () => dataList('What the application attaches to the member'),
  silence: () =>
    Type.Optional(Type.Integer({ minimum: 0, maximum: 1, description: 'Changes nothing: no message is sent.' })),
};

/** What can be set about a group, at its making and later. */
export const settingFields = {
  Introduction: Type.Optional(
    Type.String({ description: `What it is for, at most ${bounds.groupIntroductionBytes} bytes.` }),
  ),
  Notification: Type.Optional(
    Type.String({ description: `A notice to its members, at most ${bounds.groupNotificationBytes} bytes.` }),
  ),
  FaceUrl: Type.Optional(
    Type.String({ description: `The URL of a picture, at most ${bounds.groupFaceUrlBytes} bytes.` }),
  ),
  MaxMemberCount: Type.Optional(
    Type.Integer({ minimum: 1, description: 'How many members it can have; also read as `MaxMemberNum`.' }),
  ),
  MaxMemberNum: Type.Optional(
    Type.Integer({ minimum: 1, description: 'How many members it can have; also read as `MaxMemberCount`.' }),
  ),
  ApplyJoinOption: Type.Optional(Type.Enum([...joinOptions], { description: 'Who may come in.' })),
  InviteJoinOption: Type.Optional(Type.Enum([...inviteOptions], { description: 'Whom members may bring in.' })),
  AppDefinedData: dataList('What the application attaches to the group'),
};

/** A list of words that restrict what an answer shows. */
export const filterField = (description: string) => Type.Optional(Type.Array(Type.String(), { description }));

/** Checks a group id; throws `group_id_illegal`. */
export function readGroupId(text: string): GroupId {
  if (isGroupId(text)) return groupId(text);
  throw new Refusal('group_id_illegal', `GroupId must be 1 to ${bounds.groupIdBytes} printable ASCII characters`);
}

/** A type as groups keep it. */
export const readType = (word: string): GroupType => otherNames[word] ?? (word as GroupType);

export const isHuge = (type: GroupType): boolean => hugeTypes.has(type);

/** How many members a group of a type can have at most. */
export const mostMembers = (type: GroupType, settings: AppSettings): number =>
  isHuge(type) || type === 'Community' ? Math.max(hugeMembers, settings.groupMembers) : settings.groupMembers;

/** Refuses a request that names too many accounts, or none. */
export function checkAccounts(list: readonly unknown[], most: number, field: string): void {
  if (list.length === 0) throw new Refusal('bad_params', `${field} must not be empty`, field);
  if (list.length > most) {
    throw new Refusal('group_too_many_accounts', `${field} must not have more than ${most} entries`, field);
  }
}

/** Throws `group_account_unknown` for the first of these accounts that does not exist. */
export async function checkExist(accounts: Accounts, app: App, users: readonly UserId[]): Promise<void> {
  const found = await accounts.find(app.sdkAppId, users);
  const missing = users.find((user) => !found.has(user));
  if (missing !== undefined) {
    throw new Refusal('group_account_unknown', `The account ${missing} does not exist`);
  }
}

/** Keys and values that an application attaches. */
export function readData(list: readonly { readonly Key: string; readonly Value: string }[], field: string): GroupData {
  const data = new Map<string, string>();
  for (const { Key, Value } of list) {
    if (Key === '') throw new Refusal('bad_params', `${field}.Key must not be empty`, field);
    checkBytes(Key, bounds.groupDataKeyBytes, `${field}.Key`);
    checkBytes(Value, bounds.groupDataValueBytes, `${field}.Value`);
    data.set(Key, Value);
  }
  checkKeys(data.size, field);
  return Object.fromEntries(data);
}

/** Refuses more keys than there can be. */
export function checkKeys(count: number, field: string): void {
  if (count <= bounds.groupDataKeys) return;
  throw new Refusal('bad_params', `${field} must not have more than ${bounds.groupDataKeys} keys`, field);
}
