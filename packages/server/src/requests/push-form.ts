import { bounds, type PushInfo, Refusal, utf8Length } from 'ringback-protocol';

type Given = Readonly<Record<string, unknown>>;

const wrong = (field: string, must: string): Refusal =>
  new Refusal('frame_bad_params', `push.${field} must be ${must}`, `push.${field}`);

/** Text of a member; empty is absent, as it is in the original. */
function textOf(given: Given, field: string, most: number): string | undefined {
  const value = given[field];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string' || utf8Length(value) > most) throw wrong(field, `text of at most ${most} bytes`);
  return value;
}

/** True where the member says so. */
function isSet(given: Given, field: string): boolean {
  const value = given[field];
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw wrong(field, 'true or false');
  return value;
}

function numberOf(given: Given, field: string): number | undefined {
  const value = given[field];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw wrong(field, 'a whole number');
  return value;
}

/** What an invitation says of its push, as client engines write it; members that nobody knows are passed over. */
export function pushInfoOf(push: object | undefined): PushInfo | undefined {
  if (push === undefined) return undefined;
  const given = push as Given;
  const name = (field: string) => textOf(given, field, bounds.pushNameBytes);
  const title = textOf(given, 'title', bounds.pushTitleBytes);
  const text = textOf(given, 'description', bounds.pushTextBytes);
  const data = textOf(given, 'extension', bounds.pushDataBytes);
  const androidChannel = name('androidFCMChannelID');
  const androidSound = name('androidSound');
  const iosSound = name('iOSSound');
  const type = numberOf(given, 'iOSPushType');
  if (type !== undefined && type !== 0 && type !== 1) throw wrong('iOSPushType', '0 (APNs) or 1 (VoIP)');
  const others: Record<string, string | number> = {};
  for (const field of ['androidOPPOChannelID', 'androidXiaoMiChannelID', 'androidHuaWeiCategory']) {
    const value = name(field);
    if (value !== undefined) others[field] = value;
  }
  const vivo = numberOf(given, 'androidVIVOClassification');
  if (vivo !== undefined) others.androidVIVOClassification = vivo;
  return {
    ...(isSet(given, 'isDisablePush') && { off: true }),
    ...(title && { title }),
    ...(text && { text }),
    ...(data && { data }),
    ...(androidChannel && { androidChannel }),
    ...(androidSound && { androidSound }),
    ...(iosSound && { iosSound }),
    ...(isSet(given, 'ignoreIOSBadge') && { noBadge: true }),
    ...(type !== undefined && { iosChannel: type === 1 ? 'voip' : 'alert' }),
    ...(Object.keys(others).length > 0 && { others }),
  };
}
