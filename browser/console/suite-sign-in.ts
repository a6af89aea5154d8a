import { describe, expect, it } from 'vitest';
import { type ConsoleHouse, password, seriousFaults, settled } from '../support/console-house.ts';

/** Getting in, and out. */
export function signInSuite(here: () => ConsoleHouse): void {
  describe('signing in to the console', { timeout: 180_000 }, () => {
    it('by a link: refuses a short password beside its field, takes a good one, and the link is used up', async () => {
      const house = here();
      const page = await house.window();
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).origin));
      const link = await house.link('anna');
      await page.goto(link);
      await page.getByRole('heading', { name: 'Welcome, anna' }).waitFor();
      await page.getByLabel('New password').fill('short');
      await page.getByRole('button', { name: 'Set password and sign in' }).click();
      const field = page.getByLabel('New password');
      await page.locator('[aria-invalid="true"]').waitFor();
      expect(await page.getByRole('alert').textContent()).toContain('password must have');
      await field.fill(password);
      await page.getByRole('button', { name: 'Set password and sign in' }).click();
      await page.getByRole('navigation', { name: 'Menu' }).waitFor();
      expect(page.url()).not.toContain('link=');
      expect([...new Set(asked)]).toEqual([house.url]);

      const other = await house.window();
      await other.goto(link);
      await other.getByRole('heading', { name: 'This link is used up' }).waitFor();
      await other.getByRole('button', { name: 'Sign in' }).click();
      await other.getByLabel('Name').fill('anna');
      await other.getByLabel('Password').fill('wrong horse');
      await other.getByRole('button', { name: 'Sign in' }).click();
      expect(await other.getByRole('alert').textContent()).toBe('Name or password is wrong.');
      await other.getByLabel('Password').fill(password);
      await other.getByRole('button', { name: 'Sign in' }).click();
      await other.getByRole('navigation', { name: 'Menu' }).waitFor();
      await house.leave(page, other);
    });

    it('ends with signing out, and a page deep inside asks for it again', async () => {
      const house = here();
      const page = await house.visit('anna', 'owner', 'apps', { fresh: true });
      await page.getByRole('heading', { name: 'Applications' }).waitFor();
      await page.locator('#side').getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await house.leave(page);
    });

    it('is asked for when the session ends under an open page, which then goes on where it was, nothing lost', async () => {
      const house = here();
      const page = await house.visit('sam', 'owner', 'users?find=guest-', { fresh: true });
      await settled(page, 'Users');
      await page.getByRole('button', { name: 'Show more' }).click();
      await expect.poll(() => page.getByRole('row').count()).toBe(61);
      await page.getByRole('button', { name: 'Import users' }).click();
      await page.getByLabel('User IDs').fill('half a thought');
      // Signed out elsewhere: a new password signs all other browsers out.
      const other = await house.visit('sam', 'owner', 'apps', { fresh: true });
      const { csrf } = (await (await other.request.get('/admin/session')).json()) as { readonly csrf: string };
      const changed = await other.request.post('/admin/password', {
        headers: { 'x-csrf-token': csrf },
        data: { old: password, password: 'a newer horse' },
      });
      expect(changed.ok()).toBe(true);
      await house.leave(other);

      await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
      const gate = page.getByRole('dialog', { name: 'Sign in' });
      await gate.getByText('Your session has ended.').waitFor();
      // Nothing of the page is to be seen or reached meanwhile, and no key leads past the sign-in.
      expect(await page.getByRole('heading', { level: 1, name: 'Users' }).isVisible()).toBe(false);
      await page.keyboard.press('Escape');
      await page.keyboard.press('Escape');
      expect(await seriousFaults(page)).toEqual([]);
      await gate.getByLabel('Name').fill('sam');
      await gate.getByLabel('Password').fill(password);
      await gate.getByRole('button', { name: 'Sign in' }).click();
      await gate.getByText('Name or password is wrong.').waitFor();
      await gate.getByLabel('Password').fill('a newer horse');
      await gate.getByRole('button', { name: 'Sign in' }).click();
      await gate.waitFor({ state: 'detached' });
      expect(page.url()).toContain('/console/users?');
      expect(await page.getByLabel('User IDs').inputValue()).toBe('half a thought');
      await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
      await page.getByText('1 accounts are there.').waitFor();
      await house.leave(page);
    });

    it('of another window of the same browser holds for this one, which goes on changing things', async () => {
      const house = here();
      const page = await house.visit('sam', 'owner', 'users', { fresh: true });
      await settled(page, 'Users');
      const signIn = async (name: string) => {
        await other.locator('#side').getByRole('button', { name: 'Sign out' }).click();
        await other.getByLabel('Name').fill(name);
        await other.getByLabel('Password').fill(password);
        await other.getByRole('button', { name: 'Sign in' }).click();
        await other.getByRole('navigation', { name: 'Menu' }).waitFor();
      };
      await house.visit('vic', 'viewer', 'apps').then((made) => house.leave(made));
      const other = await page.context().newPage();
      await other.goto('/console/apps');
      await page.getByRole('button', { name: 'Import users' }).click();
      await page.getByLabel('User IDs').fill('windowed');
      await signIn('sam');
      const sent: string[] = [];
      page.on('request', (request) => {
        if (request.method() === 'POST') sent.push(new URL(request.url()).pathname);
      });
      await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
      await page.getByText('1 accounts are there.').waitFor();
      // Refused, and once more; what it took over serves the next.
      expect(sent).toHaveLength(2);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Import users' }).click();
      await page.getByLabel('User IDs').fill('half a thought');
      await signIn('vic');
      // Nothing is done in the name of somebody else.
      await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
      const gate = page.getByRole('dialog', { name: 'Sign in' });
      await gate.getByText('Your session has ended.').waitFor();
      expect(sent).toHaveLength(3);
      await gate.getByLabel('Name').fill('sam');
      await gate.getByLabel('Password').fill(password);
      await gate.getByRole('button', { name: 'Sign in' }).click();
      await gate.waitFor({ state: 'detached' });
      expect(await page.getByLabel('User IDs').inputValue()).toBe('half a thought');
      await page.getByRole('dialog').getByRole('button', { name: 'Import' }).click();
      await page.getByText('1 accounts are there.').last().waitFor();
      await house.leave(page);
    });

    it('shows nothing of the page of one to another who signs in over it', async () => {
      const house = here();
      const page = await house.visit('sam', 'owner', 'apps', { fresh: true });
      await page.getByRole('button', { name: 'New application' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('Secret plan');
      await page.context().clearCookies();
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
      const gate = page.getByRole('dialog', { name: 'Sign in' });
      await house.visit('vic', 'viewer', 'apps').then((made) => house.leave(made));
      await gate.getByLabel('Name').fill('vic');
      await gate.getByLabel('Password').fill(password);
      await gate.getByRole('button', { name: 'Sign in' }).click();
      await gate.waitFor({ state: 'detached' });
      await settled(page, 'Applications');
      expect(await page.locator('dialog').count()).toBe(0);
      await page.getByText('vic').first().waitFor();
      expect(await page.content()).not.toContain('Secret plan');
      await house.leave(page);
    });

    it('changes the password; a wrong old one is told at its field', async () => {
      const house = here();
      const page = await house.visit('pat', 'viewer', 'apps', { fresh: true });
      await page.getByRole('button', { name: 'Password' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Current password').fill('wrong horse');
      await dialog.getByLabel('New password').fill('another horse');
      await dialog.getByRole('button', { name: 'Save' }).click();
      expect((await dialog.getByRole('alert').textContent())?.trim()).toBe('The current password is wrong.');
      await dialog.getByLabel('Current password').fill(password);
      await dialog.getByLabel('New password').fill('short one');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByText('password must have').waitFor();
      await dialog.getByLabel('New password').fill('another horse');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Password changed.').waitFor();
      await house.leave(page);
    });

    it('speaks the language of the browser, and another one when it is chosen', async () => {
      const house = here();
      const page = await house.visit('anna', 'owner', 'apps', { locale: 'ko-KR' });
      await page.getByRole('heading', { name: '애플리케이션' }).waitFor();
      expect(await page.evaluate('document.documentElement.lang')).toBe('ko');
      await page.getByLabel('언어').selectOption('zh');
      await page.getByRole('heading', { name: '应用' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: '应用' }).waitFor();
      await house.leave(page);
    });
  });
}
