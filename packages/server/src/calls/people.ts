import type { Person } from 'ringback-engine';
import { groupId, Refusal, type SdkAppId, type UserId } from 'ringback-protocol';
import type { Account, Accounts } from '../ports/accounts.ts';
import type { App } from '../ports/apps.ts';
import type { Groups } from '../ports/groups.ts';
import type { InviteResult } from './requests.ts';

/** `CallResult[].ResultCode` of an account that does not exist. */
const noSuchAccount = 70107;

/** Whose groups and accounts a call asks for. */
export interface PeopleOptions {
  readonly accounts: Accounts;
  readonly groups: Pick<Groups, 'get' | 'membersAmong'>;
}

/** Who is to be called: which of them exist, and whether they belong to the call's group. */
export class People {
  readonly #options: PeopleOptions;

  constructor(options: PeopleOptions) {
    this.#options = options;
  }

  /**
   * Whether a call with a group is one of a group that this server keeps; only its members may start one. A group that it does
   * not know is a label, unless the application wants known ones only.
   */
  async callsOf(app: App, group: string, caller: UserId): Promise<boolean> {
    if (await this.isMember(app.sdkAppId, group, caller)) return true;
    if ((await this.#options.groups.get(app.sdkAppId, groupId(group))) !== undefined) {
      throw new Refusal('bad_params', `The caller ${caller} must be a member of the group ChatGroupId`, 'chatGroupId');
    }
    if (app.settings.groupsRequired) {
      throw new Refusal('bad_params', 'ChatGroupId must be the id of a group of the application', 'chatGroupId');
    }
    return false;
  }

  /** Whether a user is a member of a group that this server keeps. */
  async isMember(app: SdkAppId, group: string, userId: UserId): Promise<boolean> {
    return (await this.#options.groups.membersAmong(app, groupId(group), [userId])).has(userId);
  }

  /** Which of `callees` exist, made now where the application rings strangers; and the accounts of `others`. */
  async lookUp(
    app: App,
    callees: readonly UserId[],
    others: readonly UserId[],
  ): Promise<{ accounts: ReadonlyMap<UserId, Account>; results: readonly InviteResult[] }> {
    const { accounts } = this.#options;
    const asked = accounts.find(app.sdkAppId, [...others, ...callees]);
    const found = asked instanceof Promise ? await asked : asked;
    if (callees.every((userId) => found.has(userId))) {
      return { accounts: found, results: callees.map((userId) => ({ userId, code: 0 })) };
    }
    const all = new Map(found);
    if (app.settings.unknownCallee === 'ring') {
      const strangers = callees.filter((userId) => !all.has(userId));
      // At once, so that they share a flush: the others ring no later for them.
      const made = await Promise.all(strangers.map((userId) => accounts.ensure(app.sdkAppId, userId).catch(ifFull)));
      for (const account of made) if (!(account instanceof Refusal)) all.set(account.userId, account);
      const full = made.find((account) => account instanceof Refusal);
      // Those for whom there is no room do not exist; who is left is rung.
      if (full !== undefined && !callees.some((userId) => all.has(userId))) throw full;
    }
    return {
      accounts: all,
      results: callees.map((userId) => ({ userId, code: all.has(userId) ? 0 : noSuchAccount })),
    };
  }
}

/** That there is no room for another account is a matter of that one callee. */
function ifFull(error: unknown): Refusal {
  if (error instanceof Refusal && error.reason === 'accounts_too_many') return error;
  throw error;
}

/** A user as the engine sees one: what is shown of the account, and the seat in a call. */
export const personOf = (userId: UserId, account: Account | undefined, seat: Person['seat']): Person => ({
  userId,
  nick: account?.nick ?? '',
  avatar: account?.avatar ?? '',
  seat,
});
