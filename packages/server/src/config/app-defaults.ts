import type { AppSettings } from '../ports/apps.ts';
import type { Settings } from './settings.ts';

/** What a new application starts with. */
export const appDefaults = (settings: Settings): AppSettings => ({
  maxMembers: settings['calls.maxMembers'],
  multiDevice: settings['calls.multiDevice'],
  glare: settings['calls.glare'],
  unknownCallee: settings['accounts.unknownCallee'],
  rates: {},
  maxInFlight: settings['limits.maxInFlight'],
});
