import { sdkAppId } from 'ringback-protocol';
import type { App } from '../../src/ports/apps.ts';

/** An application as `ringback app create` makes it, with what a test wants otherwise. */
export const testApp = (change: Partial<App> = {}): App => ({
  sdkAppId: sdkAppId(1400000001),
  name: 'test',
  keys: [{ id: 'k1', secret: 'a-secret-of-the-tests', createdAt: 0 }],
  disabled: false,
  packageExpiresAt: 0,
  allowIps: [],
  allowOrigins: [],
  disabledCommands: [],
  admins: ['administrator'],
  overrides: {},
  settings: {
    maxMembers: 9,
    multiDevice: 'ring-all',
    glare: 'merge',
    unknownCallee: 'refuse',
    groupsRequired: false,
    groupMembers: 6000,
    groupsJoined: 1000,
    rates: {},
    maxInFlight: 500,
  },
  ...change,
});
