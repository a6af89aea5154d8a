import type { ErrorTexts } from './texts.ts';

const badParams = ['参数无效。', '请求体中的某个字段缺失或取值错误。', '请修正 ErrorInfo 指出的字段。'] as const;
const internal = [
  '内部错误，请重试。',
  '服务器存在缺陷，或其存储无法访问。',
  '请重试；若仍然出现，请附上 RequestId 上报。',
] as const;
const noAccount = [
  '帐号不存在。',
  '该帐号从未导入，也从未有人用它登录。',
  '请导入该帐号，或让该用户登录一次。',
] as const;
const idTaken = '换一个 GroupId，或不填。';
const slowServer = '请重试。若经常出现，请用 `ringback doctor` 查看服务器及其磁盘的负载。';

/** What each error is, why it comes, and what to do, in Chinese. */
export const zhErrors: ErrorTexts = {
  http_malformed: [
    '无法解析 HTTP 请求或其 URL。',
    '收到的不是 HTTP、百分号编码有误、参数名重复、contenttype 不是 json，或路径不是 /v4/<servicename>/<command>。',
    '请发送 POST /v4/<servicename>/<command>?sdkappid=..&identifier=..&usersig=..&random=..&contenttype=json，并对每个值做百分号编码。',
  ],
  body_not_json: [
    '请求体不是 JSON 对象。',
    '请求体为空、不是 JSON、不是对象、不是 UTF-8，或超过大小限制。',
    '请发送 UTF-8 的 JSON 对象；没有字段的命令发送 {}。',
  ],
  identifier_missing: [
    'URL 中缺少 identifier，或其长度不是 1 到 32 字节。',
    '查询参数中没有可用的 identifier。',
    '请加上 identifier=<应用管理员的 UserID>。',
  ],
  usersig_missing: [
    'URL 中缺少 usersig。',
    '查询参数中没有 usersig，或其值为空。',
    '请加上 usersig=<为该 identifier 生成的 UserSig>；可用 `ringback usersig make` 生成。',
  ],
  app_unknown: [
    'sdkappid 不是此服务器上任何应用的编号。',
    'sdkappid 不是十进制数，或没有该编号的应用。',
    '请与 `ringback app list` 核对，或用 `ringback app create` 创建应用。',
  ],
  command_rate: [
    '此命令调用过于频繁。',
    '一秒内到达的此命令请求超过了该应用的上限。',
    '请等待并以递增的间隔重试，或请操作员提高此命令的上限。',
  ],
  command_not_offered: [
    'Ringback 不提供此命令。',
    '原服务有这个用于聊天的命令；Ringback 负责通话，以及通话所需的帐号、资料和群组。',
    '请不要发送此请求。',
  ],
  method_not_post: [
    'API 只接受 POST。',
    '请求使用了其他 HTTP 方法。',
    '请用 POST 发送，参数放在 URL 中，请求体为 JSON 对象。',
  ],
  handler_timeout: ['服务未及时响应，请重试。', '命令耗时超过了 API 允许的 3 秒。', slowServer],
  command_unknown: [
    '没有这个命令，请检查 URL。',
    '路径中的版本、服务名或命令是此服务器不认识的；名称区分大小写。',
    '请把路径与参考文档中的命令列表核对。',
  ],
  not_administrator: [
    'identifier 不是该应用的管理员。',
    '签名正确，但只有管理员可以调用 REST API。',
    '请以管理员身份签名（每个应用都有 `administrator`），或请操作员把此帐号设为管理员。',
  ],
  app_rate: [
    '该应用发送的请求过多。',
    '所有命令合计，一秒内到达的请求超过了该应用的上限。',
    '请等待并以递增的间隔重试，或请操作员提高该应用的上限。',
  ],
  sdkappid_missing: [
    'URL 中缺少 sdkappid。',
    '查询参数中没有 sdkappid（参数名区分大小写，SDKAppID 不算）。',
    '请加上 sdkappid=<应用编号>。',
  ],
  answer_malformed: [
    '服务的应答与其自身的定义不符。',
    '服务器存在缺陷：命令已执行，但应答不是所承诺的样子。',
    '请附上 RequestId 上报；完整内容在服务器日志中。',
  ],
  account_timeout: ['帐号服务未及时响应，请重试。', '查找帐号的时间超过了限制。', slowServer],
  account_not_string: [
    '请求体中的帐号不是字符串。',
    '名为 UserID 或 *_Account 的成员是数字、对象等。',
    '请把帐号写成 JSON 字符串；要求列表处写成字符串数组。',
  ],
  app_disabled: ['该应用已停用。', '操作员停用了它。', '请操作员运行 `ringback app enable`。'],
  command_disabled: ['该应用已停用此命令。', '操作员停用了它。', '请操作员为该应用启用此命令。'],
  too_many_in_flight: [
    '该应用正在处理的请求过多，请稍后重试。',
    '该应用尚未得到应答的请求超过了同时允许的数量。',
    '请等到应答后再发送，并缩小连接池。',
  ],
  overloaded: [
    '服务器过载，请稍后重试。',
    '服务器的事件循环滞后：工作量超出其能力。',
    '请以递增的间隔重试。操作员应查看负载，或增加节点。',
  ],
  package_expired: [
    '该应用的套餐已到期。',
    '操作员设定了该应用可使用 API 的截止日期，现已过期。',
    '请操作员延长或取消该日期。',
  ],
  ip_not_allowed: [
    '不允许来自此 IP 地址的请求。',
    '该应用设有来源地址白名单，此地址不在其中。',
    '请从名单中的地址发送，或请操作员加入此地址。',
  ],

  usersig_expired: [
    'UserSig 已过期。',
    '其生成时间加上有效期早于服务器的当前时间。',
    '请生成新的 UserSig，有效期设为 24 小时以上，并检查签名机器的时钟。',
  ],
  usersig_illegal: [
    'UserSig 无法解码，请重新生成。',
    '它被截断、未经 zlib 压缩，或其字符在途中被改动。',
    '请粘贴到 `ringback usersig explain` 或本控制台的 UserSig 诊断中，会说明问题所在。',
  ],
  usersig_mismatch: [
    'UserSig 校验失败，可能是用其他应用的密钥生成的。',
    '其中的签名不是用该应用的任何密钥生成的。',
    '请使用 `ringback app show` 列出的该应用的密钥签名。',
  ],
  identifier_mismatch: [
    '请求中的 identifier 与 UserSig 中的不一致。',
    '该 UserSig 是为另一用户生成的。',
    '请为请求中的 identifier 生成 UserSig。',
  ],
  sdkappid_mismatch: [
    '请求中的 sdkappid 与 UserSig 中的不一致。',
    '该 UserSig 是为另一应用生成的。',
    '请为请求中的应用生成 UserSig。',
  ],
  usersig_retries: [
    'UserSig 校验失败过于频繁，请等待一分钟。',
    '该 identifier 和地址在一分钟内发来十个以上错误的签名。正确的签名随时会被接受。',
    '请修正用于签名的密钥；`ringback usersig explain` 会说明问题所在。',
  ],
  usersig_revoked: [
    '该 UserSig 已失效，请重新生成。',
    '在此 UserSig 生成之后，该帐号被强制下线。',
    '请生成新的 UserSig。',
  ],

  account_unknown: noAccount,
  accounts_too_many: [
    '该应用的帐号数已达到上限。',
    '上限由 limits.accounts 决定。已删除的帐号也计入：此前生成的签名已失效这一点要一直保存。已有的帐号可以继续使用。',
    '请调高 limits.accounts，或把已删除的 ID 分配给新用户。',
  ],
  account_bad_params: badParams,
  value_too_long: ['值过长。', '名称、头像 URL 或资料中的其他值超过 500 字节。', '请缩短 ErrorInfo 指出的值。'],
  account_internal: internal,

  profile_bad_params: badParams,
  profile_no_account: ['没有给出帐号。', 'From_Account 或 To_Account 缺失或为空。', '请写明帐号。'],
  profile_account_unknown: noAccount,
  profile_internal: internal,
  profile_tag_unknown: [
    '没有这个标签。',
    '该 Tag 既不是标准标签，也不以 Tag_Profile_Custom 开头。',
    '请与参考文档中的列表核对。',
  ],
  profile_value: ['该标签不能取这个值。', '该标签只接受特定的词。', '请使用 ErrorInfo 列出的词之一。'],
  profile_type: ['值的类型错误。', '该标签要求文本却给了数字，或相反。', '请按 ErrorInfo 指出的类型发送。'],

  group_internal: internal,
  group_bad_params: badParams,
  group_too_many_accounts: ['请求中的帐号过多。', '每个命令能接受的帐号数量有上限。', '请分多次请求发送。'],
  group_not_permitted: [
    '此类型的群组不支持该操作。',
    '不能把成员加入 AVChatRoom，他们只能自行加入。',
    '请使用其他类型的群组。',
  ],
  group_owner_stays: ['群主不能离开群组。', '该请求会把群主移出群组。', '请先用 change_group_owner 把群组转让给他人。'],
  group_unknown: [
    '群组不存在。',
    '该应用没有此 GroupId 的群组，或群组已解散。',
    '请与 get_appid_group_list 核对 GroupId。',
  ],
  group_full: [
    '群组已满。',
    '加上这些成员会超过其 MaxMemberNum。',
    '请用 modify_group_base_info 提高 MaxMemberNum，或少加一些成员。',
  ],
  group_id_illegal: [
    'GroupId 无效。',
    'GroupId 为 1 到 48 个可打印的 ASCII 字符；以 @TGS# 开头的由服务器生成。',
    idTaken,
  ],
  group_answer_too_large: [
    '应答超过 1 MB。',
    '请求一次要求的群组或成员过多。',
    '请一次少要一些（Limit），或用过滤条件减少每个群组的成员。',
  ],
  group_account_unknown: noAccount,
  group_id_taken: ['GroupId 已被占用。', '已有此 GroupId 的群组，群主是别人。', idTaken],
  group_exists: [
    'GroupId 已被同一群主的群组占用。',
    '同样的群组先前已创建，也许是重复的请求。',
    '无需处理：群组已经存在。',
  ],
  group_joined_too_many: [
    '该帐号加入的群组过多。',
    '一个帐号最多能加入的群组数由 groups.maxJoined 决定。',
    '请让该帐号退出不再需要的群组。',
  ],
  group_too_many_members: [
    '群组成员会过多。',
    '请求中的成员超过群组上限，或 MaxMemberCount 超过此类型群组的上限。',
    '请减少成员，或提高 groups.maxMembers。',
  ],

  internal,
  bad_params: badParams,
  unknown_account: [
    '要呼叫的帐号都不存在。',
    '这些帐号从未导入，也从未有人用它们登录。',
    '请导入帐号、让用户登录一次，或把 accounts.unknownCallee 设为 ring。',
  ],
  no_such_call: ['通话不存在。', '该应用没有此 CallId 的通话。', '请使用发起通话时服务器给出的 CallId。'],
  call_ended: ['通话已经结束。', '有人挂断、服务器结束了它，或已超时。', '无需处理：请改为读取其记录。'],
  no_such_record: [
    '通话记录不存在。',
    '没有以此 CallId 结束的通话，或其记录已超过 records.keepDays。',
    '通话进行中请用 get_call_info；否则请检查 CallId。',
  ],

  already_in_call: ['您已在通话中。', '该用户的某台设备正在响铃或通话。', '请先挂断。'],
  not_waiting: [
    '此通话没有等待您应答的邀请。',
    '邀请已被接听、拒绝、撤回，或已超时。',
    '请显示上一条通知所带的状态；`resume` 会重新告知。',
  ],
  not_in_call: ['您不在此通话中。', '该用户不是通话成员，或已离开。', '如果允许加入，请先加入通话。'],
  answered_elsewhere: ['您的另一台设备正在进行此通话。', '一个用户的通话只由一台设备进行。', '请在接听的设备上继续。'],
  call_full: ['通话人数已满。', '通话成员已达到该应用允许的数量。', '请等有人离开。'],
  not_allowed: [
    '您不能在此通话中这样做。',
    '只有部分成员可以这样做，或通话属于另一种类型。',
    '请参阅参考文档中的通话规则。',
  ],
  origin_not_allowed: [
    '此来源的页面不能让设备登录该应用。',
    '该应用设有来源列表，打开套接字的页面不在其中。',
    '请操作员用 `ringback app allow-origin` 添加该来源。',
  ],
  scene_not_supported: ['此类通话不支持该操作。', '只有两人通话可以切换媒体类型。', '请改为打开或关闭摄像头。'],

  parse_error: ['帧不是 JSON。', '文本无法解析。', '请用文本帧发送 JSON-RPC 2.0。'],
  invalid_request: [
    '帧不是 JSON-RPC 2.0 请求。',
    '成员缺失或类型错误，或是批量请求。',
    '请发送 {"jsonrpc":"2.0","id":1,"method":"..","params":{..}}。',
  ],
  method_unknown: ['没有这个方法。', '信令协议没有这个方法。', '请与参考文档中的请求列表核对。'],
  frame_bad_params: ['参数与方法不符。', 'params 的某个成员缺失或取值错误，data.field 指出其名称。', '请修正该字段。'],
  not_signed_in: ['请先登录。', '该套接字尚未登录。', '请把 signIn 作为第一个请求发送。'],
  bad_signature: [
    '签名被拒绝。',
    'UserSig 错误、过期或已撤销；错误码与 REST API 的相同。',
    '请从您自己的服务器获取新的 UserSig。',
  ],
  media_unreachable: [
    '目前无法连接到负责此通话媒体的节点；请重试。',
    '此通话由另一个节点负责，而它没有应答：它刚刚停止运行，或 Redis 无法访问。',
    '大约 300 毫秒后重试，之后放慢重试。通话本身会继续。',
  ],
  too_fast: ['请求过多。', '设备发送得比允许的快。', '请放慢速度。'],

  console_sign_in: [
    '名称或密码不正确。',
    '没有此名称的操作员，或密码不对。',
    '请重试，或用 `ringback console link` 获取新链接。',
  ],
  console_wait: [
    '尝试次数过多，请等待 15 分钟。',
    '15 分钟内，此地址输错十次密码或使用了三十次链接，或此名称输错了一千次密码。',
    '请等待。若是输错密码，`ringback console link` 的新链接可让您立即进入。',
  ],
  console_link: ['链接已失效。', '链接只能在 15 分钟内使用一次。', '请用 `ringback console link` 获取新链接。'],
  console_session: [
    '请先登录。',
    '会话已结束，或令牌不属于此服务器。',
    '请在 /console 登录，或以 Authorization: Bearer 发送所有者创建的令牌。',
  ],
  console_forbidden: [
    '您的角色不允许这样做。',
    '查看者只能查看，操作员管理通话和 Webhook，所有者可做一切。',
    '请找所有者处理。',
  ],
  console_unknown: ['没有这个对象。', '地址所指的对象不存在，或已不存在。', '请查看它原来所在的列表。'],
  console_streams: [
    '打开的实时列表或导出过多。',
    '每个显示实时通话的页面和每个进行中的导出都占用一个数据流，每位操作员和服务器都有上限。',
    '请关闭控制台的其他窗口，或等待导出完成。',
  ],
  console_csrf: ['请求不是来自控制台。', '浏览器的更改请求必须带有其会话的 x-csrf-token。', '请重新加载页面。'],

  config_internal: internal,
  config_bad_params: badParams,
  no_callback: [
    '该应用没有配置回调。',
    '该应用从未调用 set_callback，或之后调用了 delete_callback。',
    '请用 call_config/set_callback 配置。',
  ],
};
