import type { SigTexts } from './texts.ts';

/** What can be said of a UserSig, in Korean. */
export const koUserSig: SigTexts = {
  empty: '비어 있습니다. UserSig 전체를 붙여 넣으세요.',
  encoded: 'URL에서처럼 퍼센트 인코딩되어 있었습니다.',
  encoded_twice: '퍼센트 인코딩이 두 번 되어 있었습니다. URL을 만들 때 한 번만 하세요.',
  blanks: '안에 공백이나 줄바꿈이 있습니다. 한 줄로 붙여 넣으세요. 공백은 원래 "+"였을 수 있습니다.',
  plain_json: 'JSON 그대로입니다. zlib으로 압축하고 base64로 인코딩한 다음 문자를 바꾸세요.',
  plain_json_old: '1.0보다 오래된 형식의 JSON입니다. Ringback은 2.0 형식(HMAC-SHA256)만 받습니다.',
  standard_alphabet:
    '표준 base64 문자로 되어 있습니다. UserSig는 + 대신 *, / 대신 -, = 대신 _를 쓰므로 인코딩한 뒤 바꾸세요.',
  not_compressed: '압축되지 않았습니다. base64로 인코딩하기 전에 JSON을 zlib(RFC 1950)으로 압축하세요.',
  old_form: 'EC 키로 서명한 옛 1.0 형식입니다. Ringback은 2.0 형식(HMAC-SHA256)을 받으므로 애플리케이션의 키를 쓰세요.',
  undecodable_too_long: '해석할 수 없습니다. 어떤 UserSig보다도 깁니다. 서명기가 출력한 길이와 비교하세요.',
  undecodable_not_base64:
    '해석할 수 없습니다. UserSig에 있을 수 없는 문자가 있습니다. 서명기가 출력한 것과 비교하세요.',
  undecodable_not_zlib:
    '해석할 수 없습니다. 잘렸거나, zlib으로 압축되지 않았거나, 전달 중에 손상되었습니다. 서명기가 출력한 길이와 비교하세요.',
  undecodable_too_big: '해석할 수 없습니다. 압축을 풀면 UserSig가 담는 것보다 훨씬 큽니다.',
  undecodable_not_json: '해석할 수 없습니다. 안에 든 것이 JSON 객체가 아닙니다.',
  undecodable_field_missing: '해석할 수 없습니다. 안의 필드가 빠졌거나 형이 다릅니다: {detail}.',
  undecodable_field_broken: '해석할 수 없습니다. 안의 필드에 있을 수 없는 문자가 있습니다: {detail}.',
  decodes: '해석됩니다. 애플리케이션 {app}의 "{user}" 서명입니다.',
  app_unknown: '이 서버에는 애플리케이션 {app}이(가) 없습니다(있는 것: {known}).',
  app_none: '이 서버에는 애플리케이션 {app}이(가) 없습니다.',
  app_disabled: '애플리케이션 {app}은(는) 사용이 중지되었습니다: `ringback app enable`.',
  other_app: '요청의 애플리케이션은 {asked}, 서명의 것은 {app}입니다(70014).',
  other_user: '요청의 사용자는 "{asked}", 서명의 것은 "{user}"입니다(70013).',
  no_admin: '"{user}"은(는) 관리자가 아닙니다. 기기에는 쓸 수 있지만 REST API는 거부합니다(60010).',
  userbuf: 'userbuf(미디어 방의 키)가 들어 있습니다.',
  ahead: '{ahead} 뒤의 시각으로 만들어졌습니다. 서명하는 기계의 시계가 빠릅니다. 그래도 받아들입니다.',
  milliseconds: 'TLS.time이 밀리초입니다. 초여야 합니다.',
  expired:
    '{ago} 전에 만료되었습니다(70001). 유효 기간은 {lifetime}였습니다. 새로 만들고 서명하는 기계의 시계를 확인하세요.',
  expired_at_once:
    '{ago} 전에 만료되었습니다(70001). 유효 기간이 0입니다. 새로 만들고 서명하는 기계의 시계를 확인하세요.',
  valid: '앞으로 {left} 동안 유효합니다.',
  short: '짧습니다. 기기의 서명은 24시간 이상으로 하세요.',
  kicked: '만들어진 뒤 계정이 강제로 로그아웃되었습니다(70052). 새로 만드세요.',
  key_right: '애플리케이션 {app}의 키 {key}(으)로 만든 올바른 서명입니다.',
  key_elsewhere: '애플리케이션 {app}이(가) 아니라 {owner}의 키 {key}(으)로 서명되었습니다(70009).',
  key_unknown:
    '이곳 애플리케이션의 어떤 키로도 만들지 않은 서명입니다(70009). 다른 키를 썼거나 서명한 뒤 필드가 바뀌었습니다.',
  sig_length: 'TLS.sig가 {bytes}바이트입니다. HMAC-SHA256은 32바이트입니다(70009).',
};
