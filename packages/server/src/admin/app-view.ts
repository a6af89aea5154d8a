import type { App, AppKey, AppSettings, Apps, KeptApp } from '../ports/apps.ts';
import { refuse } from './refusals.ts';

/** A key as operators see it: `secret` only where it is shown on purpose, else its last characters. */
export interface KeyView {
  readonly id: string;
  /** ms. */
  readonly createdAt: number;
  /** Such as `…9f3c`. */
  readonly masked: string;
  readonly secret?: string;
}

/** An application as operators see it. */
export interface AppView {
  readonly id: number;
  readonly name: string;
  readonly disabled: boolean;
  /** ms; 0 = never. */
  readonly packageExpiresAt: number;
  readonly allowIps: readonly string[];
  readonly allowOrigins: readonly string[];
  readonly disabledCommands: readonly string[];
  readonly admins: readonly string[];
  /** In force. */
  readonly settings: AppSettings;
  /** What was set for this application alone. */
  readonly overrides: Partial<AppSettings>;
  readonly keys: readonly KeyView[];
}

/** A key, with its secret or without. */
export const keyView = ({ id, createdAt, secret }: AppKey, reveal: boolean): KeyView => ({
  id,
  createdAt,
  masked: `…${secret.slice(-4)}`,
  ...(reveal ? { secret } : {}),
});

/** The application; its keys in full where `reveal` is true. */
export function appView(app: App, reveal: boolean): AppView {
  const {
    sdkAppId,
    name,
    disabled,
    packageExpiresAt,
    allowIps,
    allowOrigins,
    disabledCommands,
    admins,
    settings,
    overrides,
    keys,
  } = app;
  return {
    id: sdkAppId,
    name,
    disabled,
    packageExpiresAt,
    allowIps,
    allowOrigins,
    disabledCommands,
    admins,
    settings,
    overrides,
    keys: keys.map((key) => keyView(key, reveal)),
  };
}

/** The application, or a refusal that names the ones there are. */
export function appOf(apps: Apps, id: number): App {
  const app = apps.get(id);
  if (app !== undefined) return app;
  const known = apps.list().map((one) => one.sdkAppId);
  const listed = known.length > 20 ? `${known.slice(0, 20).join(', ')}, …` : known.join(', ');
  throw known.length === 0 ? refuse('app_none', { app: id }) : refuse('app_unknown', { app: id, known: listed });
}

/** Changes an application as it is now, which another node may have changed a moment ago. `change` may refuse. */
export function changeApp(apps: Apps, id: number, change: (app: KeptApp) => KeptApp): Promise<App> {
  return apps.change(appOf(apps, id).sdkAppId, (before) => change(before ?? appOf(apps, id)));
}
