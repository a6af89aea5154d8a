import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Receiver } from '../packages/server/test/webhooks/receiver.ts';
import { ChatClient } from './support/chat-client.ts';
import { Device } from './support/device.ts';
import { Listener } from './support/listener.ts';
import { Ringback, until } from './support/ringback.ts';

/** A second application on the same server. */
const other = { sdkAppId: 1_400_000_078, key: 'f'.repeat(64) };

/** What an application may be asked by; all that the first one has is tried at the second. */
interface Ids {
  readonly call: string;
  readonly ended: string;
  readonly group: string;
  readonly user: string;
  readonly device: string;
  readonly room: string;
  readonly provider: string;
}

/** Ids of nothing. */
const nothing: Ids = {
  call: '00000000-0000-4000-8000-000000000000',
  ended: '00000000-0000-4000-8000-000000000001',
  group: '@TGS#_nothing',
  user: 'zoe',
  device: 'zoe-phone',
  room: 'no-room',
  provider: 'no-provider',
};

type Body = (ids: Ids) => object;
const takesAny = (body: Body): boolean => JSON.stringify(body(ids)) !== JSON.stringify(body(nothing));
/** For what takes no id at all: asked once, and must show nothing of the other application. */
const takesNone: readonly Body[] = [() => ({})];
const callback = {
  get Url() {
    return receiver.url;
  },
  CallbackCommandList: ['Call.CallbackAfterStartCall'],
};

/** Each documented command with each id that it takes. What makes something comes last, so that both sides stay alike. */
const commands: Readonly<Record<string, readonly Body[]>> = {
  'call_engine_http_srv/get_call_info': [({ call }) => ({ CallId: call }), ({ ended }) => ({ CallId: ended })],
  'call_engine_http_srv/end_call': [({ call }) => ({ CallId: call }), ({ ended }) => ({ CallId: ended })],
  'call_record_http_srv/get_record_by_callid': [({ call }) => ({ CallId: call }), ({ ended }) => ({ CallId: ended })],
  'call_record_http_srv/get_record_by_filter': [
    () => ({}),
    ({ user }) => ({ FilterAccount: user, User_Account: user }),
  ],
  'v1/records/get_record_by_callId': [({ call }) => ({ callId: call }), ({ ended }) => ({ callId: ended })],
  'v1/records/get_records_by_filter': takesNone,
  'openim/query_online_status': [({ user }) => ({ To_Account: [user], IsNeedDetail: 1 })],
  'profile/portrait_get': [({ user }) => ({ To_Account: [user], TagList: ['Tag_Profile_IM_Nick'] })],
  'im_open_login_svc/account_check': [({ user }) => ({ CheckItem: [{ UserID: user }] })],
  'im_open_login_svc/kick': [({ user }) => ({ UserID: user })],
  'im_open_login_svc/account_delete': [({ user }) => ({ DeleteItem: [{ UserID: user }] })],
  'group_open_http_svc/get_appid_group_list': takesNone,
  'group_open_http_svc/get_group_info': [({ group }) => ({ GroupIdList: [group] })],
  'group_open_http_svc/get_group_member_info': [({ group }) => ({ GroupId: group })],
  'group_open_http_svc/get_specified_group_member_info': [
    ({ group, user }) => ({ GroupId: group, Member_List_Account: [user] }),
  ],
  'group_open_http_svc/get_role_in_group': [({ group, user }) => ({ GroupId: group, User_Account: [user] })],
  'group_open_http_svc/get_joined_group_list': [({ user }) => ({ Member_Account: user })],
  'group_open_http_svc/add_group_member': [
    ({ group }) => ({ GroupId: group, MemberList: [{ Member_Account: 'administrator' }] }),
  ],
  'group_open_http_svc/delete_group_member': [({ group, user }) => ({ GroupId: group, MemberToDel_Account: [user] })],
  'group_open_http_svc/modify_group_base_info': [({ group }) => ({ GroupId: group, Name: 'stolen' })],
  'group_open_http_svc/change_group_owner': [({ group }) => ({ GroupId: group, NewOwner_Account: 'administrator' })],
  'group_open_http_svc/destroy_group': [({ group }) => ({ GroupId: group })],
  'push_http_srv/get_device_tokens': [({ user }) => ({ User_Account: user })],
  'push_http_srv/delete_device_token': [
    ({ user }) => ({ User_Account: user }),
    ({ user, device, provider }) => ({ User_Account: user, DeviceId: device, Provider: provider }),
  ],
  'push_http_srv/set_device_token': [
    ({ user, device, provider }) => ({ User_Account: user, DeviceId: device, Provider: provider, Token: 'stolen' }),
    ({ device, provider }) => ({ User_Account: 'fay', DeviceId: device, Provider: provider, Token: 'stolen' }),
  ],
  'call_config/get_callback': takesNone,
  'call_config/delete_callback': takesNone,
  'v1/callback/get': takesNone,
  'v1/callback/update': [() => ({ address: callback.Url, actions: ['cancel'] })],
  'v1/callback/delete': takesNone,
  'call_engine_http_srv/start_call_by_robot': [
    ({ user }) => robotCall({ CalleeList_Account: [user] }),
    ({ group }) => robotCall({ ChatGroupId: group }),
    ({ room }) => robotCall({ RoomId: room, RoomIdType: 2 }),
  ],
  'profile/portrait_set': [
    ({ user }) => ({ From_Account: user, ProfileItem: [{ Tag: 'Tag_Profile_IM_Nick', Value: 'stolen' }] }),
  ],
  'im_open_login_svc/multiaccount_import': [({ user }) => ({ AccountList: [{ UserID: `${user}2`, Nick: 'stolen' }] })],
  'im_open_login_svc/account_import': [({ user }) => ({ UserID: user, Nick: 'stolen' })],
  'group_open_http_svc/create_group': [
    ({ group, user }) => ({ Type: 'Public', Name: 'stolen', GroupId: group, Owner_Account: user }),
    ({ user }) => ({ Type: 'Public', Name: 'stolen', MemberList: [{ Member_Account: user }] }),
  ],
  'call_config/set_callback': [() => callback],
  'v1/callback/set': [() => ({ address: callback.Url, actions: ['cancel'] })],
};
const robotCall = (more: object) => ({
  Robot_Account: 'robot',
  CalleeList_Account: ['fay'],
  Timeout: 10_000,
  CallInfo: { MediaType: 'Audio' },
  ...more,
});

/** Each documented request with each id that it takes. */
const byCall: readonly Body[] = [({ call }) => ({ callId: call }), ({ ended }) => ({ callId: ended })];
const also = (more: object) =>
  byCall.map(
    (body): Body =>
      (ids) => ({ ...body(ids), ...more }),
  );
const requests: Readonly<Record<string, readonly Body[]>> = {
  ringing: byCall,
  accept: byCall,
  reject: byCall,
  ignore: byCall,
  hangUp: byCall,
  join: byCall,
  ping: byCall,
  invite: also({ users: ['fay'] }),
  switchMedia: also({ mediaType: 'Video' }),
  resume: also({ eventSeq: 0 }),
  signal: [...also({ to: '', data: 'x' }), ({ call, user }) => ({ callId: call, to: user, data: 'x' })],
  findCall: [
    ({ room }) => ({ roomId: room, roomIdType: 2 }),
    ({ group }) => ({ chatGroupId: group }),
    ({ room, group }) => ({ roomId: room, roomIdType: 2, chatGroupId: group }),
  ],
  profile: [({ user }) => ({ userIds: [user] })],
  setProfile: [() => ({ nick: 'stolen' })],
  pushProviders: takesNone,
  registerPush: [({ provider }) => ({ provider, token: 'stolen' })],
  unregisterPush: [({ provider }) => ({ provider }), () => ({})],
  group: [({ group }) => ({ groupId: group })],
  groupMembers: [({ group }) => ({ groupId: group })],
  createGroup: [
    ({ group }) => ({ type: 'Public', name: 'stolen', groupId: group }),
    ({ user }) => ({ type: 'Public', name: 'stolen', members: [user] }),
  ],
  call: [
    ({ user }) => ({ callees: [user], mediaType: 'Audio' }),
    ({ group }) => ({ callees: ['fay'], mediaType: 'Audio', chatGroupId: group }),
    ({ room }) => ({ callees: ['fay'], mediaType: 'Audio', roomId: room, roomIdType: 2 }),
  ],
  // Signatures are of one application, which other tests show.
  signIn: [],
  signOut: takesNone,
};

let ringback: Ringback;
let mine: ChatClient;
let theirs: ChatClient;
let ids: Ids;
/** What the second application is told of by itself, in all formats, from beginning to end. */
let receiver: Receiver;
/** Whoever listens to the first one, and to the second. */
let listeners: readonly [Listener, Listener];
/** The calls of the second one, each with what it was made with. */
const itsOwn = new Map<string, string>();
let amy: Device;
let bob: Device;
const devices: Device[] = [];

async function device(userId: string, app?: { sdkAppId: number; key: string }): Promise<Device> {
  const one = new Device(userId);
  devices.push(one);
  // Sign-in needs the ports, the application and its key alone.
  await one.signIn(app === undefined ? ringback : (Object.assign(Object.create(ringback), app) as Ringback));
  return one;
}

/** Sends to a path of `/v4/` or, where it says so, of `/v1/`. */
async function send(path: string, body: object): Promise<object> {
  const query = new URLSearchParams({
    sdkappid: String(other.sdkAppId),
    identifier: 'administrator',
    usersig: theirs.userSig('administrator'),
    random: '1',
    contenttype: 'json',
  });
  const url = `${ringback.http}/${path.startsWith('v1/') ? '' : 'v4/'}${path}?${query}`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  const answer = (await response.json()) as { readonly Response?: { readonly CallId?: string } };
  const made = answer.Response?.CallId;
  if (path.endsWith('/start_call_by_robot') && made !== undefined) itsOwn.set(made, JSON.stringify(body));
  return answer;
}

/** An answer without the ids that were asked for, and without what differs from request to request. */
function bare(answer: unknown, asked: Ids): unknown {
  let text = JSON.stringify(answer);
  for (const [name, id] of Object.entries(asked)) text = text.replaceAll(id, `<${name}>`);
  return JSON.parse(
    text
      .replace(/"(RequestId|requestId)":"[^"]*"/g, '"$1":""')
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<new call>')
      .replace(/@TGS#[0-9A-Z]+/g, '<new group>')
      .replace(/\b1[0-9]{12}\b/g, '0'),
  );
}

/** All that the first application has, as it sees it itself. */
const picture = async () => ({
  call: await mine.ok('call_engine_http_srv', 'get_call_info', { CallId: ids.call }),
  records: await mine.ok('call_record_http_srv', 'get_record_by_filter', {}),
  group: await mine.ok('group_open_http_svc', 'get_group_info', { GroupIdList: [ids.group] }),
  joined: await mine.ok('group_open_http_svc', 'get_joined_group_list', { Member_Account: 'amy' }),
  groups: await mine.ok('group_open_http_svc', 'get_appid_group_list', {}),
  profile: await mine.ok('profile', 'portrait_get', { To_Account: ['amy'], TagList: ['Tag_Profile_IM_Nick'] }),
  account: await mine.ok('im_open_login_svc', 'account_check', { CheckItem: [{ UserID: 'amy' }, { UserID: 'amy2' }] }),
  tokens: await mine.ok('push_http_srv', 'get_device_tokens', { User_Account: 'amy' }),
  callback: await mine.ok('call_config', 'get_callback', {}),
  online: await mine.ok('openim', 'query_online_status', { To_Account: ['amy'], IsNeedDetail: 1 }),
  heard: [amy, bob].map(({ notices, closeCode }) => ({ closeCode, notices: [...notices] })),
});
const still = (seen: object): unknown =>
  JSON.parse(JSON.stringify(seen).replace(/"RequestId":"[^"]*"/g, '"RequestId":""'));

const secrets = (): readonly string[] => [
  ids.call,
  ids.ended,
  ids.room,
  ids.provider,
  'of-the-phone',
  'of-the-first',
  'kept secret',
];

beforeAll(async () => {
  ringback = await Ringback.start();
  await ringback.cli('app', 'create', '--id', String(other.sdkAppId), '--key', other.key, '--name', 'other');
  const own = ['--kind', 'webhook', '--url', 'http://127.0.0.1:9/', '--app', String(ringback.sdkAppId)];
  await ringback.cli('push', 'set', 'own-pushes', ...own);
  mine = new ChatClient({ base: ringback.http, sdkAppId: ringback.sdkAppId, key: ringback.key });
  theirs = new ChatClient({ base: ringback.http, ...other });
  receiver = await Receiver.open();
  // Beside the callback, which is set and deleted meanwhile.
  await ringback.cli('webhooks', 'add', 'theirs', receiver.url, '--app', String(other.sdkAppId));
  listeners = [
    await Listener.open(ringback.http, ringback.sdkAppId, mine),
    await Listener.open(ringback.http, other.sdkAppId, theirs),
  ];
  await mine.ok('im_open_login_svc', 'account_import', { UserID: 'amy', Nick: 'Amy' });
  [amy, bob] = [await device('amy'), await device('bob')];
  const members = { Owner_Account: 'amy', MemberList: [{ Member_Account: 'bob' }] };
  const { GroupId } = await mine.ok('group_open_http_svc', 'create_group', {
    Type: 'Public',
    Name: 'ours',
    ...members,
  });
  const token = { User_Account: 'amy', DeviceId: 'amy-phone', Provider: 'own-pushes', Token: 'of-the-phone' };
  await mine.ok('push_http_srv', 'set_device_token', token);
  await mine.ok('call_config', 'set_callback', { ...callback, Url: 'http://127.0.0.1:9/of-the-first' });
  const first = await amy.ask('call', { callees: ['bob'], mediaType: 'Audio' });
  await amy.ask('hangUp', { callId: first.callId });
  await bob.hears('callEnded', (end) => end.callId === first.callId);
  const { callId } = await amy.ask('call', {
    callees: ['bob'],
    mediaType: 'Audio',
    chatGroupId: GroupId,
    roomId: 'some-room-7',
    roomIdType: 2,
    userData: 'kept secret',
  });
  await bob.ask('accept', { callId });
  await amy.hears('callChanged', (change) => change.callId === callId);
  ids = {
    call: callId,
    ended: first.callId,
    group: GroupId,
    user: 'amy',
    device: 'amy-phone',
    room: 'some-room-7',
    provider: 'own-pushes',
  };
  await theirs.ok('im_open_login_svc', 'account_import', { UserID: 'fay' });
}, 120_000);

afterAll(async () => {
  for (const one of devices) one.drop();
  for (const one of listeners ?? []) one.close();
  await receiver?.stop();
  await ringback?.dispose();
});

const documented = (file: string, heading: RegExp): string[] =>
  [...readFileSync(join(import.meta.dirname, '../docs/reference', file), 'utf8').matchAll(heading)].map(([, name]) =>
    String(name),
  );

describe('an application that has the ids of another one', { timeout: 120_000 }, () => {
  it('is tried with every command and every request that there is', () => {
    expect(Object.keys(commands).sort()).toEqual(documented('commands.md', /^## (\w+\/[\w/]+)$/gm).sort());
    const text = readFileSync(join(import.meta.dirname, '../docs/reference/signalling.md'), 'utf8');
    const part = text.slice(text.indexOf('\n## Requests'), text.indexOf('\n## Objects'));
    expect(Object.keys(requests).sort()).toEqual([...part.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name).sort());
  });

  it('learns and changes nothing by any command', async () => {
    const before = still(await picture());
    for (const [path, bodies] of Object.entries(commands)) {
      for (const body of bodies) {
        const asked = await send(path, body(ids));
        if (takesAny(body)) {
          const never = await send(path, body(nothing));
          expect([path, body(ids), bare(asked, ids)]).toEqual([path, body(ids), bare(never, nothing)]);
        }
        // What it has asked for itself comes back; nothing else does.
        const told = secrets().filter((one) => !JSON.stringify(body(ids)).includes(one));
        for (const secret of told) expect(JSON.stringify(asked), path).not.toContain(secret);
      }
    }
    expect(still(await picture())).toEqual(before);
  });

  it('learns and changes nothing by any request, and hears nothing', async () => {
    const before = still(await picture());
    // The users of the other application have the same names, and are on the same devices.
    const twins = [await device('amy', other), await device('bob', other)];
    const eve = await device('eve', other);
    for (const [method, bodies] of Object.entries(requests)) {
      for (const body of bodies) {
        const ask = async (asked: Ids): Promise<unknown> => {
          const answer = await eve.ask(method, body(asked)).then(
            (result) => ({ result }),
            ({ code, message, data }) => ({ code, message, data }),
          );
          const made = (answer as { result?: { callId?: string } }).result?.callId;
          if (method === 'call' && made !== undefined) {
            itsOwn.set(made, JSON.stringify(body(asked)));
            const over = await eve.ask('hangUp', { callId: made }).catch(({ data }) => data.name);
            expect([{}, 'call_ended']).toContainEqual(over);
          }
          return bare(answer, asked);
        };
        const answer = await ask(ids);
        if (takesAny(body)) expect([method, body(ids), answer]).toEqual([method, body(ids), await ask(nothing)]);
      }
    }
    await mine.ok('im_open_login_svc', 'account_import', { UserID: 'cat' });
    await amy.ask('invite', { callId: ids.call, users: ['cat'] });
    await bob.hears('callChanged', (change) => change.callId === ids.call);
    for (const one of [...twins, eve]) {
      const heard = JSON.stringify(one.notices);
      for (const secret of [ids.call, ids.ended, 'kept secret']) expect(heard).not.toContain(secret);
    }
    const after = still(await picture()) as { heard: object; call: object };
    expect({ ...after, heard: 0, call: 0 }).toEqual({ ...(before as object), heard: 0, call: 0 });
    expect([amy.closeCode, bob.closeCode]).toEqual([0, 0]);
  });

  it('is told by its webhooks and on /listen of its own calls, and of nothing else', async () => {
    const isOf = (callId: string) => (event: { CallRecord?: { CallId: string } }) =>
      event.CallRecord?.CallId === callId;
    await mine.ok('call_engine_http_srv', 'end_call', { CallId: ids.call });
    await bob.hears('callEnded', (end) => end.callId === ids.call);
    const [ours, its] = listeners;
    await until(() => (ours.events.some(isOf(ids.call)) ? undefined : 'the first one has heard of no end'));
    // There was something to be told, by which they would be known.
    for (const secret of [ids.call, ids.ended, ids.room]) expect(ours.text).toContain(secret);

    // What it is told of a call of its own comes after all that it could have been told of those of the first one.
    await theirs.ok('im_open_login_svc', 'account_import', { UserID: 'gus' });
    await send('call_engine_http_srv/start_call_by_robot', robotCall({ CalleeList_Account: ['gus'] }));
    const last = [...itsOwn.keys()].at(-1) ?? '';
    await theirs.ok('call_engine_http_srv', 'end_call', { CallId: last });
    await until(() =>
      receiver.got.some(({ body }) => isOf(last)(body)) && its.events.some(isOf(last))
        ? undefined
        : 'it has heard of no end',
    );
    const webhooks = receiver.got.map(({ headers, query, text }) => `${JSON.stringify(headers)} ${query} ${text}`);
    const heard = its.text.split('\n').filter((line) => line !== '');
    for (const told of [...webhooks, ...heard]) {
      const own = [...itsOwn].filter(([callId]) => told.includes(callId));
      expect(own, told).toHaveLength(1);
      // What it has given its call itself comes back.
      const foreign = secrets().filter((one) => !own[0]?.[1].includes(one));
      for (const secret of foreign) expect(told).not.toContain(secret);
    }
  });
});
