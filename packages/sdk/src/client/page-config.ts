import type { ClientOptions } from './client-options.ts';

/** What the original interfaces have no place for; see `TUICallEngine.configure`. */
export type PageConfig = Pick<
  ClientOptions,
  'server' | 'getUserSig' | 'media' | 'platform' | 'deviceId' | 'WebSocket' | 'timers' | 'iceTransportPolicy'
>;

let config: PageConfig = {};

/** Sets what is given; the rest stays. */
export const configurePage = (change: PageConfig): void => {
  config = { ...config, ...change };
};

/** For clients of this page that are shared. */
export const pageConfig = (): PageConfig => config;
