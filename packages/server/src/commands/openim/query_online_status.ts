import { bounds, errorRow, isUserId, type Platform, userId } from 'ringback-protocol';
import Type from 'typebox';
import type { OnlineDevice } from '../../ports/presence.ts';
import { checkCount } from '../account-fields.ts';
import { defineCommand } from '../command.ts';

/** Platforms by the words of this command, which knows fewer. */
const platformWords: Readonly<Record<Platform, string>> = {
  Web: 'Web',
  Android: 'Android',
  iOS: 'iPhone',
  iPad: 'iPad',
  Windows: 'PC',
  Linux: 'PC',
  macOS: 'Mac',
  miniProgram: 'Web',
  Unknown: 'Web',
};

const status = () => Type.Enum(['Online', 'PushOnline', 'Offline']);

/** Who is signed in, on what. */
export const queryOnlineStatus = defineCommand({
  service: 'openim',
  command: 'query_online_status',
  summary: 'Tells who is online.',
  description:
    'A user is online while a device of theirs is signed in on the signalling socket. `Detail` lists the platforms; two devices of one platform are one entry. Accounts that do not exist are in `ErrorList`.',
  request: Type.Object({
    To_Account: Type.Array(Type.String(), { description: `1 to ${bounds.onlineStatusPerRequest} accounts.` }),
    IsNeedDetail: Type.Optional(Type.Integer({ minimum: 0, maximum: 1, description: '1: with `Detail`.' })),
  }),
  response: Type.Object({
    QueryResult: Type.Array(
      Type.Object({
        To_Account: Type.String(),
        Status: status(),
        Detail: Type.Optional(Type.Array(Type.Object({ Platform: Type.String(), Status: status() }))),
      }),
    ),
    ErrorList: Type.Array(
      Type.Object({ To_Account: Type.String(), ErrorCode: Type.Integer({ description: '70107' }) }),
    ),
  }),
  errors: ['account_bad_params'],
  examples: [
    {
      title: 'Nobody is signed in',
      scene: 'idle',
      request: { To_Account: ['alice', 'zoe'], IsNeedDetail: 1 },
      response: {
        QueryResult: [{ To_Account: 'alice', Status: 'Offline', Detail: [] }],
        ErrorList: [{ To_Account: 'zoe', ErrorCode: 70107 }],
      },
    },
  ],
  async handle({ app, accounts, presence }, { To_Account, IsNeedDetail }) {
    checkCount(To_Account, bounds.onlineStatusPerRequest, 'To_Account');
    const asked = To_Account.filter(isUserId).map(userId);
    const found = await accounts.find(app.sdkAppId, asked);
    const online = await presence.devices(app.sdkAppId, asked);
    const known = To_Account.filter((name) => found.has(userId(name)));
    return {
      QueryResult: known.map((name) => {
        const devices = online.get(userId(name)) ?? [];
        return {
          To_Account: name,
          Status: devices.length > 0 ? ('Online' as const) : ('Offline' as const),
          ...(IsNeedDetail === 1 && { Detail: detailOf(devices) }),
        };
      }),
      ErrorList: To_Account.filter((name) => !found.has(userId(name))).map((name) => ({
        To_Account: name,
        ErrorCode: errorRow('account_unknown').code,
      })),
    };
  },
});

const detailOf = (devices: readonly OnlineDevice[]) =>
  [...new Set(devices.map(({ platform }) => platformWords[platform]))].map((Platform) => ({
    Platform,
    Status: 'Online' as const,
  }));
