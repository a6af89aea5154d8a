import { type SdkAppId, type UserId, userId } from 'ringback-protocol';
import { Type } from 'typebox';
import type { Account, ListedAccount } from '../ports/accounts.ts';
import { userDetails, userView } from './answers/user.ts';
import { appOf } from './app-view.ts';
import { limitField, sdkAppIdField, userIdField } from './fields.ts';
import { causeOf, type OperationContext, operation } from './operation.ts';
import { codedIfFull, refuse } from './refusals.ts';

const closed = { additionalProperties: false } as const;
const one = Type.Object({ app: sdkAppIdField, user: userIdField }, closed);

const profileForm = 'text of at most 500 bytes';
const profileField = Type.String({ maxLength: 500, description: profileForm });

const import500 = 500;

/** Accounts that are looked through in one go for those who are online, and in one request. */
const lookedAt = 500;
const lookedThrough = 2500;

/** An account with the devices that are signed in. */
export interface UserView {
  readonly userId: UserId;
  readonly nick: string;
  readonly avatar: string;
  /** ms; 0 where it is not known. */
  readonly createdAt: number;
  /** ms; signatures from before this are void. 0 = never. */
  readonly kickedAt: number;
  readonly devices: readonly { readonly device: string; readonly platform: string; readonly since: number }[];
}

async function viewsOf(
  { presence }: OperationContext,
  app: Parameters<NonNullable<OperationContext['presence']>['devices']>[0],
  accounts: readonly (Account & Partial<ListedAccount>)[],
): Promise<readonly UserView[]> {
  const devices = await presence?.devices(
    app,
    accounts.map((account) => account.userId),
  );
  return accounts.map(({ userId: id, nick, avatar, revokedAt, createdAt = 0 }) => ({
    userId: id,
    nick,
    avatar,
    createdAt,
    kickedAt: revokedAt * 1000,
    devices: (devices?.get(id) ?? []).map(({ device, platform, since }) => ({ device, platform, since })),
  }));
}

/** The account as it is listed; rejects when there is none. */
async function accountOf({ accounts, apps }: OperationContext, app: number, user: string): Promise<ListedAccount> {
  const { sdkAppId } = appOf(apps, app);
  const [found] = await accounts.list(sdkAppId, { prefix: user, after: '', limit: 1 });
  if (found?.userId !== user) throw refuse('user_unknown', { app, user }, 'user');
  return found;
}

export const listUsers = operation({
  name: 'users.list',
  doc: 'The users of an application in the order of their ids, a page of them, with the devices that are signed in.',
  role: 'viewer',
  http: ['GET', '/apps/:app/users'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      prefix: Type.Optional(
        Type.String({ pattern: '^[ -~]{0,32}$', description: 'what the ids begin with, printable ASCII' }),
      ),
      online: Type.Optional(
        Type.Boolean({
          description:
            'true or false; true: only those who are signed in on a device. A page may then have fewer than `limit`, or none, and a `next`',
        }),
      ),
      after: Type.Optional(userIdField),
      limit: Type.Optional(limitField),
    },
    closed,
  ),
  answer: Type.Object({ users: Type.Array(userView), next: Type.Optional(Type.String()) }),
  async handle(context, { app, prefix = '', online = false, after = '', limit = 50 }) {
    const { sdkAppId } = appOf(context.apps, app);
    if (online) {
      const search = searching.then(() => lookForOnline(context, sdkAppId, { prefix, after, limit }));
      searching = search.catch(() => {});
      return search;
    }
    const found = await context.accounts.list(sdkAppId, { prefix, after, limit: limit + 1 });
    const users = await viewsOf(context, sdkAppId, found.slice(0, limit));
    const last = users.at(-1);
    return { users, ...(found.length > limit && last !== undefined && { next: last.userId }) };
  },
});

/** Searches for those who are online, one after the other: each asks presence of many accounts. */
let searching: Promise<unknown> = Promise.resolve();

/** Looks through a bounded number of accounts, so that no request takes long where few of many are online. */
async function lookForOnline(
  context: OperationContext,
  app: SdkAppId,
  asked: { readonly prefix: string; readonly after: string; readonly limit: number },
): Promise<{ readonly users: readonly UserView[]; readonly next?: UserId }> {
  const users: UserView[] = [];
  let { after } = asked;
  for (let seen = 0; seen < lookedThrough; seen += lookedAt) {
    const found = await context.accounts.list(app, { ...asked, after, limit: lookedAt });
    for (const user of await viewsOf(context, app, found)) {
      if (user.devices.length === 0) continue;
      // There is one more than fits: the next page begins behind the last of this.
      const last = users.at(-1);
      if (users.length === asked.limit && last !== undefined) return { users, next: last.userId };
      users.push(user);
    }
    const last = found.at(-1);
    if (found.length < lookedAt || last === undefined) return { users };
    after = last.userId;
  }
  return { users, next: userId(after) };
}

export const getUser = operation({
  name: 'users.get',
  doc: 'A user: profile, groups, devices, and the call that the user is in.',
  role: 'viewer',
  http: ['GET', '/apps/:app/users/:user'],
  input: one,
  answer: userDetails,
  async handle(context, { app, user }) {
    const account = await accountOf(context, app, user);
    const { sdkAppId, admins } = appOf(context.apps, app);
    const [view] = await viewsOf(context, sdkAppId, [account]);
    const joined = await context.groups.joined(sdkAppId, account.userId);
    const seat = await context.store.seatOf(sdkAppId, account.userId);
    return {
      ...(view as UserView),
      items: await context.accounts.items(sdkAppId, account.userId),
      groups: joined.map(({ group, member }) => ({
        groupId: group.groupId,
        name: group.name,
        type: group.type,
        role: member.role,
      })),
      callId: seat?.callId ?? '',
      admin: admins.includes(user),
    };
  },
});

export const importUsers = operation({
  name: 'users.import',
  doc: 'Makes users, or changes those that are there: at most 500 at once. Says of each id that is not valid why.',
  role: 'owner',
  http: ['POST', '/apps/:app/users'],
  beside: true,
  // Names and pictures as long as they may be, also where all that is not ASCII is written as \uXXXX.
  bodyBytes: 2_097_152,
  input: Type.Object(
    {
      app: sdkAppIdField,
      users: Type.Array(
        Type.Object(
          { userId: Type.String(), nick: Type.Optional(Type.String()), avatar: Type.Optional(Type.String()) },
          closed,
        ),
        { minItems: 1, maxItems: import500, description: `a list of 1 to ${import500} users: userId, nick, avatar` },
      ),
    },
    closed,
  ),
  answer: Type.Object({
    made: Type.Integer(),
    changed: Type.Integer({ description: 'Those that were there already.' }),
    refused: Type.Array(
      Type.Object({ userId: Type.String(), code: Type.String({ description: 'user_id, profile, twice' }) }),
    ),
  }),
  async handle({ apps, accounts }, { app, users }) {
    const { sdkAppId } = appOf(apps, app);
    const refused: { userId: string; code: string }[] = [];
    const wanted = new Map<string, (typeof users)[number]>();
    for (const user of users) {
      if (!/^[ -~]{1,32}$/.test(user.userId)) refused.push({ userId: user.userId.slice(0, 64), code: 'user_id' });
      else if (tooLong(user.nick) || tooLong(user.avatar)) refused.push({ userId: user.userId, code: 'profile' });
      else if (wanted.has(user.userId)) refused.push({ userId: user.userId, code: 'twice' });
      else wanted.set(user.userId, user);
    }
    const known = await accounts.find(sdkAppId, [...wanted.keys()].map(userId));
    await Promise.all(
      [...wanted.values()].map(({ userId: id, nick, avatar }) =>
        accounts.save(sdkAppId, userId(id), {
          ...(nick !== undefined && { nick }),
          ...(avatar !== undefined && { avatar }),
        }),
      ),
    ).catch((error: unknown) => {
      throw codedIfFull(error, app);
    });
    return { made: wanted.size - known.size, changed: known.size, refused };
  },
});

/** Bytes that a name or the address of a picture may have. */
const tooLong = (text: string | undefined): boolean => text !== undefined && Buffer.byteLength(text) > 500;

export const changeUser = operation({
  name: 'users.change',
  doc: 'Changes the name or the picture of a user.',
  role: 'owner',
  http: ['PATCH', '/apps/:app/users/:user'],
  input: Type.Object(
    { app: sdkAppIdField, user: userIdField, nick: Type.Optional(profileField), avatar: Type.Optional(profileField) },
    closed,
  ),
  answer: userView,
  async handle(context, { app, user, nick, avatar }) {
    for (const [field, text] of Object.entries({ nick, avatar })) {
      if (tooLong(text)) throw refuse('field_form', { field, form: profileForm }, field);
    }
    const account = await accountOf(context, app, user);
    const { sdkAppId } = appOf(context.apps, app);
    const change = { ...(nick !== undefined && { nick }), ...(avatar !== undefined && { avatar }) };
    const changed = await context.accounts.change(sdkAppId, account.userId, () => change);
    if (changed === undefined) throw refuse('user_unknown', { app, user }, 'user');
    const [view] = await viewsOf(context, sdkAppId, [{ ...changed, createdAt: account.createdAt }]);
    return view as UserView;
  },
});

export const kickUser = operation({
  name: 'users.kick',
  doc: 'Signs a user out everywhere and takes the user out of the call; signatures made so far are void.',
  role: 'operator',
  http: ['POST', '/apps/:app/users/:user/kick'],
  input: one,
  answer: Type.Object({ userId: Type.String() }),
  async handle(context, { app, user }, actor) {
    const { removal } = context;
    if (removal === undefined) throw refuse('server_needed');
    const account = await accountOf(context, app, user);
    await removal.kick(appOf(context.apps, app), account.userId, causeOf(actor));
    return { userId: account.userId };
  },
});

export const deleteUser = operation({
  name: 'users.delete',
  doc: 'Deletes a user for good, with profile and places in groups. Records of calls stay.',
  role: 'owner',
  http: ['DELETE', '/apps/:app/users/:user'],
  input: one,
  answer: Type.Object({ userId: Type.String() }),
  async handle(context, { app, user }, actor) {
    const { removal } = context;
    if (removal === undefined) throw refuse('server_needed');
    const account = await accountOf(context, app, user);
    const kept = appOf(context.apps, app);
    if (kept.admins.includes(user)) throw refuse('user_is_admin', { app, user }, 'user');
    await removal.remove(kept, account.userId, causeOf(actor));
    return { userId: account.userId };
  },
});
