import type { Role } from '../lib/api.ts';
import type { Texts } from '../texts/texts.ts';
import type { IconName } from './icon.tsx';

interface Listed {
  readonly page: string;
  readonly name: keyof Texts;
  readonly icon: IconName;
  readonly role?: Role;
  /** The key that goes there after `g`. */
  readonly key: string;
}

/** The navigation, in its order. */
export const navigation: readonly { readonly title?: keyof Texts; readonly pages: readonly Listed[] }[] = [
  {
    pages: [
      { page: '', name: 'overview', icon: 'overview', key: 'o' },
      { page: 'calls', name: 'calls', icon: 'calls', key: 'c' },
      { page: 'requests', name: 'requests', icon: 'explorer', key: 'q' },
    ],
  },
  {
    title: 'navManage',
    pages: [
      { page: 'apps', name: 'apps', icon: 'apps', key: 'a' },
      { page: 'webhooks', name: 'webhooks', icon: 'webhooks', key: 'w' },
      { page: 'push', name: 'push', icon: 'push', key: 'h' },
      { page: 'users', name: 'users', icon: 'users', key: 'u' },
      { page: 'groups', name: 'groups', icon: 'groups', key: 'g' },
    ],
  },
  {
    title: 'navTools',
    pages: [
      { page: 'try', name: 'tryCall', icon: 'tryout', key: 't' },
      { page: 'usersig', name: 'userSig', icon: 'key', key: 's' },
      { page: 'explorer', name: 'explorer', icon: 'explorer', key: 'e' },
      { page: 'errors', name: 'errorCodes', icon: 'errors', key: 'r' },
    ],
  },
  {
    title: 'navAccess',
    pages: [
      { page: 'operators', name: 'operators', icon: 'operators', key: 'p' },
      { page: 'tokens', name: 'tokens', icon: 'token', key: 'k', role: 'operator' },
      { page: 'audit', name: 'audit', icon: 'audit', key: 'l', role: 'operator' },
    ],
  },
];
