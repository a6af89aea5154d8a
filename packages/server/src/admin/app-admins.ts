import { Refusal, userId } from 'ringback-protocol';
import { Type } from 'typebox';
import { type AppView, appOf, appView } from './app-view.ts';
import { sdkAppIdField, userIdField } from './fields.ts';
import { operation } from './operation.ts';

/** Administrators that an application can have. */
const maxAdmins = 10;

const input = Type.Object({ id: sdkAppIdField, user: userIdField }, { additionalProperties: false });

export const addAdmin = operation({
  name: 'app.addAdmin',
  doc: 'Makes an account an administrator of an application, who may call the REST API. At most 10.',
  role: 'owner',
  http: ['PUT', '/apps/:id/admins/:user'],
  input,
  async handle({ apps, accounts }, { id, user }): Promise<AppView> {
    const app = appOf(apps, id);
    // What is so already is no error.
    if (app.admins.includes(user)) return appView(app, false);
    if (app.admins.length >= maxAdmins) {
      const rule = `Application ${id} has ${maxAdmins} administrators, the most there can be. Remove one first.`;
      throw new Refusal('bad_params', rule, 'user');
    }
    await accounts.ensure(app.sdkAppId, userId(user));
    const changed = { ...app, admins: [...app.admins, user] };
    await apps.save(changed);
    return appView(changed, false);
  },
});

export const removeAdmin = operation({
  name: 'app.removeAdmin',
  doc: 'Takes the right to call the REST API away from an account, at once. The account and the last administrator stay.',
  role: 'owner',
  http: ['DELETE', '/apps/:id/admins/:user'],
  input,
  async handle({ apps }, { id, user }): Promise<AppView> {
    const app = appOf(apps, id);
    const admins = app.admins.filter((one) => one !== user);
    if (admins.length === app.admins.length) {
      const rule = `${user} is no administrator of application ${id}. They are ${app.admins.join(', ')}.`;
      throw new Refusal('bad_params', rule, 'user');
    }
    if (admins.length === 0) {
      const rule = `${user} is the only administrator of application ${id}. Add another first (\`ringback app add-admin ${id}\`).`;
      throw new Refusal('bad_params', rule, 'user');
    }
    const changed = { ...app, admins };
    await apps.save(changed);
    return appView(changed, false);
  },
});
