import { bounds, type PushInfo, Refusal, utf8Length } from 'ringback-protocol';
import Type, { type Static } from 'typebox';

const text = (description: string) => Type.Optional(Type.String({ description }));
const shortText = (description: string) => text(`${description}, at most ${bounds.pushNameBytes} bytes.`);
const number = (description: string) => Type.Optional(Type.Integer({ description }));

/** `OfflinePushInfo` of a request, as the documents of the API have it. */
export const offlinePushInfo = Type.Object(
  {
    PushFlag: number('0: push; 1: no push for this invitation.'),
    Title: text(`The title of the notification, at most ${bounds.pushTitleBytes} bytes.`),
    Desc: text(`The text of the notification, at most ${bounds.pushTextBytes} bytes.`),
    Ext: text(`Handed through to the app, at most ${bounds.pushDataBytes} bytes.`),
    AndroidInfo: Type.Optional(
      Type.Object(
        {
          Sound: shortText('The sound on Android'),
          GoogleChannelID: shortText('The notification channel of Android'),
          HuaWeiChannelID: shortText('For the provider `webhook`'),
          XiaoMiChannelID: shortText('For the provider `webhook`'),
          OPPOChannelID: shortText('For the provider `webhook`'),
          HuaWeiImportance: shortText('For the provider `webhook`'),
          VIVOClassification: number('For the provider `webhook`.'),
          ExtAsHuaweiIntentParam: number('For the provider `webhook`.'),
        },
        { description: 'What is for Android.' },
      ),
    ),
    ApnsInfo: Type.Optional(
      Type.Object(
        {
          BadgeMode: number('0: the badge of the icon is set; 1: it stays as it is.'),
          Title: text(
            `The title on iOS, instead of \`Title\`, at most ${bounds.pushTitleBytes} bytes; with the provider \`webhook\` among the \`options\`.`,
          ),
          SubTitle: shortText('For the provider `webhook`'),
          Image: text(`For the provider \`webhook\`: the URL of a picture, at most ${bounds.pushImageBytes} bytes.`),
          MutableContent: number('For the provider `webhook`.'),
        },
        { description: 'What is for iOS.' },
      ),
    ),
  },
  { description: 'What a push says that goes to a callee whose devices do not ring.' },
);

/** Bytes that a text may have, where they are not those of a name. */
const longer: ReadonlyMap<string, number> = new Map([
  ['Title', bounds.pushTitleBytes],
  ['Image', bounds.pushImageBytes],
]);

/** Reads `OfflinePushInfo`; sizes are the schema's business only where it can say bytes, so they are checked here. */
export function readPushInfo(given: Static<typeof offlinePushInfo> | undefined): PushInfo | undefined {
  if (given === undefined) return undefined;
  const { PushFlag, Title, Desc, Ext, AndroidInfo = {}, ApnsInfo = {} } = given;
  const within = (value: string | undefined, most: number, field: string): string => {
    if (value === undefined) return '';
    if (utf8Length(value) <= most) return value;
    const name = `OfflinePushInfo.${field}`;
    throw new Refusal('bad_params', `${name} must not be longer than ${most} bytes`, name);
  };
  const others: Record<string, string | number> = {};
  for (const [holder, info] of Object.entries({ AndroidInfo, ApnsInfo })) {
    for (const [name, value] of Object.entries(info) as [string, string | number | undefined][]) {
      const known = ['Sound', 'GoogleChannelID', 'BadgeMode'].includes(name);
      if (known || value === undefined || value === '') continue;
      const most = longer.get(name) ?? bounds.pushNameBytes;
      others[name] = typeof value === 'number' ? value : within(value, most, `${holder}.${name}`);
    }
  }
  const title = within(Title, bounds.pushTitleBytes, 'Title');
  const desc = within(Desc, bounds.pushTextBytes, 'Desc');
  const data = within(Ext, bounds.pushDataBytes, 'Ext');
  const sound = within(AndroidInfo.Sound, bounds.pushNameBytes, 'AndroidInfo.Sound');
  const channel = within(AndroidInfo.GoogleChannelID, bounds.pushNameBytes, 'AndroidInfo.GoogleChannelID');
  return {
    ...(PushFlag === 1 && { off: true }),
    ...(title !== '' && { title }),
    // In `others` as well: a push service of one's own gets what only iOS shows by its name.
    ...(ApnsInfo.Title && { iosTitle: ApnsInfo.Title }),
    ...(desc !== '' && { text: desc }),
    ...(data !== '' && { data }),
    ...(sound !== '' && { androidSound: sound }),
    ...(channel !== '' && { androidChannel: channel }),
    ...(ApnsInfo.BadgeMode === 1 && { noBadge: true }),
    ...(Object.keys(others).length > 0 && { others }),
  };
}
