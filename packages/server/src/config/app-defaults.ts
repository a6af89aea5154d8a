import type { AppSettings } from '../ports/apps.ts';
import { declarationOf, type Settings, settingKeys, settingList } from './settings.ts';

/** What holds for an application that has no settings of its own. */
export const appDefaults = (settings: Settings): AppSettings => ({
  maxMembers: settings['calls.maxMembers'],
  multiDevice: settings['calls.multiDevice'],
  glare: settings['calls.glare'],
  unknownCallee: settings['accounts.unknownCallee'],
  groupsRequired: settings['groups.required'],
  groupMembers: settings['groups.maxMembers'],
  groupsJoined: settings['groups.maxJoined'],
  rates: {},
  maxInFlight: settings['limits.maxInFlight'],
});

/** The same when nothing is set at all. */
export const standardAppSettings = appDefaults(
  Object.fromEntries(settingKeys.map((key) => [key, declarationOf(key).default])) as Settings,
);

/** How many accounts each of them can have then. */
export const standardMaxAccounts: number = settingList['limits.accounts'].default;
