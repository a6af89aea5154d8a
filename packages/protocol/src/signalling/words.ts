import { type TSchemaOptions, Type } from 'typebox';
import { bounds } from '../bounds.ts';
import { groupRoles, platforms } from '../vocabulary.ts';

/**
 * The single values of the signalling protocol. Each `description` ends the sentence "<field> must be …", which is what
 * a device reads when the value is wrong, and stands in the reference.
 */
const text = (
  description: string,
  options: TSchemaOptions & { readonly pattern?: string; readonly maxLength?: number },
) => Type.String({ description, ...options });

export const userIdText = text(`a user id: 1 to ${bounds.userIdBytes} printable ASCII characters`, {
  pattern: '^[ -~]{1,32}$',
});

export const deviceIdText = text(
  `a device id: 1 to ${bounds.deviceIdBytes} letters, digits and marks out of . _ : ~ + = @ -`,
  { pattern: '^[A-Za-z0-9._:~+=@-]{1,64}$' },
);

/** Any short text: an id that no call has is answered with `no_such_call`, not with a complaint about its form. */
export const callIdText = text('a call id as the server gave it', { pattern: '^[ -~]{1,64}$' });

export const groupIdText = text(`a group id: 1 to ${bounds.groupIdBytes} printable ASCII characters`, {
  pattern: '^[ -~]{1,48}$',
});

/** What a call may be told to be of: a group of this server, or any label. */
export const chatGroupIdText = text(`a group id of at most ${bounds.chatGroupIdBytes} bytes`, {
  maxLength: bounds.chatGroupIdBytes,
});

export const roomIdText = text(`a room id of at most ${bounds.roomIdBytes} bytes`, { maxLength: bounds.roomIdBytes });

export const roomIdTypeWord = Type.Enum([0, 1, 2], { description: '1 (a number), 2 (text) or 0 (not given)' });

/** The own role, or that of a member. */
export const groupRole = Type.Enum([...groupRoles], { description: 'Owner, Admin or Member' });

/** As devices write it. */
export const mediaTypeText = text('Audio or Video, in any case', {
  pattern: '^([Aa][Uu][Dd][Ii][Oo]|[Vv][Ii][Dd][Ee][Oo])$',
});

/** As the server writes it. */
export const mediaTypeWord = Type.Enum(['Audio', 'Video'], { description: 'Audio or Video' });

export const platformWord = Type.Enum(platforms, { description: `one of ${platforms.join(', ')}` });

export const timeoutMs = Type.Integer({
  description: `0 for ${bounds.ringTimeoutDefault}, or ${bounds.ringTimeoutMin} to ${bounds.ringTimeoutMax} (ms)`,
  minimum: 0,
  maximum: bounds.ringTimeoutMax,
  default: bounds.ringTimeoutDefault,
});

export const userDataText = text(`text of at most ${bounds.userDataBytes} bytes of UTF-8`, {
  maxLength: bounds.userDataBytes,
});

/** Members that are absent, null or unknown do not count; what is of another type is refused by name. */
const pushText = (description: string, bytes: number) =>
  Type.Optional(Type.Unknown({ description: `${description}, text of at most ${bytes} bytes` }));

export const pushInfo = Type.Object(
  {
    title: pushText('the title of the notification', bounds.pushTitleBytes),
    description: pushText('the text of the notification', bounds.pushTextBytes),
    extension: pushText('handed through to the app', bounds.pushDataBytes),
    androidFCMChannelID: pushText('the notification channel of Android', bounds.pushNameBytes),
    androidSound: pushText('the sound on Android', bounds.pushNameBytes),
    iOSSound: pushText('the sound on iOS', bounds.pushNameBytes),
    ignoreIOSBadge: Type.Optional(Type.Unknown({ description: 'true: the badge of the icon stays as it is' })),
    isDisablePush: Type.Optional(Type.Unknown({ description: 'true: no push for this invitation' })),
    iOSPushType: Type.Optional(Type.Unknown({ description: '0 for a notification, 1 for a VoIP push' })),
    androidOPPOChannelID: pushText('for the provider webhook', bounds.pushNameBytes),
    androidXiaoMiChannelID: pushText('for the provider webhook', bounds.pushNameBytes),
    androidHuaWeiCategory: pushText('for the provider webhook', bounds.pushNameBytes),
    androidVIVOClassification: Type.Optional(Type.Unknown({ description: 'for the provider webhook, a number' })),
  },
  { description: 'what a push for this invitation says, an object' },
);

export const pushProviderName = text('the name of a push provider of the application', {
  pattern: '^[a-z0-9][a-z0-9-]{0,31}$',
});

export const pushChannelWord = Type.Enum(['alert', 'voip'], { description: 'alert or voip' });

export const eventSeq = Type.Integer({
  description: 'the number of the last event of the call, 0 for none',
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
});

/** Times of the wire. */
export const timeMs = (description: string) =>
  Type.Integer({ description: `${description} (ms since 1970)`, minimum: 0 });
