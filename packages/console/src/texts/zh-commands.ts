import type { CommandTexts } from './texts.ts';

const asSent = ['按原样发送'] as const;
const twice = '因此可以重复发送。';
const oneOfTwo = '一个存在，一个不存在';

/** The commands of the REST API and of the legacy API, in Chinese. */
export const zhCommands: CommandTexts = {
  '/v4/call_engine_http_srv/get_call_info': {
    summary: '进行中通话的状态。',
    description: '返回谁在通话中、谁正在响铃，以及使用何种媒体。已结束的通话在此查不到，请读取其记录。',
    examples: ['正在响铃的通话'],
  },
  '/v4/call_engine_http_srv/start_call_by_robot': {
    summary: '以机器人帐号的名义呼叫用户。',
    description:
      '发起一个由服务器担任主叫的通话。一位被叫为 `SingleCall`，多位为 `MultiCall`。机器人从一开始就算在通话中；其他人都离开后通话结束。重复的请求会产生新的通话。',
    examples: ['呼叫两位用户', '其中一位没有帐号'],
  },
  '/v4/call_engine_http_srv/end_call': {
    summary: '结束进行中的通话。',
    description:
      '无论响铃还是通话中，为所有人结束通话，并告知各设备是服务器结束的。若有人接听过，记录为 `NormalEnd`，否则为 `Cancel`。对同一通话再次 `end_call` 会以 101004 拒绝。',
    examples: ['结束一个通话'],
  },
  '/v4/call_record_http_srv/get_record_by_callid': {
    summary: '一个已结束通话的记录。',
    description: '通话一结束即可读取，直到超过操作员设定的保留时间。进行中的通话还没有记录。',
    examples: ['已接听的通话'],
  },
  '/v4/call_record_http_srv/get_record_by_filter': {
    summary: '最近几天的记录，分页。',
    description: '逐页请求，直到 `Page` 为 0。`{}` 返回最近 7 天的前 10 条记录。',
    examples: ['最近几天已接听的通话', '没有结果'],
  },
  '/v4/call_config/set_callback': {
    summary: '设置通话事件发送到何处。',
    description:
      '每个应用只有一份配置，再次调用会取代之前的；内容相同则不变。除非操作员允许，否则拒绝私有网络的地址。投递用该应用的密钥（`ringback webhooks secret`）签名，密钥保持不变。操作员暂停的端点仍保持暂停，其事件继续等待；曾返回 410 的端点会重新接收。',
    examples: ['三种事件中的两种'],
  },
  '/v4/call_config/get_callback': {
    summary: '通话事件发送到何处。',
    description: '返回 `set_callback` 所设置的内容。',
    examples: ['已设置的内容'],
  },
  '/v4/call_config/delete_callback': {
    summary: '停止发送通话事件。',
    description: `丢弃等待投递的事件。没有配置时也会成功，${twice}`,
    examples: ['停止'],
  },
  '/v4/im_open_login_svc/account_import': {
    summary: '创建一个帐号。',
    description: `从此可以呼叫该用户。已存在的帐号只更新给出的名称和头像，其余不变，${twice}`,
    examples: ['带名称和头像'],
  },
  '/v4/im_open_login_svc/multiaccount_import': {
    summary: '创建多个帐号。',
    description:
      '对最多 100 个帐号执行 `account_import`，帐号写在 `AccountList` 中，旧客户端写在 `Accounts` 中。ID、名称或头像无效的帐号列在 `FailAccounts` 中，其余照常创建。若应用容不下全部新帐号，则请求被拒绝（70398），其中一部分可能已创建。',
    examples: ['两个帐号', '旧形式，其中一个 ID 超过 32 字节'],
  },
  '/v4/im_open_login_svc/account_delete': {
    summary: '删除帐号。',
    description:
      '帐号连同其资料和群组成员身份一并删除，其拥有的群组不再有群主。它立即离开通话（`Offline`），设备被登出，UserSig 失效，以后再建同名帐号也不恢复。以它的名义由机器人发起的通话会继续，用 `end_call` 结束。通话记录保留。',
    examples: [oneOfTwo],
  },
  '/v4/im_open_login_svc/account_check': {
    summary: '查询哪些帐号存在。',
    description: '导入过，或有用户用它登录过，帐号即存在。',
    examples: [oneOfTwo],
  },
  '/v4/im_open_login_svc/kick': {
    summary: '让用户在所有设备上登出。',
    description:
      '该帐号截至这一秒生成的所有 UserSig 失效（70052），之后的有效。其设备被登出（`kickedOut`，关闭码 4005），并立即离开通话（`Offline`）。以它的名义由机器人发起的通话会继续，用 `end_call` 结束。从未登录也未导入、因而还没有帐号的用户返回 70107，且没有任何签名失效：请先导入帐号，再将其登出。',
    examples: ['让 alice 登出'],
  },
  '/v4/openim/query_online_status': {
    summary: '查询谁在线。',
    description:
      '用户有设备登录在信令套接字上即为在线。`Detail` 列出平台，同一平台的两台设备算一项。不存在的帐号在 `ErrorList` 中。',
    examples: ['无人登录'],
  },
  '/v4/profile/portrait_set': {
    summary: '设置帐号的名称、头像及其他值。',
    description:
      '标准标签有 `Tag_Profile_IM_Nick`、`Tag_Profile_IM_Image`、`Tag_Profile_IM_Gender`、`Tag_Profile_IM_BirthDay`、`Tag_Profile_IM_Location`、`Tag_Profile_IM_SelfSignature`、`Tag_Profile_IM_AllowType`、`Tag_Profile_IM_Language`、`Tag_Profile_IM_MsgSettings`、`Tag_Profile_IM_AdminForbidType`、`Tag_Profile_IM_Level`、`Tag_Profile_IM_Role`；应用还可自定义最多 20 个以 `Tag_Profile_Custom` 开头的标签，设为空文本即删除该标签。名称（`Nick`）和头像（`Image`）随邀请送达通话成员的设备。所有值要么全部设置，要么都不设置。',
    examples: ['名称和头像'],
  },
  '/v4/profile/portrait_get': {
    summary: '帐号的名称、头像及其他值。',
    description:
      '返回 `TagList` 中的标签；未指定则返回全部。从未设置的值不返回。不存在的帐号有各自的 `ResultCode`，并列在 `Fail_Account` 中。',
    examples: ['一个存在、一个不存在的帐号的名称'],
  },
  '/v4/group_open_http_svc/get_appid_group_list': {
    summary: '应用的群组。',
    description:
      '按创建顺序分页。第一页 `Next` 为 0 或不填，之后每页用上一应答的 `Next`，直到其为 0。其间新建的群组排在最后。',
    examples: ['所有群组', '一种不存在的类型'],
  },
  '/v4/group_open_http_svc/create_group': {
    summary: '创建群组。',
    description:
      '没有 `GroupId` 时，服务器生成一个以 `@TGS#` 开头的。所有成员都必须有帐号。以相同的 `GroupId` 和群主第二次请求时返回 10025：群组已经存在。',
    examples: ['由服务器选择 ID', '自定义的 ID'],
  },
  '/v4/group_open_http_svc/get_group_info': {
    summary: '群组及其成员的信息。',
    description:
      '每个群组有各自的 `ErrorCode`。过滤条件中写明的词只返回对应部分，没有过滤条件则全部返回。不认识的词会被忽略。',
    examples: ['一个存在的群组的部分信息，和一个不存在的群组'],
  },
  '/v4/group_open_http_svc/get_group_member_info': {
    summary: '群组的成员。',
    description:
      '按加入顺序分页。`MemberNum` 是全部成员数，与分页和过滤无关。Community 用 `Next` 请求各页：先为空，之后用上一应答的值，直到其为空。',
    examples: ['群组的群主'],
  },
  '/v4/group_open_http_svc/get_specified_group_member_info': {
    summary: '群组的指定成员。',
    description: '不是成员的人不返回。',
    examples: ['一位成员和一位非成员'],
  },
  '/v4/group_open_http_svc/add_group_member': {
    summary: '把用户加入群组。',
    description: `已是成员的用户不算错误，${twice}新用户中没有障碍的都会加入；若群组容不下，则一个也不加。发起请求的管理员拥有群主的权限，无需等待任何人同意。`,
    examples: ['一位新用户、一位成员和一位没有帐号的用户'],
  },
  '/v4/group_open_http_svc/delete_group_member': {
    summary: '把成员移出群组。',
    description: `不是成员的人不算错误，${twice}群主不能移出，请先把群组转让给他人。正在群组通话中的人仍留在通话中。`,
    examples: ['移出 bob'],
  },
  '/v4/group_open_http_svc/modify_group_base_info': {
    summary: '修改群组。',
    description: '只修改请求中写明的内容；`AppDefinedData` 只修改写明的键。`MaxMemberNum` 不能小于成员数。',
    examples: ['新名称'],
  },
  '/v4/group_open_http_svc/change_group_owner': {
    summary: '把群组转让给另一位成员。',
    description: '原群主成为普通成员。',
    examples: ['从 alice 转给 bob'],
  },
  '/v4/group_open_http_svc/destroy_group': {
    summary: '解散群组。',
    description: '其 ID 可重新使用。群组的通话会继续，此后只有被邀请的人可以加入。',
    examples: ['解散一个群组'],
  },
  '/v4/group_open_http_svc/get_joined_group_list': {
    summary: '用户加入的群组。',
    description: '按 ID 顺序分页。除 ID 外显示什么由 `ResponseFilter` 指定。',
    examples: ['带名称和自己的角色'],
  },
  '/v4/group_open_http_svc/get_role_in_group': {
    summary: '用户在群组中的角色。',
    description: '不存在的帐号不是成员。',
    examples: ['群主、一位成员和其他人'],
  },
  '/v4/push_http_srv/set_device_token': {
    summary: '登记应用未运行时用推送唤醒的设备。',
    description:
      'Ringback 自有的命令，原 API 没有。每台设备在每个提供商和通道上有一个令牌，新的取代旧的；若令牌原属另一台设备，则从那台设备移除。使用信令的设备用 `registerPush` 做同样的事。',
    examples: asSent,
  },
  '/v4/push_http_srv/delete_device_token': {
    summary: '让用户的设备不再接收推送。',
    description:
      'Ringback 自有的命令，原 API 没有。不带 `DeviceId` 时为该用户的所有设备，不带 `Provider` 时为所有提供商；空值视同不带。',
    examples: asSent,
  },
  '/v4/push_http_srv/get_device_tokens': {
    summary: '该用户可用推送唤醒的设备。',
    description: 'Ringback 自有的命令，原 API 没有。最新的在前；令牌只显示末尾。',
    examples: asSent,
  },
  '/v1/records/get_record_by_callId': {
    summary: '一个已结束通话的记录。',
    description: '与 `call_record_http_srv/get_record_by_callid` 返回的记录相同，用旧版 API 的字段名。',
    examples: ['已接听的通话'],
  },
  '/v1/records/get_records_by_filter': {
    summary: '最近几天的记录，分页。',
    description: '逐页请求，直到 `page` 为 0。',
    examples: ['某一时刻以来已接听的通话'],
  },
  '/v1/callback/set': {
    summary: '设置回调发送到何处。',
    description: '每个应用只有一份配置，再次调用会取代之前的；内容相同则不变。',
    examples: asSent,
  },
  '/v1/callback/get': {
    summary: '回调发送到何处。',
    description: '返回 `set` 或 `update` 所设置的内容。',
    examples: asSent,
  },
  '/v1/callback/update': {
    summary: '更改回调发送到何处。',
    description: '已有配置可改时，与 `set` 相同。',
    examples: asSent,
  },
  '/v1/callback/delete': {
    summary: '停止发送回调。',
    description: '丢弃等待投递的回调。没有配置时也会成功。',
    examples: asSent,
  },
};
