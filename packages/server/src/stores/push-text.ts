import { createHash } from 'node:crypto';
import type { SdkAppId } from 'ringback-protocol';
import type { DeviceToken, OpenRing, PushConfig, PushSetup, PushTarget, Ring } from '../ports/push.ts';
import type { Secrets } from './secrets.ts';

/** Where the row of a provider stands, as what is encrypted is bound to it. */
const placeOf = (app: SdkAppId, name: string): string => `push_providers/${app}/${name}`;

/** A set-up as it is kept. All secrets of push providers go to the disk through here, and come back through `keptConfig`. */
export const configText = ({ app, name, setup }: PushConfig, secrets: Secrets): string =>
  secrets.seal(placeOf(app, name), JSON.stringify(setup));

/** A provider as it was kept. */
export const keptConfig = (app: SdkAppId, name: string, config: string, secrets: Secrets): PushConfig => ({
  app,
  name,
  setup: JSON.parse(secrets.open(placeOf(app, name), config)) as PushSetup,
});

/** What a token is found by. */
export const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** A row of `push_tokens`. */
export interface TokenRow {
  readonly app: DeviceToken['app'];
  readonly user_id: DeviceToken['userId'];
  readonly device: DeviceToken['device'];
  readonly provider: string;
  readonly channel: DeviceToken['channel'];
  readonly token: string;
  readonly platform: string;
  readonly updated_at: number;
}

export const tokenOf = ({ user_id, updated_at, ...row }: TokenRow): DeviceToken => ({
  ...row,
  userId: user_id,
  updatedAt: updated_at,
});

/** A row of `push_rings`. */
export interface RingRow {
  readonly app: Ring['app'];
  readonly call_id: Ring['callId'];
  readonly user_id: Ring['userId'];
  readonly deadline: number;
  readonly started_at: number;
  readonly state: OpenRing['state'] | 'acked';
  readonly targets: string;
  readonly tries: number;
}

/** What a ring is read from. */
export const ringColumns = 'app, call_id, user_id, deadline, started_at, state, targets, tries';

export const ringOf = ({ app, call_id, user_id, deadline, started_at, state, targets, tries }: RingRow) => ({
  app,
  callId: call_id,
  userId: user_id,
  deadline,
  startedAt: started_at,
  state,
  targets: JSON.parse(targets) as readonly PushTarget[],
  tries,
});

/** A ring among all of them. */
export const ringKey = ({ app, callId, userId, deadline }: Ring): string => `${app}/${callId}/${deadline}/${userId}`;
