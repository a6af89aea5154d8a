import type { ErrorTexts } from './texts.ts';

const badParams = [
  '올바르지 않은 값이 있습니다.',
  '본문의 항목이 빠졌거나 값이 잘못되었습니다.',
  'ErrorInfo가 가리키는 항목을 고치세요.',
] as const;
const internal = [
  '내부 오류입니다. 다시 시도하세요.',
  '서버의 결함이거나 저장소에 접근할 수 없습니다.',
  '다시 시도하고, 계속되면 RequestId와 함께 신고하세요.',
] as const;
const noAccount = [
  '없는 계정입니다.',
  '가져온 적도 없고 로그인한 적도 없는 계정입니다.',
  '계정을 가져오거나, 사용자가 한 번 로그인하게 하세요.',
] as const;
const idTaken = '다른 GroupId를 고르거나 비워 두세요.';
const patience = '간격을 늘려 가며 다시 시도하거나,';
const slowServer = '다시 시도하세요. 자주 생기면 `ringback doctor`로 서버와 디스크의 부하를 살펴보세요.';

/** What each error is, why it comes, and what to do, in Korean. */
export const koErrors: ErrorTexts = {
  http_malformed: [
    'HTTP 요청이나 URL을 해석할 수 없습니다.',
    'HTTP가 아니거나, 퍼센트 인코딩이 깨졌거나, 매개변수 이름이 두 번 나오거나, contenttype이 json이 아니거나, 경로가 /v4/<servicename>/<command>가 아닙니다.',
    'POST /v4/<servicename>/<command>?sdkappid=..&identifier=..&usersig=..&random=..&contenttype=json 으로 보내고 모든 값을 퍼센트 인코딩하세요.',
  ],
  body_not_json: [
    '요청 본문이 JSON 객체가 아닙니다.',
    '본문이 비었거나, JSON이 아니거나, 객체가 아니거나, UTF-8이 아니거나, 한도보다 큽니다.',
    'UTF-8로 된 JSON 객체를 보내세요. 항목이 없는 명령에는 {}를 보냅니다.',
  ],
  identifier_missing: [
    'URL에 identifier가 없거나 길이가 1~32바이트가 아닙니다.',
    '쿼리에 쓸 수 있는 identifier가 없습니다.',
    'identifier=<애플리케이션 관리자의 UserID>를 추가하세요.',
  ],
  usersig_missing: [
    'URL에 usersig가 없습니다.',
    '쿼리에 usersig가 없거나 비어 있습니다.',
    'usersig=<그 identifier로 만든 UserSig>를 추가하세요. `ringback usersig make`로 만들 수 있습니다.',
  ],
  app_unknown: [
    'sdkappid가 이 서버의 애플리케이션 번호가 아닙니다.',
    'sdkappid가 십진수가 아니거나, 그 번호의 애플리케이션이 없습니다.',
    '`ringback app list`와 비교하거나 `ringback app create`로 애플리케이션을 만드세요.',
  ],
  command_rate: [
    '이 명령을 너무 자주 호출했습니다.',
    '애플리케이션에 허용된 것보다 많은 이 명령의 요청이 1초 안에 왔습니다.',
    `${patience} 운영자에게 이 명령의 한도를 올려 달라고 하세요.`,
  ],
  command_not_offered: [
    'Ringback에 없는 명령입니다.',
    '원래 서비스에는 채팅용으로 있는 명령입니다. Ringback은 통화와, 통화에 필요한 계정, 프로필, 그룹을 다룹니다.',
    '이 요청은 보내지 마세요.',
  ],
  method_not_post: [
    'API는 POST에만 응답합니다.',
    '다른 HTTP 메서드로 보낸 요청입니다.',
    '매개변수는 URL에, JSON 객체는 본문에 넣어 POST로 보내세요.',
  ],
  handler_timeout: [
    '서비스가 제때 응답하지 않았습니다. 다시 시도하세요.',
    '명령이 API가 허용하는 3초보다 오래 걸렸습니다.',
    slowServer,
  ],
  command_unknown: [
    '없는 명령입니다. URL을 확인하세요.',
    '경로의 버전, 서비스 이름, 명령 중 이 서버가 모르는 것이 있습니다. 대소문자를 구분합니다.',
    '참조 문서의 명령 목록과 경로를 비교하세요.',
  ],
  not_administrator: [
    'identifier가 애플리케이션의 관리자가 아닙니다.',
    '서명은 맞지만 REST API는 관리자만 호출할 수 있습니다.',
    '관리자(모든 애플리케이션에 `administrator`가 있습니다)로 서명하거나, 운영자에게 이 계정을 관리자로 지정해 달라고 하세요.',
  ],
  app_rate: [
    '애플리케이션이 요청을 너무 많이 보냅니다.',
    '모든 명령을 합쳐, 애플리케이션에 허용된 것보다 많은 요청이 1초 안에 왔습니다.',
    `${patience} 운영자에게 애플리케이션의 한도를 올려 달라고 하세요.`,
  ],
  sdkappid_missing: [
    'URL에 sdkappid가 없습니다.',
    '쿼리에 sdkappid가 없습니다(이름은 대소문자를 구분하므로 SDKAppID와는 다릅니다).',
    'sdkappid=<애플리케이션 번호>를 추가하세요.',
  ],
  answer_malformed: [
    '서비스의 응답이 자신의 정의에 맞지 않습니다.',
    '서버의 결함입니다. 명령은 실행되었지만 응답이 약속한 모양이 아닙니다.',
    'RequestId와 함께 신고하세요. 전체 내용은 서버 로그에 있습니다.',
  ],
  account_timeout: [
    '계정 서비스가 제때 응답하지 않았습니다. 다시 시도하세요.',
    '계정을 찾는 데 허용된 시간보다 오래 걸렸습니다.',
    slowServer,
  ],
  account_not_string: [
    '본문의 계정이 문자열이 아닙니다.',
    'UserID나 *_Account 항목에 숫자, 객체 등이 들어 있습니다.',
    '계정은 JSON 문자열로, 목록이 필요한 곳에는 문자열 배열로 쓰세요.',
  ],
  app_disabled: [
    '사용이 중지된 애플리케이션입니다.',
    '운영자가 사용을 중지했습니다.',
    '운영자에게 `ringback app enable`을 실행해 달라고 하세요.',
  ],
  command_disabled: [
    '이 애플리케이션에서 사용이 중지된 명령입니다.',
    '운영자가 사용을 중지했습니다.',
    '운영자에게 이 애플리케이션에서 명령을 다시 켜 달라고 하세요.',
  ],
  too_many_in_flight: [
    '애플리케이션의 처리 중인 요청이 너무 많습니다. 나중에 다시 시도하세요.',
    '아직 응답받지 못한 요청이 동시에 허용된 수보다 많습니다.',
    '응답을 기다린 뒤 더 보내고, 연결 풀을 줄이세요.',
  ],
  overloaded: [
    '서버가 과부하 상태입니다. 나중에 다시 시도하세요.',
    '할 일이 너무 많아 서버의 이벤트 루프가 밀렸습니다.',
    '간격을 늘려 가며 다시 시도하세요. 운영자는 부하를 살펴보거나 노드를 늘려야 합니다.',
  ],
  package_expired: [
    '애플리케이션의 패키지가 만료되었습니다.',
    '운영자가 정한, API를 쓸 수 있는 마지막 날이 지났습니다.',
    '운영자에게 날짜를 늘리거나 없애 달라고 하세요.',
  ],
  ip_not_allowed: [
    '이 IP 주소에서 온 요청은 허용되지 않습니다.',
    '애플리케이션에 허용 주소 목록이 있고, 이 주소는 그 안에 없습니다.',
    '목록에 있는 주소에서 보내거나, 운영자에게 이 주소를 추가해 달라고 하세요.',
  ],

  usersig_expired: [
    'UserSig가 만료되었습니다.',
    '생성 시각에 유효 기간을 더한 시각이 서버의 현재보다 과거입니다.',
    '새 UserSig를 만드세요. 유효 기간은 24시간 이상으로 하고, 서명하는 기계의 시계를 확인하세요.',
  ],
  usersig_illegal: [
    'UserSig를 해석할 수 없습니다. 다시 만드세요.',
    '잘렸거나, zlib으로 압축되지 않았거나, 전달 중에 문자가 바뀌었습니다.',
    '`ringback usersig explain`이나 이 콘솔의 UserSig 진단에 붙여 넣으면 무엇이 잘못인지 알려 줍니다.',
  ],
  usersig_mismatch: [
    'UserSig 검증에 실패했습니다. 다른 애플리케이션의 키로 만든 것일 수 있습니다.',
    '안에 든 서명이 이 애플리케이션의 키로 만든 것이 아닙니다.',
    '`ringback app show`가 보여 주는 이 애플리케이션의 키로 서명하세요.',
  ],
  identifier_mismatch: [
    '요청의 identifier가 UserSig 안의 것과 다릅니다.',
    '다른 사용자용으로 만든 UserSig입니다.',
    '요청에 쓰는 바로 그 identifier로 UserSig를 만드세요.',
  ],
  sdkappid_mismatch: [
    '요청의 sdkappid가 UserSig 안의 것과 다릅니다.',
    '다른 애플리케이션용으로 만든 UserSig입니다.',
    '요청에 쓰는 바로 그 애플리케이션으로 UserSig를 만드세요.',
  ],
  usersig_retries: [
    'UserSig 검증 실패가 너무 잦습니다. 1분 기다리세요.',
    '이 identifier와 주소에서 1분 안에 잘못된 서명이 열 번 이상 왔습니다. 올바른 서명은 언제나 받아들입니다.',
    '서명에 쓰는 키를 고치세요. `ringback usersig explain`이 무엇이 잘못인지 알려 줍니다.',
  ],
  usersig_revoked: [
    '더 이상 유효하지 않은 UserSig입니다. 새로 만드세요.',
    '이 UserSig를 만든 뒤 계정이 강제로 로그아웃되었습니다.',
    '새 UserSig를 만드세요.',
  ],

  account_unknown: noAccount,
  accounts_too_many: [
    '애플리케이션의 계정이 가질 수 있는 수만큼 있습니다.',
    '계정 수는 limits.accounts가 정합니다. 삭제된 계정도 셉니다. 전에 만든 서명이 무효라는 것을 계속 기억해야 하기 때문입니다. 이미 있는 계정은 그대로 쓸 수 있습니다.',
    'limits.accounts를 올리거나, 삭제된 ID를 새 사용자에게 주세요.',
  ],
  account_bad_params: badParams,
  value_too_long: [
    '값이 너무 깁니다.',
    '이름, 사진 URL 등 프로필 값이 500바이트를 넘습니다.',
    'ErrorInfo가 가리키는 값을 줄이세요.',
  ],
  account_internal: internal,

  profile_bad_params: badParams,
  profile_no_account: [
    '계정이 지정되지 않았습니다.',
    'From_Account나 To_Account가 없거나 비어 있습니다.',
    '계정을 지정하세요.',
  ],
  profile_account_unknown: noAccount,
  profile_internal: internal,
  profile_tag_unknown: [
    '없는 태그입니다.',
    '표준 태그도 아니고 Tag_Profile_Custom으로 시작하지도 않습니다.',
    '참조 문서의 목록과 비교하세요.',
  ],
  profile_value: [
    '이 태그가 가질 수 없는 값입니다.',
    '이 태그는 정해진 낱말만 받습니다.',
    'ErrorInfo에 나온 낱말 중 하나를 쓰세요.',
  ],
  profile_type: [
    '값의 형이 잘못되었습니다.',
    '글을 받는 태그에 숫자를 주었거나 그 반대입니다.',
    'ErrorInfo가 알려 주는 형으로 보내세요.',
  ],

  group_internal: internal,
  group_bad_params: badParams,
  group_too_many_accounts: [
    '요청에 계정이 너무 많습니다.',
    '명령마다 받을 수 있는 계정 수가 정해져 있습니다.',
    '여러 요청으로 나누어 보내세요.',
  ],
  group_not_permitted: [
    '이 유형의 그룹에서는 할 수 없습니다.',
    'AVChatRoom에는 구성원을 넣을 수 없고, 사용자가 스스로 들어옵니다.',
    '다른 유형의 그룹을 쓰세요.',
  ],
  group_owner_stays: [
    '소유자는 그룹을 떠날 수 없습니다.',
    '요청대로라면 소유자가 그룹에서 빠집니다.',
    '먼저 change_group_owner로 다른 사람에게 넘기세요.',
  ],
  group_unknown: [
    '없는 그룹입니다.',
    '이 GroupId의 그룹이 애플리케이션에 없거나 해산되었습니다.',
    'get_appid_group_list와 GroupId를 비교하세요.',
  ],
  group_full: [
    '그룹이 가득 찼습니다.',
    '이 구성원들을 더하면 MaxMemberNum을 넘습니다.',
    'modify_group_base_info로 MaxMemberNum을 올리거나, 더 적게 추가하세요.',
  ],
  group_id_illegal: [
    '올바르지 않은 GroupId입니다.',
    'GroupId는 출력 가능한 ASCII 1~48자이며, @TGS#로 시작하는 것은 서버가 만듭니다.',
    idTaken,
  ],
  group_answer_too_large: [
    '응답이 1MB보다 큽니다.',
    '그룹이나 구성원을 한꺼번에 너무 많이 요청했습니다.',
    '한 번에 더 적게(Limit) 요청하거나, 필터로 구성원을 줄이세요.',
  ],
  group_account_unknown: noAccount,
  group_id_taken: ['이미 쓰이는 GroupId입니다.', '이 GroupId의 그룹이 이미 있고 소유자가 다릅니다.', idTaken],
  group_exists: [
    '같은 소유자의 그룹이 이미 이 GroupId를 씁니다.',
    '같은 그룹이 전에 만들어졌습니다. 반복된 요청 때문일 수 있습니다.',
    '할 일이 없습니다. 그룹은 있습니다.',
  ],
  group_joined_too_many: [
    '계정이 너무 많은 그룹에 들어 있습니다.',
    '계정 하나가 들어갈 수 있는 그룹 수는 groups.maxJoined가 정합니다.',
    '더 필요 없는 그룹에서 계정을 빼세요.',
  ],
  group_too_many_members: [
    '그룹의 구성원이 너무 많아집니다.',
    '요청한 구성원이 그룹의 한도보다 많거나, MaxMemberCount가 이 유형의 한도보다 큽니다.',
    '구성원을 줄이거나 groups.maxMembers를 올리세요.',
  ],

  internal,
  bad_params: badParams,
  unknown_account: [
    '전화할 계정이 하나도 없습니다.',
    '가져온 적도 없고 로그인한 적도 없는 계정들입니다.',
    '계정을 가져오거나, 사용자가 한 번 로그인하게 하거나, accounts.unknownCallee를 ring으로 설정하세요.',
  ],
  no_such_call: [
    '없는 통화입니다.',
    '이 CallId의 통화가 애플리케이션에 없습니다.',
    '통화를 시작할 때 서버가 준 CallId를 쓰세요.',
  ],
  call_ended: [
    '이미 끝난 통화입니다.',
    '누군가 끊었거나, 서버가 끝냈거나, 시간이 다 되었습니다.',
    '할 일이 없습니다. 통화 기록을 읽으세요.',
  ],
  no_such_record: [
    '없는 통화 기록입니다.',
    '이 CallId로 끝난 통화가 없거나, 기록이 records.keepDays를 넘겨 지워졌습니다.',
    '진행 중이면 get_call_info를 쓰고, 아니면 CallId를 확인하세요.',
  ],

  already_in_call: [
    '이미 통화 중입니다.',
    '사용자가 자기 기기 중 하나에서 벨이 울리거나 통화하고 있습니다.',
    '먼저 전화를 끊으세요.',
  ],
  not_waiting: [
    '이 통화에서 당신을 기다리는 초대가 없습니다.',
    '이미 응답, 거절 또는 철회되었거나 시간이 다 되었습니다.',
    '마지막 알림이 알려 준 상태를 보여 주세요. `resume`으로 다시 받을 수 있습니다.',
  ],
  not_in_call: [
    '이 통화에 들어 있지 않습니다.',
    '사용자가 통화의 구성원이 아니거나 이미 나갔습니다.',
    '참가할 수 있는 통화라면 먼저 참가하세요.',
  ],
  answered_elsewhere: [
    '당신의 다른 기기가 이 통화를 받았습니다.',
    '통화는 한 사용자의 기기 한 대에서만 이루어집니다.',
    '전화를 받은 기기에서 계속하세요.',
  ],
  call_full: [
    '통화 인원이 가득 찼습니다.',
    '애플리케이션이 허용하는 인원이 모두 통화에 있습니다.',
    '누군가 나갈 때까지 기다리세요.',
  ],
  not_allowed: [
    '이 통화에서는 할 수 없는 일입니다.',
    '일부 구성원만 할 수 있거나, 종류가 다른 통화입니다.',
    '참조 문서의 통화 규칙을 보세요.',
  ],
  origin_not_allowed: [
    '이 출처의 페이지는 이 애플리케이션에 기기를 로그인시킬 수 없습니다.',
    '애플리케이션에 출처 목록이 있고, 소켓을 연 페이지는 그 안에 없습니다.',
    '운영자에게 `ringback app allow-origin`으로 출처를 추가해 달라고 하세요.',
  ],
  scene_not_supported: [
    '이 종류의 통화에서는 지원하지 않습니다.',
    '미디어 종류는 두 사람의 통화에서만 바꿀 수 있습니다.',
    '대신 카메라를 켜고 끄세요.',
  ],

  parse_error: ['프레임이 JSON이 아닙니다.', '글을 해석할 수 없습니다.', 'JSON-RPC 2.0을 텍스트 프레임으로 보내세요.'],
  invalid_request: [
    '프레임이 JSON-RPC 2.0 요청이 아닙니다.',
    '항목이 빠졌거나 형이 다르거나, 여러 요청을 묶어 보냈습니다.',
    '{"jsonrpc":"2.0","id":1,"method":"..","params":{..}} 형식으로 보내세요.',
  ],
  method_unknown: [
    '없는 메서드입니다.',
    '시그널링 프로토콜에 없는 메서드입니다.',
    '참조 문서의 요청 목록과 비교하세요.',
  ],
  frame_bad_params: [
    'params가 메서드에 맞지 않습니다.',
    'params의 항목이 빠졌거나 값이 잘못되었습니다. data.field가 그 이름입니다.',
    '그 항목을 고치세요.',
  ],
  not_signed_in: ['먼저 로그인하세요.', '소켓이 아직 로그인하지 않았습니다.', '첫 요청으로 signIn을 보내세요.'],
  bad_signature: [
    '서명이 거부되었습니다.',
    'UserSig가 잘못되었거나 만료되었거나 무효입니다. 코드는 REST API가 답할 것과 같습니다.',
    '당신의 서버에서 새 UserSig를 받으세요.',
  ],
  media_unreachable: [
    '이 통화의 미디어를 맡은 곳에 지금 닿을 수 없습니다. 다시 시도하세요.',
    '통화를 다른 노드가 맡고 있는데 응답하지 않습니다. 그 노드가 방금 멈췄거나 Redis에 닿을 수 없습니다.',
    '300ms쯤 뒤에 다시 시도하고, 그다음에는 더 천천히 시도하세요. 통화 자체는 계속됩니다.',
  ],
  too_fast: ['요청이 너무 많습니다.', '기기가 허용된 것보다 빠르게 보냅니다.', '천천히 보내세요.'],

  console_sign_in: [
    '이름이나 비밀번호가 틀렸습니다.',
    '이 이름의 운영자가 없거나 비밀번호가 다릅니다.',
    '다시 시도하거나 `ringback console link`로 새 링크를 받으세요.',
  ],
  console_wait: [
    '시도가 너무 많습니다. 15분 기다리세요.',
    '15분 안에 이 주소에서 틀린 비밀번호 열 번이나 링크 사용 서른 번이 있었거나, 이 이름에 틀린 비밀번호가 천 번 있었습니다.',
    '기다리세요. 비밀번호가 틀린 경우에는 `ringback console link`의 새 링크로 바로 들어갈 수 있습니다.',
  ],
  console_link: [
    '더 이상 쓸 수 없는 링크입니다.',
    '링크는 15분 안에 한 번만 쓸 수 있습니다.',
    '`ringback console link`로 새 링크를 받으세요.',
  ],
  console_session: [
    '먼저 로그인하세요.',
    '세션이 끝났거나, 이 서버의 토큰이 아닙니다.',
    '/console에서 로그인하거나, 소유자가 만든 토큰을 Authorization: Bearer로 보내세요.',
  ],
  console_forbidden: [
    '현재 역할로는 할 수 없습니다.',
    '뷰어는 보기만 하고, 운영자는 통화와 웹훅을 다루며, 소유자는 모든 일을 합니다.',
    '소유자에게 부탁하세요.',
  ],
  console_unknown: [
    '그런 것이 없습니다.',
    '주소가 가리키는 것이 없거나 더 이상 없습니다.',
    '그것이 있던 목록을 보세요.',
  ],
  console_streams: [
    '열려 있는 실시간 목록이나 내보내기가 너무 많습니다.',
    '실시간 통화를 보여 주는 페이지와 진행 중인 내보내기마다 스트림을 하나씩 열어 두며, 운영자와 서버에 한도가 있습니다.',
    '콘솔의 다른 창을 닫거나 내보내기가 끝날 때까지 기다리세요.',
  ],
  console_csrf: [
    '콘솔에서 온 요청이 아닙니다.',
    '브라우저의 변경 요청에는 세션의 x-csrf-token이 있어야 합니다.',
    '페이지를 새로 고치세요.',
  ],

  config_internal: internal,
  config_bad_params: badParams,
  no_callback: [
    '이 애플리케이션에는 콜백이 설정되어 있지 않습니다.',
    'set_callback을 호출한 적이 없거나, 그 뒤 delete_callback을 호출했습니다.',
    'call_config/set_callback으로 설정하세요.',
  ],
};
