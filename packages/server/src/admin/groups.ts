import { groupId, groupTypes } from 'ringback-protocol';
import { Type } from 'typebox';
import type { Group } from '../ports/groups.ts';
import { groupMemberView, groupView } from './answers/group.ts';
import { appOf } from './app-view.ts';
import { limitField, pageField, sdkAppIdField } from './fields.ts';
import { type OperationContext, operation } from './operation.ts';
import { refuse } from './refusals.ts';

const closed = { additionalProperties: false } as const;

const groupField = Type.String({ pattern: '^[ -~]{1,64}$', description: 'the id of a group' });

/** A group as operators see it: without what the application attaches to it. */
export type GroupView = Omit<Group, 'data' | 'infoSeq' | 'lastInfoAt'>;

const viewOf = ({ data: _, infoSeq: _seq, lastInfoAt: _at, ...group }: Group): GroupView => group;

/** A place in a list as text. */
function readNumber(after: string | undefined): number {
  if (after === undefined) return 0;
  if (!/^\d{1,16}$/.test(after)) throw refuse('bad_page', {}, 'after');
  return Number(after);
}

async function groupOf({ apps, groups }: OperationContext, app: number, id: string): Promise<Group> {
  const found = await groups.get(appOf(apps, app).sdkAppId, groupId(id));
  if (found === undefined) throw refuse('group_unknown', { app, group: id }, 'group');
  return found;
}

export const listGroups = operation({
  name: 'groups.list',
  doc: 'The groups of an application in the order of their making, or those whose ids begin like `prefix` in the order of their ids; a page of them.',
  role: 'viewer',
  http: ['GET', '/apps/:app/groups'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      prefix: Type.Optional(
        Type.String({ pattern: '^[ -~]{1,64}$', description: 'what the ids begin with, 1 to 64 of printable ASCII' }),
      ),
      type: Type.Optional(Type.Enum([...groupTypes], { description: `one of ${groupTypes.join(', ')}` })),
      after: Type.Optional(pageField),
      limit: Type.Optional(limitField),
    },
    closed,
  ),
  answer: Type.Object({
    total: Type.Integer({ description: 'Of the whole application, or of the type, whatever the prefix.' }),
    groups: Type.Array(groupView),
    next: Type.Optional(Type.String()),
  }),
  async handle({ apps, groups }, { app, prefix, type, after, limit = 50 }) {
    const { sdkAppId } = appOf(apps, app);
    if (prefix !== undefined) {
      if (after !== undefined && !/^[ -~]{1,64}$/.test(after)) throw refuse('bad_page', {}, 'after');
      const { total } = await groups.list(sdkAppId, { after: 0, limit: 1, ...(type !== undefined && { type }) });
      const ids = await groups.find(sdkAppId, { prefix, after: after ?? '', limit: limit + 1 });
      const shown = ids.slice(0, limit);
      const found = await Promise.all(shown.map((id) => groups.get(sdkAppId, id)));
      const fit = found.flatMap((group) => (group === undefined || (type ?? group.type) !== group.type ? [] : [group]));
      const last = shown.at(-1);
      return { total, groups: fit.map(viewOf), ...(ids.length > limit && last !== undefined && { next: last }) };
    }
    const page = await groups.list(sdkAppId, { after: readNumber(after), limit, ...(type !== undefined && { type }) });
    // One that was dissolved meanwhile is not there any more.
    const found = await Promise.all(page.groupIds.map((id) => groups.get(sdkAppId, id)));
    return {
      total: page.total,
      groups: found.flatMap((group) => (group === undefined ? [] : [viewOf(group)])),
      ...(page.next !== 0 && { next: String(page.next) }),
    };
  },
});

export const getGroup = operation({
  name: 'groups.get',
  doc: 'A group of an application.',
  role: 'viewer',
  http: ['GET', '/apps/:app/groups/:group'],
  input: Type.Object({ app: sdkAppIdField, group: groupField }, closed),
  answer: groupView,
  handle: async (context, { app, group }): Promise<GroupView> => viewOf(await groupOf(context, app, group)),
});

export const groupMembers = operation({
  name: 'groups.members',
  doc: 'The members of a group in the order of their joining, a page of them.',
  role: 'viewer',
  http: ['GET', '/apps/:app/groups/:group/members'],
  input: Type.Object(
    { app: sdkAppIdField, group: groupField, after: Type.Optional(pageField), limit: Type.Optional(limitField) },
    closed,
  ),
  answer: Type.Object({
    total: Type.Integer(),
    members: Type.Array(groupMemberView),
    next: Type.Optional(Type.String()),
  }),
  async handle(context, { app, group, after, limit = 100 }) {
    const { accounts, groups, presence } = context;
    const { groupId: id, memberCount } = await groupOf(context, app, group);
    const { sdkAppId } = appOf(context.apps, app);
    const offset = readNumber(after);
    const found = await groups.members(sdkAppId, id, { offset, limit: limit + 1 });
    const page = found.slice(0, limit);
    const users = page.map(({ userId }) => userId);
    const known = await accounts.find(sdkAppId, users);
    const online = await presence?.devices(sdkAppId, users);
    return {
      total: memberCount,
      members: page.map(({ userId, role, joinedAt, nameCard }) => ({
        userId,
        role,
        joinedAt,
        nameCard,
        nick: known.get(userId)?.nick ?? '',
        online: (online?.get(userId)?.length ?? 0) > 0,
      })),
      ...(found.length > limit && { next: String(offset + limit) }),
    };
  },
});
