import { Type } from 'typebox';
import { isOriginRule } from '../auth/origin-rules.ts';
import { appAnswer } from './answers/app.ts';
import { type AppView, appView, changeApp } from './app-view.ts';
import { sdkAppIdField } from './fields.ts';
import { operation } from './operation.ts';
import { refuse } from './refusals.ts';

/** Origins that an application can list. */
const maxOrigins = 100;

const form = 'the origin of a page, such as https://app.example.com or https://*.example.com';

const input = Type.Object(
  {
    id: sdkAppIdField,
    origin: Type.String({
      minLength: 1,
      maxLength: 256,
      description: form,
    }),
  },
  { additionalProperties: false },
);

export const allowOrigin = operation({
  name: 'app.allowOrigin',
  doc: 'Lets pages of an origin sign devices in. As long as none is listed, pages may come from anywhere.',
  role: 'owner',
  http: ['POST', '/apps/:id/origins'],
  input,
  answer: appAnswer,
  async handle({ apps }, { id, origin: given }): Promise<AppView> {
    // As browsers write it; people like to end it with a slash.
    const origin = given.toLowerCase().replace(/\/$/, '');
    if (!isOriginRule(origin)) {
      throw refuse('origin_form', { form }, 'origin');
    }
    const changed = await changeApp(apps, id, (app) => {
      if (app.allowOrigins.includes(origin)) return app;
      if (app.allowOrigins.length >= maxOrigins) {
        throw refuse('origins_too_many', { app: id, most: maxOrigins }, 'origin');
      }
      return { ...app, allowOrigins: [...app.allowOrigins, origin] };
    });
    return appView(changed, false);
  },
});

export const removeOrigin = operation({
  name: 'app.removeOrigin',
  doc: 'Takes an origin off the list. Devices that are signed in stay. With the last one gone, pages may come from anywhere.',
  role: 'owner',
  http: ['DELETE', '/apps/:id/origins'],
  input,
  answer: appAnswer,
  async handle({ apps }, { id, origin: given }): Promise<AppView> {
    const origin = given.toLowerCase().replace(/\/$/, '');
    const changed = await changeApp(apps, id, (app) => {
      const allowOrigins = app.allowOrigins.filter((one) => one !== origin);
      if (allowOrigins.length === app.allowOrigins.length) {
        const known = app.allowOrigins.length === 0 ? 'none' : app.allowOrigins.join(', ');
        throw refuse('origin_unknown', { app: id, origin, known }, 'origin');
      }
      return { ...app, allowOrigins };
    });
    return appView(changed, false);
  },
});
