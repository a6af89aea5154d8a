import { afterAll, beforeAll, expect, it } from 'vitest';
import { Scene } from './support.ts';

/** A part of the store whose every question fails, as when the database is away. */
const away = () =>
  new Proxy(
    {},
    {
      get: () => () => {
        throw new Error('secret of the house');
      },
    },
  ) as never;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.open({ gateway: { endpoints: away(), accounts: away(), groups: away(), store: away() } });
});
afterAll(() => scene.close());

it.each([
  ['call_config/get_callback', {}, 100001],
  ['call_config/set_callback', { Url: 'https://e.com/', CallbackCommandList: ['Call.CallbackAfterEndCall'] }, 100001],
  ['call_config/delete_callback', {}, 100001],
  ['call_record_http_srv/get_record_by_callid', { CallId: '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31' }, 101001],
  ['im_open_login_svc/account_import', { UserID: 'alice' }, 70500],
  ['im_open_login_svc/account_check', { CheckItem: [{ UserID: 'alice' }] }, 70500],
  ['profile/portrait_get', { To_Account: ['alice'], TagList: ['Tag_Profile_IM_Nick'] }, 40006],
  ['group_open_http_svc/get_group_info', { GroupIdList: ['team'] }, 10002],
  ['group_open_http_svc/get_appid_group_list', {}, 10002],
])('%s answers the internal code of its service while the store is away', async (command, body, code) => {
  const answer = await scene.send(command, body);
  expect(answer).toMatchObject({ ActionStatus: 'FAIL', ErrorCode: code });
  expect(JSON.stringify(answer)).not.toContain('secret of the house');
  // What it was is in the log, under the same id.
  expect(scene.errors.some(({ fields }) => (fields as { requestId?: string }).requestId === answer.RequestId)).toBe(
    true,
  );
});
