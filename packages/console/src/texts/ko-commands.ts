import type { CommandTexts } from './texts.ts';

const asSent = ['보내는 그대로'] as const;
const twice = '같은 요청을 두 번 보내도 됩니다.';
const oneOfTwo = '있는 것 하나와 없는 것 하나';

/** The commands of the REST API and of the legacy API, in Korean. */
export const koCommands: CommandTexts = {
  '/v4/call_engine_http_srv/get_call_info': {
    summary: '진행 중인 통화의 상태.',
    description:
      '누가 통화에 있고 누구에게 벨이 울리는지, 어떤 미디어를 쓰는지 답합니다. 끝난 통화는 여기서 알 수 없으니 기록을 읽으세요.',
    examples: ['벨이 울리는 통화'],
  },
  '/v4/call_engine_http_srv/start_call_by_robot': {
    summary: '로봇 계정의 이름으로 사용자들에게 전화합니다.',
    description:
      '서버가 발신자인 통화를 시작합니다. 수신자가 한 명이면 `SingleCall`, 더 많으면 `MultiCall`이 됩니다. 로봇은 처음부터 통화에 있는 것으로 치며, 다른 사람이 모두 나가면 통화가 끝납니다. 요청을 반복하면 새 통화가 됩니다.',
    examples: ['두 사용자에게 전화하기', '그중 한 명은 계정이 없음'],
  },
  '/v4/call_engine_http_srv/end_call': {
    summary: '진행 중인 통화를 끝냅니다.',
    description:
      '벨이 울리든 통화 중이든 모두에게서 통화를 끝내고, 기기에는 서버가 끝냈다고 알립니다. 누군가 받았다면 기록은 `NormalEnd`, 아니면 `Cancel`입니다. 같은 통화에 다시 보낸 `end_call`은 101004로 거부됩니다.',
    examples: ['통화 끝내기'],
  },
  '/v4/call_record_http_srv/get_record_by_callid': {
    summary: '끝난 통화 하나의 기록.',
    description:
      '통화가 끝나는 즉시, 운영자가 기록을 보관하는 동안 읽을 수 있습니다. 진행 중인 통화에는 아직 기록이 없습니다.',
    examples: ['응답된 통화'],
  },
  '/v4/call_record_http_srv/get_record_by_filter': {
    summary: '최근 며칠의 기록을 페이지로.',
    description: '`Page`가 0이 될 때까지 페이지를 차례로 요청하세요. `{}`는 최근 7일의 첫 기록 10개를 줍니다.',
    examples: ['최근 며칠의 응답된 통화', '찾은 것 없음'],
  },
  '/v4/call_config/set_callback': {
    summary: '통화 이벤트를 보낼 곳을 정합니다.',
    description:
      '애플리케이션마다 설정은 하나이며, 다시 호출하면 바뀝니다. 같은 내용이면 아무것도 바뀌지 않습니다. 사설망의 주소는 운영자가 허용하지 않는 한 거부됩니다. 전송은 애플리케이션의 비밀 값(`ringback webhooks secret`)으로 서명되며, 이 값은 그대로입니다. 운영자가 일시 중지한 엔드포인트는 그대로 멈춰 있고 이벤트는 기다립니다. 410으로 답했던 곳에는 다시 보냅니다.',
    examples: ['세 이벤트 중 둘'],
  },
  '/v4/call_config/get_callback': {
    summary: '통화 이벤트를 보내는 곳.',
    description: '`set_callback`으로 정한 것을 답합니다.',
    examples: ['정해 둔 것'],
  },
  '/v4/call_config/delete_callback': {
    summary: '통화 이벤트를 그만 보냅니다.',
    description: `전송을 기다리던 이벤트는 버려집니다. 설정이 없어도 성공하므로 ${twice}`,
    examples: ['그만 보내기'],
  },
  '/v4/im_open_login_svc/account_import': {
    summary: '계정을 만듭니다.',
    description: `그때부터 그 사용자에게 전화할 수 있습니다. 이미 있는 계정은 주어진 이름과 사진만 바뀌고 나머지는 그대로이므로 ${twice}`,
    examples: ['이름과 사진과 함께'],
  },
  '/v4/im_open_login_svc/multiaccount_import': {
    summary: '여러 계정을 만듭니다.',
    description:
      '최대 100개의 계정에 `account_import`와 같은 일을 합니다. 계정은 `AccountList`에, 오래된 클라이언트는 `Accounts`에 씁니다. ID, 이름, 사진이 올바르지 않은 계정은 `FailAccounts`에 나오고 나머지는 만들어집니다. 새 계정이 모두 들어갈 자리가 애플리케이션에 없으면 요청은 거부되고(70398) 일부는 만들어졌을 수 있습니다.',
    examples: ['두 계정', '옛 형식, ID 하나가 32바이트를 넘음'],
  },
  '/v4/im_open_login_svc/account_delete': {
    summary: '계정을 삭제합니다.',
    description:
      '계정은 프로필, 그룹의 자리와 함께 없어지고, 소유하던 그룹에는 소유자가 없어집니다. 곧바로 통화에서 나가고(`Offline`), 기기는 로그아웃되며, UserSig는 나중에 같은 이름의 계정을 만들어도 무효입니다. 그 이름으로 건 로봇의 통화는 계속되며, `end_call`로 종료합니다. 통화 기록은 남습니다.',
    examples: [oneOfTwo],
  },
  '/v4/im_open_login_svc/account_check': {
    summary: '어떤 계정이 있는지 알려 줍니다.',
    description: '가져왔거나 사용자가 로그인한 적이 있으면 계정이 있는 것입니다.',
    examples: [oneOfTwo],
  },
  '/v4/im_open_login_svc/kick': {
    summary: '사용자를 모든 곳에서 로그아웃시킵니다.',
    description:
      '이 초까지 만든 그 계정의 UserSig는 모두 무효가 되고(70052), 그 뒤의 것은 유효합니다. 기기는 로그아웃되고(`kickedOut`, 종료 코드 4005) 곧바로 통화에서 나갑니다(`Offline`). 그 이름으로 건 로봇의 통화는 계속되며, `end_call`로 종료합니다. 로그인한 적도 가져온 적도 없어 아직 계정이 없는 사용자에게는 70107로 답하며, 무효가 되는 것은 없습니다. 먼저 계정을 가져온 다음 로그아웃시키십시오.',
    examples: ['alice를 로그아웃시키기'],
  },
  '/v4/openim/query_online_status': {
    summary: '누가 온라인인지 알려 줍니다.',
    description:
      '사용자의 기기가 시그널링 소켓에 로그인해 있는 동안 온라인입니다. `Detail`에는 플랫폼이 나오며, 같은 플랫폼의 기기 둘은 한 항목입니다. 없는 계정은 `ErrorList`에 있습니다.',
    examples: ['아무도 로그인하지 않음'],
  },
  '/v4/profile/portrait_set': {
    summary: '계정의 이름, 사진 등의 값을 정합니다.',
    description:
      '표준 태그는 `Tag_Profile_IM_Nick`, `Tag_Profile_IM_Image`, `Tag_Profile_IM_Gender`, `Tag_Profile_IM_BirthDay`, `Tag_Profile_IM_Location`, `Tag_Profile_IM_SelfSignature`, `Tag_Profile_IM_AllowType`, `Tag_Profile_IM_Language`, `Tag_Profile_IM_MsgSettings`, `Tag_Profile_IM_AdminForbidType`, `Tag_Profile_IM_Level`, `Tag_Profile_IM_Role`이며, 애플리케이션은 `Tag_Profile_Custom`으로 시작하는 태그를 20개까지 더할 수 있습니다. 그런 태그는 빈 텍스트로 정하면 없어집니다. 이름(`Nick`)과 사진(`Image`)은 초대와 함께 통화 구성원의 기기에 전해집니다. 값은 전부 정해지거나 하나도 정해지지 않습니다.',
    examples: ['이름과 사진'],
  },
  '/v4/profile/portrait_get': {
    summary: '계정들의 이름, 사진 등의 값.',
    description:
      '`TagList`의 태그를, 없으면 있는 것을 모두 답합니다. 정한 적 없는 값은 빠집니다. 없는 계정은 자기 `ResultCode`를 가지며 `Fail_Account`에도 나옵니다.',
    examples: ['있는 계정과 없는 계정의 이름'],
  },
  '/v4/group_open_http_svc/get_appid_group_list': {
    summary: '애플리케이션의 그룹들.',
    description:
      '만들어진 순서대로 페이지로 줍니다. 첫 페이지는 `Next` 0이거나 없이, 다음부터는 앞 응답의 `Next`로, 0이 될 때까지 요청하세요. 그사이 만든 그룹은 마지막에 옵니다.',
    examples: ['모든 그룹', '하나도 없는 유형'],
  },
  '/v4/group_open_http_svc/create_group': {
    summary: '그룹을 만듭니다.',
    description:
      '`GroupId`가 없으면 서버가 `@TGS#`로 시작하는 것을 만듭니다. 구성원은 모두 계정이 있어야 합니다. 같은 `GroupId`와 소유자로 두 번째 온 요청에는 10025를 답합니다. 그룹은 이미 있습니다.',
    examples: ['서버가 ID를 고름', '직접 정한 ID'],
  },
  '/v4/group_open_http_svc/get_group_info': {
    summary: '그룹과 그 구성원의 정보.',
    description:
      '그룹마다 자기 `ErrorCode`가 있습니다. 필터에 낱말을 쓰면 응답의 그 부분이 그것만으로 줄고, 없으면 전부 옵니다. 모르는 낱말은 무시합니다.',
    examples: ['있는 그룹의 몇 가지와 없는 그룹'],
  },
  '/v4/group_open_http_svc/get_group_member_info': {
    summary: '그룹의 구성원들.',
    description:
      '들어온 순서대로 페이지로 줍니다. `MemberNum`은 페이지와 필터에 상관없이 모든 구성원의 수입니다. Community에서는 `Next`로 페이지를 요청합니다. 처음에는 비우고, 다음부터는 앞 응답의 것을 비어 있을 때까지 씁니다.',
    examples: ['그룹의 소유자'],
  },
  '/v4/group_open_http_svc/get_specified_group_member_info': {
    summary: '그룹의 특정 구성원들.',
    description: '구성원이 아닌 사람은 빠집니다.',
    examples: ['구성원 한 명과 아닌 사람 한 명'],
  },
  '/v4/group_open_http_svc/add_group_member': {
    summary: '사용자를 그룹에 넣습니다.',
    description: `이미 구성원인 사용자는 오류가 아니므로 ${twice} 새 사용자 중 막는 것이 없는 사람은 모두 들어갑니다. 그룹에 다 들어갈 수 없으면 아무도 들어가지 않습니다. 요청하는 관리자는 소유자의 권한을 가지므로 아무의 동의도 기다리지 않습니다.`,
    examples: ['새 사용자, 구성원, 계정 없는 사용자'],
  },
  '/v4/group_open_http_svc/delete_group_member': {
    summary: '구성원을 그룹에서 뺍니다.',
    description: `구성원이 아닌 사람은 오류가 아니므로 ${twice} 소유자는 남습니다. 먼저 그룹을 다른 사람에게 넘기세요. 그룹 통화에 있는 사람은 통화에 남습니다.`,
    examples: ['bob 빼기'],
  },
  '/v4/group_open_http_svc/modify_group_base_info': {
    summary: '그룹을 바꿉니다.',
    description:
      '요청에 있는 것만 바뀌고, `AppDefinedData`도 요청에 있는 키만 바뀝니다. `MaxMemberNum`은 구성원 수보다 작을 수 없습니다.',
    examples: ['새 이름'],
  },
  '/v4/group_open_http_svc/change_group_owner': {
    summary: '그룹을 다른 구성원에게 넘깁니다.',
    description: '지금까지의 소유자는 보통 구성원이 됩니다.',
    examples: ['alice에게서 bob에게'],
  },
  '/v4/group_open_http_svc/destroy_group': {
    summary: '그룹을 해산합니다.',
    description: 'ID는 다시 쓸 수 있습니다. 그룹의 통화는 계속되며, 이제부터는 초대받은 사람만 참가할 수 있습니다.',
    examples: ['그룹 해산하기'],
  },
  '/v4/group_open_http_svc/get_joined_group_list': {
    summary: '사용자가 들어 있는 그룹들.',
    description: 'ID 순서대로 페이지로 줍니다. ID 말고 무엇을 보여 줄지는 `ResponseFilter`로 정합니다.',
    examples: ['이름과 자신의 역할과 함께'],
  },
  '/v4/group_open_http_svc/get_role_in_group': {
    summary: '사용자들의 그룹 내 역할.',
    description: '없는 계정은 구성원이 아닙니다.',
    examples: ['소유자, 구성원, 그 밖의 사람'],
  },
  '/v4/push_http_srv/set_device_token': {
    summary: '앱이 실행 중이 아닐 때 울릴 기기를 등록합니다.',
    description:
      'Ringback 고유의 명령으로 원래 API에는 없습니다. 기기는 제공자와 채널마다 토큰을 하나 가지며, 새 토큰이 앞의 것을 대신합니다. 다른 기기가 쓰던 토큰이면 그 기기에서는 지워집니다. 시그널링을 쓰는 기기는 `registerPush`로 같은 일을 합니다.',
    examples: asSent,
  },
  '/v4/push_http_srv/delete_device_token': {
    summary: '사용자의 기기를 푸시에서 뺍니다.',
    description:
      'Ringback 고유의 명령으로 원래 API에는 없습니다. `DeviceId`가 없으면 사용자의 모든 기기, `Provider`가 없으면 모든 제공자의 토큰을 지웁니다. 빈 값은 없는 것과 같습니다.',
    examples: asSent,
  },
  '/v4/push_http_srv/get_device_tokens': {
    summary: '사용자가 푸시로 울리는 기기.',
    description: 'Ringback 고유의 명령으로 원래 API에는 없습니다. 새것부터 나오며, 토큰은 끝부분만 보입니다.',
    examples: asSent,
  },
  '/v1/records/get_record_by_callId': {
    summary: '끝난 통화 하나의 기록.',
    description: '`call_record_http_srv/get_record_by_callid`가 답하는 것과 같은 기록을 옛 API의 말로 줍니다.',
    examples: ['응답된 통화'],
  },
  '/v1/records/get_records_by_filter': {
    summary: '최근 며칠의 기록을 페이지로.',
    description: '`page`가 0이 될 때까지 페이지를 차례로 요청하세요.',
    examples: ['어느 시각 이후의 응답된 통화'],
  },
  '/v1/callback/set': {
    summary: '콜백을 보낼 곳을 정합니다.',
    description: '애플리케이션마다 설정은 하나이며, 다시 호출하면 바뀝니다. 같은 내용이면 아무것도 바뀌지 않습니다.',
    examples: asSent,
  },
  '/v1/callback/get': {
    summary: '콜백을 보내는 곳.',
    description: '`set`이나 `update`로 정한 것을 답합니다.',
    examples: asSent,
  },
  '/v1/callback/update': {
    summary: '콜백을 보내는 곳을 바꿉니다.',
    description: '바꿀 설정이 있을 때 `set`과 같습니다.',
    examples: asSent,
  },
  '/v1/callback/delete': {
    summary: '콜백을 그만 보냅니다.',
    description: '전송을 기다리던 콜백은 버려집니다. 설정이 없어도 성공합니다.',
    examples: asSent,
  },
};
