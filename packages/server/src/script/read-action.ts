import { bounds, isUserId } from 'ringback-protocol';
import type { NodeReader, Place } from './node-reader.ts';
import type { Reaction } from './script.ts';
import {
  type Action,
  type ActionWord,
  type OptionValue,
  type OptionWord,
  type ServerActionName,
  serverActions,
  type UserActionName,
  userActions,
} from './words.ts';

const bytes = (text: string): number => Buffer.byteLength(text);

/** What a user id must be. */
export const userRule = `a user id of 1 to ${bounds.userIdBytes} printable ASCII characters`;
const isDevice = (text: string): boolean => /^[\w.-]{1,32}$/.test(text);

/** Most reactions of a user, and most users in one list. */
const mostReactions = 100;
const mostUsers = 100;

/** The id of a user. Throws `ScriptError`. */
export const readUserId = (reader: NodeReader, place: Place): string => reader.text(place, userRule, isUserId);

/** The name of a device. Throws `ScriptError`. */
export const readDevice = (reader: NodeReader, place: Place): string =>
  reader.text(place, 'the name of a device: at most 32 letters, digits, ".", "-", "_"', isDevice);

function readOption(reader: NodeReader, place: Place, { kind }: OptionWord): OptionValue {
  switch (kind) {
    case 'duration':
      return reader.duration(place);
    case 'user':
      return readUserId(reader, place);
    case 'users': {
      const users = reader.entries(place, mostUsers).map((one) => readUserId(reader, one));
      return users.length > 0 ? users : reader.fail(place, 'it names nobody.');
    }
    case 'device':
      return readDevice(reader, place);
    case 'media':
      return reader.word(place, ['Audio', 'Video'], 'a media type');
    case 'flag':
      return reader.flag(place);
    case 'text':
      return reader.text(
        place,
        'text of 1 to 1000 bytes',
        (text) => text !== '' && bytes(text) <= bounds.userDataBytes,
      );
  }
}

/** `answer`, `{ call: [bob] }` or `{ call: { to: [bob], media: Video } }`. */
function readOneOf<Name extends string>(
  reader: NodeReader,
  place: Place,
  words: Readonly<Record<Name, ActionWord>>,
): Action<Name> {
  const names = Object.keys(words) as Name[];
  const rule = `an action: ${names.join(', ')}`;
  if (!reader.isMapping(place)) return complete(reader, place, reader.word(place, names, 'an action'), words, {});
  const members = [...reader.members(place, names)];
  const [first] = members;
  if (first === undefined || members.length > 1) reader.fail(place, `this must be ${rule}; one of them.`);
  const [name, value] = [first[0] as Name, first[1]];
  const { main, options } = words[name];
  const options_: Record<string, OptionValue> = {};
  if (value.node !== null && !reader.isMapping(value) && main !== undefined) {
    options_[main] = readOption(reader, value, options[main] as OptionWord);
  } else {
    for (const [key, at] of reader.members(value, Object.keys(options))) {
      options_[key] = readOption(reader, at, options[key] as OptionWord);
    }
  }
  return complete(reader, value, name, words, options_);
}

function complete<Name extends string>(
  reader: NodeReader,
  place: Place,
  name: Name,
  words: Readonly<Record<Name, ActionWord>>,
  options: Readonly<Record<string, OptionValue>>,
): Action<Name> {
  for (const [key, { required }] of Object.entries(words[name].options)) {
    if (required === true && options[key] === undefined) reader.fail(place, `${name} needs ${key}.`);
  }
  return { name, options };
}

/** What a user does. Throws `ScriptError`. */
export const readUserAction = (reader: NodeReader, place: Place): Action<UserActionName> =>
  readOneOf<UserActionName>(reader, place, userActions);

/** What the server does. Throws `ScriptError`. */
export const readServerAction = (reader: NodeReader, place: Place): Action<ServerActionName> =>
  readOneOf<ServerActionName>(reader, place, serverActions);

/** What a user does when called. Throws `ScriptError`. */
export function readReactions(reader: NodeReader, place: Place): readonly Reaction[] {
  return reader.entries(place, mostReactions).map((entry) => {
    const members = reader.isMapping(entry) ? reader.members(entry) : undefined;
    if (members?.has('do') !== true && members?.has('after') !== true) {
      return { after: 0, action: readUserAction(reader, entry) };
    }
    const known = reader.members(entry, ['after', 'do']);
    const [after, action] = [known.get('after'), known.get('do')];
    if (action === undefined) reader.fail(entry, 'it says when, but not what to do: add `do`.');
    return { after: after === undefined ? 0 : reader.duration(after), action: readUserAction(reader, action) };
  });
}
