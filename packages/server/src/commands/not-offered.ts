/**
 * Commands that callers of the original service may send and that are about chat, as `service/command`. They are answered
 * with a sentence of their own, so that nobody looks for a typing error.
 */
export const notOffered: ReadonlySet<string> = new Set([
  ...[
    'modify_group_member_info',
    'forbid_send_msg',
    'get_group_muted_account',
    'get_group_shutted_uin',
    'import_group',
    'import_group_member',
    'import_group_msg',
    'send_group_msg',
    'send_group_system_notification',
    'group_msg_get_simple',
  ].map((command) => `group_open_http_svc/${command}`),
  'openim/querystate',
  'openim/sendmsg',
]);
