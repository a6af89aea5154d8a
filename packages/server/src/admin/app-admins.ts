import { userId } from 'ringback-protocol';
import { Type } from 'typebox';
import type { KeptApp } from '../ports/apps.ts';
import { appAnswer } from './answers/app.ts';
import { type AppView, appOf, appView, changeApp } from './app-view.ts';
import { sdkAppIdField, userIdField } from './fields.ts';
import { operation } from './operation.ts';
import { codedIfFull, refuse } from './refusals.ts';

/** Administrators that an application can have. */
const maxAdmins = 10;

const input = Type.Object({ id: sdkAppIdField, user: userIdField }, { additionalProperties: false });

export const addAdmin = operation({
  name: 'app.addAdmin',
  doc: 'Makes an account an administrator of an application, who may call the REST API. At most 10.',
  role: 'owner',
  http: ['PUT', '/apps/:id/admins/:user'],
  input,
  answer: appAnswer,
  async handle({ apps, accounts }, { id, user }): Promise<AppView> {
    const added = (app: KeptApp): KeptApp => {
      // What is so already is no error.
      if (app.admins.includes(user)) return app;
      if (app.admins.length >= maxAdmins) throw refuse('admins_too_many', { app: id, most: maxAdmins }, 'user');
      return { ...app, admins: [...app.admins, user] };
    };
    // Nobody gets an account in vain.
    const { sdkAppId } = added(appOf(apps, id));
    await accounts.ensure(sdkAppId, userId(user)).catch((error: unknown) => {
      throw codedIfFull(error, id);
    });
    return appView(await changeApp(apps, id, added), false);
  },
});

export const removeAdmin = operation({
  name: 'app.removeAdmin',
  doc: 'Takes the right to call the REST API away from an account, at once. The account and the last administrator stay.',
  role: 'owner',
  http: ['DELETE', '/apps/:id/admins/:user'],
  input,
  answer: appAnswer,
  async handle({ apps }, { id, user }): Promise<AppView> {
    const changed = await changeApp(apps, id, (app) => {
      const admins = app.admins.filter((one) => one !== user);
      if (admins.length === app.admins.length) {
        throw refuse('admin_unknown', { app: id, user, known: app.admins.join(', ') }, 'user');
      }
      if (admins.length === 0) throw refuse('admin_last', { app: id, user }, 'user');
      return { ...app, admins };
    });
    return appView(changed, false);
  },
});
