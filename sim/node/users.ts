import { Refusal, sdkAppId, type UserId, userId } from 'ringback-protocol';
import { standardAppSettings } from '../../packages/server/src/config/app-defaults.ts';
import type { Account, Accounts } from '../../packages/server/src/ports/accounts.ts';
import type { App } from '../../packages/server/src/ports/apps.ts';
import type { Endpoint, EndpointChange, Endpoints } from '../../packages/server/src/ports/endpoints.ts';
import type { RequestServices } from '../../packages/server/src/requests/request.ts';
import { EndpointMap } from '../../packages/server/src/stores/endpoint-map.ts';
import { webhookEvents } from '../../packages/server/src/webhooks/events/index.ts';
import { originOf } from '../devices/receivers.ts';

/** The application that everything happens in. */
export const app: App = {
  sdkAppId: sdkAppId(1_400_000_001),
  name: 'Simulation',
  keys: [],
  disabled: false,
  packageExpiresAt: 0,
  allowIps: [],
  allowOrigins: [],
  disabledCommands: [],
  admins: [],
  overrides: {},
  settings: standardAppSettings,
};

const account = (id: UserId): Account => ({ userId: id, nick: '', avatar: '', revokedAt: 0 });

const absent = (): never => {
  throw new Refusal('bad_params', 'The simulation has no such thing.');
};

/** Everybody exists. */
export const accounts: Accounts = {
  find: (_app, ids) => new Map(ids.map((id) => [id, account(id)])),
  ensure: async (_app, id) => account(id),
  revoke: async () => {},
  revokedAt: () => 0,
  list: absent,
  save: absent,
  change: absent,
  items: absent,
  itemsOf: absent,
  remove: absent,
};

/** There are no groups that the server keeps. */
export const groups: RequestServices['groups'] = {
  get: async () => undefined,
  membersAmong: async () => new Map(),
  members: absent,
  create: absent,
};

/** User number `n`. */
export const userOf = (n: number): UserId => userId(`u${n}`);

/** The endpoints of the application; all nodes know of a change at once. */
export class SimEndpoints implements Endpoints {
  readonly #map = new EndpointMap();

  constructor(ids: readonly string[]) {
    const commands = webhookEvents.map(({ command }) => command);
    for (const id of ids) {
      const shared = { format: 'v4', url: `${originOf(id)}/hook`, secrets: [], token: '', state: 'active' } as const;
      this.#map.put({ app: app.sdkAppId, id, commands, ...shared });
    }
  }

  get(of: Endpoint['app'], id: string): Endpoint | undefined {
    return this.#map.get(of, id);
  }

  of(one: Endpoint['app']): readonly Endpoint[] {
    return this.#map.of(one);
  }

  list(): readonly Endpoint[] {
    return this.#map.list();
  }

  async change(of: Endpoint['app'], id: string, change: EndpointChange): Promise<Endpoint | undefined> {
    return change(this.get(of, id));
  }

  async save(): Promise<void> {
    absent();
  }

  async remove(): Promise<void> {
    absent();
  }

  onChange(): void {}
}
