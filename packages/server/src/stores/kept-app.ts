import type { SdkAppId } from 'ringback-protocol';
import type { App, AppSettings, KeptApp } from '../ports/apps.ts';
import type { Secrets } from './secrets.ts';

const placeOf = (sdkAppId: SdkAppId): string => `apps/${sdkAppId}`;

/** An application as it is in force: its own settings over those of the server. */
export const appInForce = (app: KeptApp, defaults: AppSettings): App => ({
  ...app,
  settings: { ...defaults, ...app.overrides },
});

/** The text in which an application is kept. */
export function appText({ sdkAppId, settings: _, ...config }: KeptApp & Partial<App>, secrets: Secrets): string {
  return secrets.seal(placeOf(sdkAppId), JSON.stringify(config));
}

/** An application from the text in which it is kept. Throws a sentence for the operator where its key is not given. */
export function keptApp(sdkAppId: SdkAppId, config: string, secrets: Secrets): KeptApp {
  // Without overrides it was written when applications got a copy of the server's settings. Nobody had chosen that copy
  // for the application, and nobody could change it: it is left aside.
  return {
    overrides: {},
    allowOrigins: [],
    ...(JSON.parse(secrets.open(placeOf(sdkAppId), config)) as Omit<App, 'overrides' | 'allowOrigins'>),
    sdkAppId,
  };
}
