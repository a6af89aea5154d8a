/**
 * The error table: the only place where numbers are written.
 *
 * Everything else speaks of an error by its name. `text` goes to the caller when nothing more exact is known, `cause`
 * and `fix` make the reference page. Several names may share a number: the wire has one number for several conditions.
 */
export interface ErrorRow {
  /** The number on the wire. */
  readonly code: number;
  /** What the caller reads when the refusal carries no sentence of its own. */
  readonly text: string;
  readonly cause: string;
  readonly fix: string;
}

const row = (code: number, text: string, cause: string, fix: string): ErrorRow => ({ code, text, cause, fix });

export const errors = {
  // The REST gateway.
  http_malformed: row(
    60002,
    'The HTTP request or its URL could not be parsed.',
    'The bytes are not HTTP, a percent-encoding is broken, a parameter name appears twice, contenttype is not json, or the path is not /v4/<servicename>/<command>.',
    'Send POST /v4/<servicename>/<command>?sdkappid=..&identifier=..&usersig=..&random=..&contenttype=json and percent-encode every value.',
  ),
  body_not_json: row(
    60003,
    'The request body is not a JSON object.',
    'The body is empty, is not JSON, is not an object, is not UTF-8, or is larger than the limit.',
    'Send a JSON object in UTF-8; a command without fields takes {}.',
  ),
  identifier_missing: row(
    60004,
    'The identifier is missing from the URL or is not 1 to 32 bytes long.',
    'The query has no usable identifier.',
    'Add identifier=<the UserID of an administrator of the application>.',
  ),
  usersig_missing: row(
    60005,
    'The usersig is missing from the URL.',
    'The query has no usersig, or it is empty.',
    'Add usersig=<a UserSig made for the identifier>; `ringback usersig make` makes one.',
  ),
  app_unknown: row(
    60006,
    'The sdkappid is not the number of an application of this server.',
    'The sdkappid is not a decimal number, or no application has it.',
    'Compare it with `ringback app list`, or make the application with `ringback app create`.',
  ),
  command_rate: row(
    60007,
    'This command is called too often.',
    'More requests of this command arrived within one second than the application may send.',
    'Wait and retry with a backoff, or ask the operator to raise the limit of the command.',
  ),
  command_not_offered: row(
    60009,
    'This command is not part of Ringback.',
    'The original service has such a command, for chat; Ringback carries calls, and the accounts, profiles and groups that calls need.',
    'Leave the request out.',
  ),
  method_not_post: row(
    60008,
    'The API answers POST only.',
    'The request was sent with another HTTP method.',
    'Send the request as POST, with its parameters in the URL and a JSON object as its body.',
  ),
  handler_timeout: row(
    60008,
    'The service did not answer in time; retry.',
    'The command took longer than the 3 s that the API allows.',
    'Retry. If it happens often, look at the load of the server and its disk with `ringback doctor`.',
  ),
  command_unknown: row(
    60009,
    'There is no such command; check the URL.',
    'The version, the service name or the command in the path is not one that this server knows. Names are case-sensitive.',
    'Compare the path with the list of commands in the reference.',
  ),
  not_administrator: row(
    60010,
    'The identifier is not an administrator of the application.',
    'The signature is right, but only administrators may call the REST API.',
    'Sign as an administrator (`administrator` exists in every application), or have the operator appoint this account.',
  ),
  app_rate: row(
    60011,
    'The application sends too many requests.',
    'More requests of all commands together arrived within one second than the application may send.',
    'Wait and retry with a backoff, or ask the operator to raise the limit of the application.',
  ),
  sdkappid_missing: row(
    60012,
    'The sdkappid is missing from the URL.',
    'The query has no sdkappid (parameter names are case-sensitive: SDKAppID is not it).',
    'Add sdkappid=<the number of the application>.',
  ),
  answer_malformed: row(
    60013,
    'The service gave an answer that does not fit its own description.',
    'A defect of the server: the command ran, but what it answered is not what it promises.',
    'Report it with the RequestId; the full text is in the log of the server.',
  ),
  account_timeout: row(
    60014,
    'The account service did not answer in time; retry.',
    'Looking up accounts took longer than allowed.',
    'Retry. If it happens often, look at the load of the server and its disk with `ringback doctor`.',
  ),
  account_not_string: row(
    60015,
    'An account in the body is not a string.',
    'A member named UserID or *_Account holds a number, an object or the like.',
    'Write accounts as JSON strings, or as an array of strings where a list is asked for.',
  ),
  app_disabled: row(
    60016,
    'The application is disabled.',
    'The operator has disabled it.',
    'Ask the operator to run `ringback app enable`.',
  ),
  command_disabled: row(
    60017,
    'This command is disabled for the application.',
    'The operator has disabled it.',
    'Ask the operator to enable the command for the application.',
  ),
  too_many_in_flight: row(
    60018,
    'Too many requests of the application are under way; retry later.',
    'The application has more unanswered requests than it may have at once.',
    'Wait for answers before sending more; keep the pool of connections smaller.',
  ),
  overloaded: row(
    60019,
    'The server is overloaded; retry later.',
    'The event loop of the server is late: it has more work than it can do.',
    'Retry with a backoff. The operator should look at the load, or run more nodes.',
  ),
  package_expired: row(
    60020,
    'The package of the application has expired.',
    'The operator has set a date after which the application may not use the API, and it has passed.',
    'Ask the operator to extend or remove the date.',
  ),
  ip_not_allowed: row(
    60021,
    'Requests from this IP address are not allowed.',
    'The application has an allow-list of source addresses, and this one is not in it.',
    'Send from a listed address, or ask the operator to list this one.',
  ),

  // Signatures.
  usersig_expired: row(
    70001,
    'The UserSig has expired.',
    'Its time of creation plus its lifetime lies in the past of the server.',
    'Make a new UserSig; give it a lifetime of 24 hours or more, and check the clock of the machine that signs.',
  ),
  usersig_illegal: row(
    70003,
    'The UserSig in use is illegal. Please regenerate UserSig through official API: it cannot be decoded.',
    'It is cut short, was not compressed with zlib, or its alphabet was changed on the way.',
    'Paste it into `ringback usersig explain`, which says what is wrong with it.',
  ),
  usersig_mismatch: row(
    70009,
    'UserSig verification Failed. The UserSig in use maybe generated by Secret Key from other SDKAppID. Please regenerate UserSig by Secret Key from its own SDKAppID.',
    'The signature inside was not made with one of the keys of this application.',
    'Sign with a key that `ringback app show` lists for this application.',
  ),
  identifier_mismatch: row(
    70013,
    'The identifier in the request is not the one inside the UserSig.',
    'The UserSig was made for another user.',
    'Make a UserSig for the very identifier that the request names.',
  ),
  sdkappid_mismatch: row(
    70014,
    'The sdkappid in the request is not the one inside the UserSig.',
    'The UserSig was made for another application.',
    'Make a UserSig for the very application that the request names.',
  ),
  usersig_retries: row(
    70050,
    'UserSig verification failed too often; wait one minute.',
    'Ten or more wrong signatures came from this identifier and address within a minute. A right one is accepted at any time.',
    'Correct the key that signs; `ringback usersig explain` says what is wrong.',
  ),
  usersig_revoked: row(
    70052,
    'The UserSig is no longer valid; make a new one.',
    'The account was kicked after this UserSig was made.',
    'Make a new UserSig.',
  ),

  // Accounts.
  account_unknown: row(
    70107,
    'The account does not exist.',
    'No such account was imported, and nobody has signed in with it.',
    'Import the account, or let the user sign in once.',
  ),
  accounts_too_many: row(
    70398,
    'The application has as many accounts as it can have.',
    'An application can have as many accounts as limits.accounts says. One that was deleted counts, too: that signatures made before are void is kept for good. Accounts that are there go on working.',
    'Raise limits.accounts, or give ids that were deleted to those who come.',
  ),
  account_bad_params: row(
    70402,
    'A parameter is not valid.',
    'A field of the body is missing or has a wrong value.',
    'Correct the field that ErrorInfo names.',
  ),
  value_too_long: row(
    40601,
    'A value is too long.',
    'A name, a picture URL or another value of a profile has more than 500 bytes.',
    'Shorten the value that ErrorInfo names.',
  ),
  account_internal: row(
    70500,
    'Internal error; retry.',
    'A defect of the server, or its store is out of reach.',
    'Retry; report it with the RequestId if it stays.',
  ),

  // Profiles.
  profile_bad_params: row(
    40001,
    'A parameter is not valid.',
    'A field of the body is missing or has a wrong value.',
    'Correct the field that ErrorInfo names.',
  ),
  profile_no_account: row(
    40002,
    'No account is given.',
    'From_Account or To_Account is missing or empty.',
    'Name the account.',
  ),
  profile_account_unknown: row(
    40003,
    'The account does not exist.',
    'No such account was imported, and nobody has signed in with it.',
    'Import the account, or let the user sign in once.',
  ),
  profile_internal: row(
    40006,
    'Internal error; retry.',
    'A defect of the server, or its store is out of reach.',
    'Retry; report it with the RequestId if it stays.',
  ),
  profile_tag_unknown: row(
    40009,
    'There is no such tag.',
    'The Tag is neither one of the standard ones nor begins with Tag_Profile_Custom.',
    'Compare the Tag with the list in the reference.',
  ),
  profile_value: row(
    40605,
    'The value is not one that this tag can have.',
    'The tag takes certain words only.',
    'Use one of the words that ErrorInfo lists.',
  ),
  profile_type: row(
    40610,
    'The value has the wrong type.',
    'The tag takes text and was given a number, or the other way round.',
    'Send the type that ErrorInfo names.',
  ),

  // Groups.
  group_internal: row(
    10002,
    'Internal error; retry.',
    'A defect of the server, or its store is out of reach.',
    'Retry; report it with the RequestId if it stays.',
  ),
  group_bad_params: row(
    10004,
    'A parameter is not valid.',
    'A field of the body is missing or has a wrong value.',
    'Correct the field that ErrorInfo names.',
  ),
  group_too_many_accounts: row(
    10005,
    'The request names too many accounts.',
    'Each command takes a certain number of accounts at most.',
    'Send the accounts in several requests.',
  ),
  group_not_permitted: row(
    10007,
    'Groups of this type do not support it.',
    'Members cannot be put into an AVChatRoom; they come by themselves.',
    'Use a group of another type.',
  ),
  group_owner_stays: row(
    10009,
    'The owner cannot leave the group.',
    'The request would take the owner out of the group.',
    'Give the group to somebody else first, with change_group_owner.',
  ),
  group_unknown: row(
    10010,
    'The group does not exist.',
    'No group of the application has this GroupId, or it was destroyed.',
    'Compare the GroupId with get_appid_group_list.',
  ),
  group_full: row(
    10014,
    'The group is full.',
    'With these members it would have more than its MaxMemberNum.',
    'Raise MaxMemberNum with modify_group_base_info, or add fewer.',
  ),
  group_id_illegal: row(
    10015,
    'The GroupId is not valid.',
    'A GroupId has 1 to 48 printable ASCII characters; those that begin with @TGS# are made by the server.',
    'Choose another GroupId, or leave it out.',
  ),
  group_answer_too_large: row(
    10018,
    'The answer is larger than 1 MB.',
    'The request asks for too many groups or members at once.',
    'Ask for fewer at once (Limit), or for fewer members of each (filters).',
  ),
  group_account_unknown: row(
    10019,
    'The account does not exist.',
    'No such account was imported, and nobody has signed in with it.',
    'Import the account, or let the user sign in once.',
  ),
  group_id_taken: row(
    10021,
    'The GroupId is in use.',
    'A group with this GroupId exists, with another owner.',
    'Choose another GroupId, or leave it out.',
  ),
  group_exists: row(
    10025,
    'The GroupId is in use, by a group of the same owner.',
    'The same group was created before, perhaps by a repeated request.',
    'Nothing: the group is there.',
  ),
  group_joined_too_many: row(
    10037,
    'The account is in too many groups.',
    'An account can be in as many groups as groups.maxJoined says.',
    'Take the account out of groups that it needs no more.',
  ),
  group_too_many_members: row(
    10038,
    'The group would have too many members.',
    'The request names more members than the group can have, or a MaxMemberCount above what groups of this type can have.',
    'Name fewer members, or raise groups.maxMembers.',
  ),

  // Calls and records.
  internal: row(
    101001,
    'Internal error; retry.',
    'A defect of the server, or its store is out of reach.',
    'Retry; report it with the RequestId if it stays.',
  ),
  bad_params: row(
    101002,
    'A parameter is not valid.',
    'A field of the body is missing or has a wrong value.',
    'Correct the field that ErrorInfo names.',
  ),
  unknown_account: row(
    101002,
    'None of the accounts to be called exists.',
    'No such account was imported, and nobody has signed in with it.',
    'Import the accounts, let the users sign in once, or set accounts.unknownCallee to ring.',
  ),
  no_such_call: row(
    101004,
    'The call does not exist.',
    'No call of the application has this CallId.',
    'Use the CallId that the server handed out when the call was started.',
  ),
  call_ended: row(
    101004,
    'The call has already ended.',
    'It was hung up, ended by the server, or ran into its time-out.',
    'Nothing: read its record instead.',
  ),
  no_such_record: row(
    101050,
    'The call record does not exist.',
    'No call with this CallId has ended, or its record has outlived records.keepDays.',
    'While the call is live use get_call_info; otherwise check the CallId.',
  ),

  // State of a call, as devices see it.
  already_in_call: row(
    -1203,
    'You are already in a call.',
    'The user rings or talks on one of their devices.',
    'Hang up first.',
  ),
  not_waiting: row(
    -1203,
    'No invitation to this call is waiting for you.',
    'It was answered, declined or withdrawn, or ran into its time-out.',
    'Show the state that the last notice carried; `resume` tells it again.',
  ),
  not_in_call: row(
    -1203,
    'You are not in this call.',
    'The user is not a member of the call, or has left it.',
    'Join the call first, if it lets you.',
  ),
  answered_elsewhere: row(
    -1203,
    'Another of your devices has this call.',
    'A call is held by exactly one device of a user.',
    'Go on with the device that answered.',
  ),
  call_full: row(
    -1203,
    'The call is full.',
    'The call has as many members as the application allows.',
    'Wait until somebody leaves.',
  ),
  not_allowed: row(
    -1203,
    'You may not do this in this call.',
    'Only some members may do it, or the call is of another kind.',
    'See the rules of calls in the reference.',
  ),
  origin_not_allowed: row(
    -1203,
    'Pages of this origin may not sign devices in to this application.',
    'The application has a list of origins, and the page that opened the socket is of another one.',
    'Have the operator add the origin with `ringback app allow-origin`.',
  ),
  scene_not_supported: row(
    -1205,
    'This is not supported in this kind of call.',
    'The media type can be switched in a call of two only.',
    'Turn cameras on and off instead.',
  ),

  // The signalling socket.
  parse_error: row(
    -32700,
    'The frame is not JSON.',
    'The text could not be parsed.',
    'Send JSON-RPC 2.0 in text frames.',
  ),
  invalid_request: row(
    -32600,
    'The frame is not a JSON-RPC 2.0 request.',
    'Members are missing or of a wrong type, or the frame is a batch.',
    'Send {"jsonrpc":"2.0","id":1,"method":"..","params":{..}}.',
  ),
  method_unknown: row(
    -32601,
    'There is no such method.',
    'The method is not one of the signalling protocol.',
    'Compare it with the list of requests in the reference.',
  ),
  frame_bad_params: row(
    -32602,
    'The parameters do not fit the method.',
    'A member of params is missing or has a wrong value; data.field names it.',
    'Correct the field.',
  ),
  not_signed_in: row(
    -1201,
    'Sign in first.',
    'The socket has not been signed in.',
    'Send signIn as the first request.',
  ),
  bad_signature: row(
    70009,
    'The signature was refused.',
    'The UserSig is wrong, expired or revoked; the code is the one that the REST API would answer.',
    'Fetch a fresh UserSig from your own server.',
  ),
  media_unreachable: row(
    60019,
    'What looks after the media of this call cannot be reached at the moment; retry.',
    'The call is looked after by another node, which does not answer: it has just died, or Redis is out of reach.',
    'Retry after some 300 ms, and then more slowly. The call itself goes on.',
  ),
  too_fast: row(60007, 'Too many requests.', 'The device sends faster than it may.', 'Slow down.'),

  // The console and its settings API, which use HTTP statuses; the number is one.
  console_sign_in: row(
    401,
    'The name or the password is wrong.',
    'There is no operator of this name, or the password is another one.',
    'Try again, or have a new link made with `ringback console link`.',
  ),
  console_wait: row(
    429,
    'Too many tries; wait a quarter of an hour.',
    'Within a quarter of an hour came ten wrong passwords or thirty uses of a link from this address, or a thousand wrong passwords for this name.',
    'Wait. After wrong passwords a new link lets you in at once: `ringback console link`.',
  ),
  console_link: row(
    410,
    'The link is no longer good.',
    'Links can be used once, within a quarter of an hour.',
    'Have a new one made with `ringback console link`.',
  ),
  console_session: row(
    401,
    'Sign in first.',
    'The session is over, or the token is not one of this installation.',
    'Sign in at /console, or send Authorization: Bearer with a token that an owner has made.',
  ),
  console_forbidden: row(
    403,
    'Your role does not allow this.',
    'Viewers look, operators run calls and webhooks, owners do everything.',
    'Ask an owner.',
  ),
  console_unknown: row(
    404,
    'There is no such thing.',
    'What the address names does not exist, or not any more.',
    'Look at the list that it was in.',
  ),
  console_streams: row(
    429,
    'Too many live lists, or exports, are open.',
    'Each page that shows live calls, and each export on its way, holds a stream open; there are bounds for an operator and for the server.',
    'Close other windows of the console, or wait until an export is done.',
  ),
  console_csrf: row(
    403,
    'The request does not come from the console.',
    'A change by a browser must carry the x-csrf-token of its session.',
    'Load the page anew.',
  ),

  // Configuration of webhooks.
  config_internal: row(
    100001,
    'Internal error; retry.',
    'A defect of the server, or its store is out of reach.',
    'Retry; report it with the RequestId if it stays.',
  ),
  config_bad_params: row(
    100002,
    'A parameter is not valid.',
    'A field of the body is missing or has a wrong value.',
    'Correct the field that ErrorInfo names.',
  ),
  no_callback: row(
    100301,
    'No callback is configured for this application.',
    'The application has never called set_callback, or delete_callback was called since.',
    'Configure one with call_config/set_callback.',
  ),
} as const satisfies Record<string, ErrorRow>;

export type ErrorName = keyof typeof errors;

/** Looks a name up with the row's general type. */
export const errorRow = (name: ErrorName): ErrorRow => errors[name];

/**
 * Numbers of the legacy API (`/v1`), which are few and mean other things than the same numbers do elsewhere. What is not
 * here keeps the number of its row.
 */
const legacyCodes: Readonly<Partial<Record<ErrorName, number>>> = {
  http_malformed: 70001,
  sdkappid_missing: 70001,
  app_unknown: 70001,
  identifier_missing: 70001,
  bad_params: 70001,
  usersig_missing: 70002,
  usersig_illegal: 70002,
  identifier_mismatch: 70002,
  sdkappid_mismatch: 70002,
  usersig_revoked: 70002,
  usersig_mismatch: 70002,
  usersig_retries: 70002,
  usersig_expired: 70003,
  not_administrator: 70004,
  command_rate: 70005,
  app_rate: 70005,
  too_many_in_flight: 70005,
  overloaded: 70005,
  body_not_json: 70009,
  account_not_string: 70009,
  app_disabled: 50001,
  package_expired: 50001,
  no_callback: 999,
};

/** The number of an error in the legacy API. */
export const legacyCode = (name: ErrorName): number => legacyCodes[name] ?? errors[name].code;

/** What a service calls its two ordinary failures. The wire gives each service numbers of its own. */
export interface ServiceErrors {
  readonly internal: ErrorName;
  readonly badParams: ErrorName;
}

const services: Readonly<Record<string, ServiceErrors>> = {
  call_engine_http_srv: { internal: 'internal', badParams: 'bad_params' },
  call_record_http_srv: { internal: 'internal', badParams: 'bad_params' },
  call_config: { internal: 'config_internal', badParams: 'config_bad_params' },
  im_open_login_svc: { internal: 'account_internal', badParams: 'account_bad_params' },
  openim: { internal: 'account_internal', badParams: 'account_bad_params' },
  profile: { internal: 'profile_internal', badParams: 'profile_bad_params' },
  group_open_http_svc: { internal: 'group_internal', badParams: 'group_bad_params' },
};

/** The failures of a service; those of the call engine for a name that has none of its own. */
export const serviceErrors = (service: string): ServiceErrors =>
  services[service] ?? { internal: 'internal', badParams: 'bad_params' };
