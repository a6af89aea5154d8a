import { callResults, isUserId, platforms } from 'ringback-protocol';
import { NodeReader, type Place } from './node-reader.ts';
import { readDevice, readReactions, readServerAction, readUserAction, readUserId, userRule } from './read-action.ts';
import type { Expectation, ExpectedRecord, History, Script, ScriptUser, TimelineEntry, Traffic } from './script.ts';
import { expectMembers, historyMembers, scriptMembers, trafficMembers, userMembers, webhookMembers } from './words.ts';

/** Bounds of a script: users, devices of each, entries of the timeline. */
const most = { users: 200, devices: 10, timeline: 5000, expected: 5000, historyCalls: 1_000_000 };

/** Names in a timeline that are not users. */
export const reserved: readonly string[] = ['at', 'server'];

const keysOf = <Key extends string>(list: Readonly<Record<Key, unknown>>): readonly Key[] => Object.keys(list) as Key[];

/** Reads a script. `file` names it in errors. Throws `ScriptError`, with line and place. */
export function readScript(text: string, file: string): Script {
  const reader = new NodeReader(text, file);
  const found = reader.members(reader.root, keysOf(scriptMembers));
  const at = (key: keyof typeof scriptMembers): Place | undefined => found.get(key);
  const users = [...(at('users') === undefined ? [] : reader.members(at('users') as Place))].map(([id, place]) =>
    readUser(reader, id, place),
  );
  if (users.length > most.users) reader.fail(at('users') as Place, `these are more than ${most.users} users.`);
  const entries = reader.entries(at('timeline') ?? nowhere, most.timeline);
  const timeline = entries.map((entry) => readEntry(reader, entry, users));
  const [about, start, lasts, clock] = [at('about'), at('start'), at('lasts'), at('clock')];
  return {
    about: about === undefined ? '' : reader.text(about, 'a sentence').trim(),
    start: start === undefined ? undefined : readTime(reader, start),
    clock: clock === undefined ? 'running' : reader.word(clock, ['paused', 'running'], 'a state of the clock'),
    settings: Object.fromEntries(
      [...reader.members(at('settings') ?? nowhere)].map(([key, place]) => [key, reader.scalar(place)]),
    ),
    users,
    timeline,
    traffic: readTraffic(reader, at('traffic')),
    history: readHistory(reader, at('history')),
    webhooks: { failFirst: readFailFirst(reader, at('webhooks') ?? nowhere) },
    lasts: lasts === undefined ? undefined : reader.duration(lasts),
    expect: readExpectation(reader, at('expect')),
  };
}

const nowhere: Place = { node: null, path: '' };

/** Reads one user of a script, by itself. Throws `ScriptError`. */
export function readUser(reader: NodeReader, id: string, place: Place): ScriptUser {
  if (!isUserId(id)) reader.fail(place, `"${id}" is not ${userRule}.`);
  if (reserved.includes(id))
    reader.fail(place, `a user cannot be called ${id}: the timeline means something else by it.`);
  const found = reader.members(place, keysOf(userMembers));
  const at = (key: keyof typeof userMembers): Place | undefined => found.get(key);
  const flag = (key: 'signedIn' | 'push' | 'busy', standard: boolean): boolean => {
    const one = at(key);
    return one === undefined ? standard : reader.flag(one);
  };
  const [devices, platform, signature, ahead, behind] = [
    at('devices'),
    at('platform'),
    at('signature'),
    at('clockAhead'),
    at('clockBehind'),
  ];
  const names =
    devices === undefined ? ['phone'] : reader.entries(devices, most.devices).map((one) => readDevice(reader, one));
  if (names.length === 0) reader.fail(devices ?? place, 'a user needs a device; say signedIn: false when no app runs.');
  return {
    id,
    devices: [...new Set(names)],
    signedIn: flag('signedIn', true),
    push: flag('push', false),
    busy: flag('busy', false),
    platform: platform === undefined ? 'Web' : reader.word(platform, platforms, 'a platform'),
    skew: (ahead === undefined ? 0 : reader.duration(ahead)) - (behind === undefined ? 0 : reader.duration(behind)),
    signature:
      signature === undefined ? 'good' : reader.word(signature, ['good', 'expired', 'wrongKey'], 'a kind of signature'),
    whenCalled: readReactions(reader, at('whenCalled') ?? nowhere),
  };
}

function readEntry(reader: NodeReader, place: Place, users: readonly ScriptUser[]): TimelineEntry {
  const members = reader.members(place, [...reserved, ...users.map(({ id }) => id)]);
  const when = members.get('at');
  const who = [...members.keys()].filter((key) => key !== 'at');
  const [user] = who;
  if (when === undefined) reader.fail(place, 'it does not say when: add `at`.');
  if (user === undefined || who.length > 1)
    reader.fail(place, 'an entry says of one user, or of server, what happens.');
  const at = reader.duration(when);
  const what = members.get(user) as Place;
  return user === 'server'
    ? { at, user: undefined, action: readServerAction(reader, what) }
    : { at, user, action: readUserAction(reader, what) };
}

function readTime(reader: NodeReader, place: Place): number {
  const rule = 'a time such as 2026-03-02T09:00:00Z';
  const text = reader.text(place, rule, (one) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z$/.test(one));
  const time = Date.parse(text);
  return time > 0 ? time : reader.fail(place, `"${text}" is not ${rule}.`);
}

function readTraffic(reader: NodeReader, place: Place | undefined): Traffic | undefined {
  if (place === undefined) return undefined;
  const found = reader.members(place, keysOf(trafficMembers));
  const curve = found.get('callsPerHour');
  if (curve === undefined) reader.fail(place, 'it needs callsPerHour.');
  const callsPerHour = reader.entries(curve, 24).map((one) => reader.number(one, { least: 0, most: 10_000 }));
  if (callsPerHour.length !== 24) reader.fail(curve, 'these must be 24 numbers, one for each hour.');
  const [users, answered, talk] = [found.get('users'), found.get('answered'), found.get('talk')];
  return {
    callsPerHour,
    users: users === undefined ? 10 : reader.number(users, { least: 2, most: 200 }),
    answered: answered === undefined ? 0.75 : reader.number(answered, { least: 0, most: 1, whole: false }),
    talk: talk === undefined ? 90_000 : reader.duration(talk),
  };
}

function readHistory(reader: NodeReader, place: Place | undefined): History | undefined {
  if (place === undefined) return undefined;
  const found = reader.members(place, keysOf(historyMembers));
  const [days, perDay, users] = [found.get('days'), found.get('callsPerDay'), found.get('users')];
  if (days === undefined || perDay === undefined) reader.fail(place, 'it needs days and callsPerDay.');
  const history = {
    days: reader.number(days, { least: 1, most: 3650 }),
    callsPerDay: reader.number(perDay, { least: 1, most: 10_000 }),
    users: users === undefined ? 50 : reader.number(users, { least: 2, most: 1000 }),
  };
  if (history.days * history.callsPerDay > most.historyCalls) {
    reader.fail(place, `these are more than ${most.historyCalls} calls.`);
  }
  return history;
}

function readFailFirst(reader: NodeReader, place: Place): number {
  const found = reader.members(place, keysOf(webhookMembers)).get('failFirst');
  return found === undefined ? 0 : reader.number(found, { least: 0, most: 20 });
}

function readExpectation(reader: NodeReader, place: Place | undefined): Expectation | undefined {
  if (place === undefined) return undefined;
  const found = reader.members(place, keysOf(expectMembers));
  const texts = (key: 'webhooks' | 'pushes' | 'refusals'): readonly string[] | undefined => {
    const one = found.get(key);
    return one && reader.entries(one, most.expected).map((entry) => reader.text(entry, 'a line of text'));
  };
  const counted = { least: 0, most: most.historyCalls };
  const count = (key: 'recordCount' | 'webhookCount'): object => {
    const one = found.get(key);
    return one === undefined ? {} : { [key]: reader.number(one, counted) };
  };
  const [records, results, webhooks, pushes, refusals] = [
    found.get('records'),
    found.get('results'),
    texts('webhooks'),
    texts('pushes'),
    texts('refusals'),
  ];
  return {
    ...(records && { records: reader.entries(records, most.expected).map((one) => readRecord(reader, one)) }),
    ...count('recordCount'),
    ...count('webhookCount'),
    ...(results && {
      results: Object.fromEntries(
        [...reader.members(results, callResults)].map(([result, one]) => [result, reader.number(one, counted)]),
      ),
    }),
    ...(webhooks && { webhooks }),
    ...(pushes && { pushes }),
    ...(refusals && { refusals }),
  };
}

function readRecord(reader: NodeReader, place: Place): ExpectedRecord {
  const found = reader.members(place, ['result', 'caller', 'members', 'type', 'media', 'ring', 'talk']);
  const [result, caller, members, type, media, ring, talk] = [
    found.get('result'),
    found.get('caller'),
    found.get('members'),
    found.get('type'),
    found.get('media'),
    found.get('ring'),
    found.get('talk'),
  ];
  if (result === undefined) reader.fail(place, 'it needs a result.');
  return {
    result: reader.word(result, callResults, 'the result of a call'),
    ...(caller && { caller: readUserId(reader, caller) }),
    ...(members && { members: reader.entries(members, 100).map((one) => readUserId(reader, one)) }),
    ...(type && { type: reader.word(type, ['SingleCall', 'MultiCall'], 'a type of call') }),
    ...(media && { media: reader.word(media, ['Audio', 'Video'], 'a media type') }),
    ...(ring && { ring: reader.duration(ring) }),
    ...(talk && { talk: reader.duration(talk) }),
  };
}
