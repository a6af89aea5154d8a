import { describe, expect, it } from 'vitest';
import { type ConsoleHouse, password } from '../support/console-house.ts';

/** Getting in, and out. */
export function signInSuite(here: () => ConsoleHouse): void {
  describe('signing in to the console', { timeout: 180_000 }, () => {
    it('by a link: refuses a short password beside its field, takes a good one, and the link is used up', async () => {
      const house = here();
      const page = await (await house.context()).newPage();
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

      const other = await (await house.context()).newPage();
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
      await Promise.all([page.context().close(), other.context().close()]);
    });

    it('ends with signing out, and a page deep inside asks for it again', async () => {
      const house = here();
      const page = await house.visit('anna', 'owner', 'apps', { fresh: true });
      await page.getByRole('heading', { name: 'Applications' }).waitFor();
      await page.locator('#side').getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      await page.context().close();
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
      await page.context().close();
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
      await page.context().close();
    });
  });
}
