import type { SdkAppId } from 'ringback-protocol';
import type { App, AppSettings, KeptApp } from '../ports/apps.ts';

/** An application as it is in force: its own settings over those of the server. */
export const appInForce = (app: KeptApp, defaults: AppSettings): App => ({
  ...app,
  settings: { ...defaults, ...app.overrides },
});

/** The text in which an application is kept. */
export function appText({ sdkAppId: _, settings: __, ...config }: App): string {
  return JSON.stringify(config);
}

/** An application from the text in which it is kept. */
export function keptApp(sdkAppId: SdkAppId, config: string): KeptApp {
  // Without overrides it was written when applications got a copy of the server's settings. Nobody had chosen that copy
  // for the application, and nobody could change it: it is left aside.
  return {
    overrides: {},
    allowOrigins: [],
    ...(JSON.parse(config) as Omit<App, 'overrides' | 'allowOrigins'>),
    sdkAppId,
  };
}
