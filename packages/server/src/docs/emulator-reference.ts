import {
  type ActionWord,
  expectMembers,
  historyMembers,
  scriptMembers,
  serverActions,
  trafficMembers,
  userActions,
  userMembers,
  webhookMembers,
} from '../script/words.ts';

const kinds: Readonly<Record<string, string>> = {
  duration: 'duration',
  user: 'user id',
  users: 'list of user ids',
  device: 'device',
  media: 'Audio or Video',
  flag: 'true or false',
  text: 'text',
};

const members = (title: string, list: Readonly<Record<string, string>>): string =>
  [
    `## ${title}`,
    '',
    '| member | |',
    '| --- | --- |',
    ...Object.entries(list).map(([name, doc]) => `| \`${name}\` | ${doc} |`),
  ].join('\n');

const actions = (title: string, list: Readonly<Record<string, ActionWord>>): string =>
  [
    `## ${title}`,
    '',
    '| action | option | |',
    '| --- | --- | --- |',
    ...Object.entries(list).flatMap(([name, { doc, main, options }]) => [
      `| \`${name}\` | | ${doc} |`,
      ...Object.entries(options).map(([key, option]) => {
        const notes = [
          option.doc,
          ...(option.required ? ['Required.'] : []),
          ...(main === key ? [`Short: \`${name}: …\`.`] : []),
        ];
        return `| | \`${key}\` | ${kinds[option.kind]}. ${notes.join(' ')} |`;
      }),
    ]),
  ].join('\n');

/** The reference page of the scripts of the emulator, made from their lists. */
export function emulatorReference(): string {
  return `${[
    '# Scripts of the emulator',
    '<!-- Generated from packages/server/src/script by `npm run docs`. -->',
    'What `ringback emulate script.yaml` reads. [Testing your integration](../guides/testing.md) shows how to use it. A script is YAML; what is not known in it is an error that names the line, the place and what is allowed. Durations are written as `500ms`, `2s`, `1m30s`, `24h`.',
    members('A script', scriptMembers),
    members('A user', userMembers),
    actions('What users do', userActions),
    'An action without options is a word: `hangUp`. With one that has a short form, `call: [bob]`; with more, `call: { to: [bob], media: Video }`.',
    actions('What the server does', serverActions),
    members('`traffic`', trafficMembers),
    members('`history`', historyMembers),
    members('`webhooks`', webhookMembers),
    members('`expect`', expectMembers),
  ].join('\n\n')}\n`;
}
