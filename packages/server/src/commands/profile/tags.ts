import { bounds, Refusal } from 'ringback-protocol';
import type { AccountChange, ProfileItems } from '../../ports/accounts.ts';
import { checkValue } from '../account-fields.ts';

/** A value of a profile. */
export type ProfileValue = string | number;

/** What a standard tag takes: text, a whole number, or one of certain words. */
type TagKind = 'text' | 'number' | readonly string[];

const prefix = 'Tag_Profile_IM_';
/** With or without an underscore behind the prefix, as applications have named theirs. */
const customPattern = /^Tag_Profile_Custom(?!_?$)_?[A-Za-z0-9_]{1,64}$/;
const largest = 4_294_967_295;

/** The two that accounts keep themselves. */
const nickTag = `${prefix}Nick`;
const imageTag = `${prefix}Image`;

const standardTags: Readonly<Record<string, TagKind>> = {
  [nickTag]: 'text',
  [imageTag]: 'text',
  [`${prefix}Gender`]: ['Gender_Type_Unknown', 'Gender_Type_Female', 'Gender_Type_Male'],
  [`${prefix}BirthDay`]: 'number',
  [`${prefix}Location`]: 'text',
  [`${prefix}SelfSignature`]: 'text',
  [`${prefix}AllowType`]: ['AllowType_Type_NeedConfirm', 'AllowType_Type_AllowAny', 'AllowType_Type_DenyAny'],
  [`${prefix}Language`]: 'number',
  [`${prefix}MsgSettings`]: 'number',
  [`${prefix}AdminForbidType`]: ['AdminForbid_Type_None', 'AdminForbid_Type_SendOut'],
  [`${prefix}Level`]: 'number',
  [`${prefix}Role`]: 'number',
};

/** The standard tags, for documents. */
export const standardTagNames: readonly string[] = Object.keys(standardTags);

const isCustom = (tag: string): boolean => customPattern.test(tag);

/** Throws `profile_tag_unknown`. */
export function checkTag(tag: string): void {
  if (Object.hasOwn(standardTags, tag) || isCustom(tag)) return;
  const shown = tag.length <= 80 ? tag : `${tag.slice(0, 80)}…`;
  throw new Refusal('profile_tag_unknown', `There is no tag ${JSON.stringify(shown)}`, 'Tag');
}

/** Checks a value against its tag; throws `profile_tag_unknown`, `profile_type`, `profile_value`, `value_too_long`. */
function checkItem(tag: string, value: unknown): asserts value is ProfileValue {
  checkTag(tag);
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new Refusal('profile_type', `The value of ${tag} must be a string or a number`, tag);
  }
  if (typeof value === 'string') checkValue(value, bounds.profileValueBytes, tag);
  const kind = standardTags[tag];
  if (kind === undefined) {
    // Applications put what they like under their own tags; but 1e999 is a number that cannot be written back as JSON.
    if (typeof value === 'string' || Number.isFinite(value)) return;
    throw new Refusal('profile_value', `The value of ${tag} is too large`, tag);
  }
  if (kind === 'number') {
    if (typeof value !== 'number') throw new Refusal('profile_type', `The value of ${tag} must be a number`, tag);
    if (!Number.isInteger(value) || value < 0 || value > largest) {
      throw new Refusal('profile_value', `The value of ${tag} must be a whole number from 0 to ${largest}`, tag);
    }
    return;
  }
  if (typeof value !== 'string') throw new Refusal('profile_type', `The value of ${tag} must be a string`, tag);
  if (kind !== 'text' && !kind.includes(value)) {
    throw new Refusal('profile_value', `The value of ${tag} must be one of ${kind.join(', ')}`, tag);
  }
}

/** What a list of tags and values changes about an account that has `kept` already. */
export function readItems(
  list: readonly { readonly Tag: string; readonly Value: unknown }[],
  kept: ProfileItems,
): AccountChange {
  const items: Record<string, ProfileValue> = {};
  let nick: string | undefined;
  let avatar: string | undefined;
  for (const { Tag, Value } of list) {
    checkItem(Tag, Value);
    if (Tag === nickTag) nick = String(Value);
    else if (Tag === imageTag) avatar = String(Value);
    else items[Tag] = Value;
  }
  const all = { ...kept, ...items };
  const custom = Object.keys(all).filter((tag) => isCustom(tag) && all[tag] !== '');
  if (custom.length > bounds.profileCustomTags) {
    const rule = `An account can have ${bounds.profileCustomTags} tags that begin with Tag_Profile_Custom`;
    throw new Refusal('bad_params', rule, 'ProfileItem');
  }
  return { items, ...(nick !== undefined && { nick }), ...(avatar !== undefined && { avatar }) };
}

/** What there is under these tags, in their order; all there is when no tags are named. */
export function itemsOf(
  account: { readonly nick: string; readonly avatar: string },
  kept: ProfileItems,
  tags: readonly string[],
): { Tag: string; Value: ProfileValue }[] {
  const all: ProfileItems = { [nickTag]: account.nick, [imageTag]: account.avatar, ...kept };
  const wanted = tags.length === 0 ? Object.keys(all) : [...new Set(tags)];
  return wanted.flatMap((Tag) => {
    const Value = Object.hasOwn(all, Tag) ? all[Tag] : undefined;
    return Value === undefined || Value === '' ? [] : [{ Tag, Value }];
  });
}
