import { describe, expect, it } from 'vitest';
import { type ConsoleHouse, go, type Role, settled } from '../support/console-house.ts';

/** Page, its heading, and the buttons that a viewer, an operator and an owner have there beyond those of the role before. */
const pages: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
  ['apps', 'Applications', [], ['New application']],
  ['app?id=1400000001', 'Development', [], ['Add key', 'Edit Limits', 'Disable']],
  ['webhooks', 'Webhooks', ['Replay over all'], ['New endpoint']],
  ['endpoint?id=orders', 'orders', ['Pause', 'Send a test event'], ['Edit', 'New secret']],
  ['push', 'Push', [], ['New provider']],
  ['users?find=guest-0', 'Users', ['Sign out'], ['Import users', 'Remove']],
  ['user?id=guest-00', 'Guest 0', ['Sign out'], ['Edit', 'Remove']],
  ['operators', 'Operators', [], ['Invite']],
];

const readable = {
  '': 'Overview',
  calls: 'Calls',
  requests: 'Requests',
  groups: 'Groups',
  'group?id=room-00': 'Room 0',
  errors: 'Error codes',
};

/** What each role sees and may do, on every page. */
export function rolesSuite(here: () => ConsoleHouse): void {
  describe('a role', { timeout: 180_000 }, () => {
    for (const [name, role] of [
      ['vic', 'viewer'],
      ['olga', 'operator'],
      ['anna', 'owner'],
    ] as const satisfies readonly (readonly [string, Role])[]) {
      it(`of ${role} reads everything and has the buttons for what it may do, no other`, {
        timeout: 180_000,
      }, async () => {
        const page = await here().visit(name, role, 'apps');
        const wrong: string[] = [];
        for (const [path, title, operators, owners] of pages) {
          await go(page, path);
          await settled(page, title);
          const has = async (button: string) =>
            (await page.locator('main').getByRole('button', { name: button, exact: true }).count()) > 0;
          for (const button of operators)
            if ((await has(button)) !== (role !== 'viewer')) wrong.push(`${path}: ${button}`);
          for (const button of owners) if ((await has(button)) !== (role === 'owner')) wrong.push(`${path}: ${button}`);
        }
        for (const [path, title] of Object.entries(readable)) {
          await go(page, path);
          await settled(page, title);
          if ((await page.locator('main .notice.bad').count()) > 0) wrong.push(`${path}: a refusal`);
        }
        for (const path of ['audit', 'tokens']) {
          await go(page, path);
          if (role === 'viewer') await page.getByText('Your role may not do this.').waitFor();
          else await settled(page, path === 'audit' ? 'Audit log' : 'API tokens');
        }
        expect(wrong).toEqual([]);
        await here().leave(page);
      });
    }
  });
}
