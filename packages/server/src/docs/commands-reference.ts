import { type ErrorName, errorRow, legacyCode } from 'ringback-protocol';
import type { Command } from '../commands/command.ts';
import { commands } from '../commands/index.ts';
import { gatewayErrors } from './gateway-errors.ts';
import { codesOf, exampleAnswer } from './openapi.ts';

export interface SchemaParts {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaParts[];
  readonly properties?: Readonly<Record<string, SchemaParts>>;
  readonly required?: readonly string[];
  readonly items?: SchemaParts;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A schema in a few words, for tables. */
function typeOf(schema: SchemaParts): string {
  if (schema.enum !== undefined) return schema.enum.map((word) => `\`${String(word)}\``).join(', ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  const { minimum, maximum } = schema;
  const type = schema.type ?? 'any';
  if (minimum !== undefined && maximum !== undefined) return `${type}, ${minimum} to ${maximum}`;
  return minimum === undefined ? type : `${type} from ${minimum}`;
}

/** The members of an object schema as rows of a table, those of inner objects below them. */
export function rowsOf(schema: SchemaParts, prefix: string, isAnswer: boolean): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const needed = schema.required?.includes(name) === true ? 'yes' : 'no';
    const inner = member.items ?? member;
    const row = isAnswer
      ? `| \`${path}\` | ${typeOf(member)} | ${member.description ?? ''} |`
      : `| \`${path}\` | ${typeOf(member)} | ${needed} | ${member.description ?? ''} |`;
    return [row, ...rowsOf(inner, member.items === undefined ? `${path}.` : `${path}[].`, isAnswer)];
  });
}

export const json = (value: unknown): string => `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;

function section(command: Command): string {
  const request = command.request as SchemaParts;
  const parts = [
    `## ${command.path}`,
    `\`POST ${command.url}\``,
    command.description,
    `| field | type | required | |\n| --- | --- | --- | --- |\n${rowsOf(request, '', false).join('\n')}`,
  ];
  const { holder } = command;
  const rows = rowsOf((command.response ?? {}) as SchemaParts, holder === undefined ? '' : `${holder}.`, true);
  if (command.response === null) parts.push('The answer is the envelope alone.');
  else if (rows.length === 0) parts.push(`\`${holder}\`: ${(command.response as SchemaParts).description ?? ''}`);
  else {
    parts.push(`| answer | type | |\n| --- | --- | --- |\n${rows.join('\n')}`);
  }
  const codes = codesOf(command.version, command.errors);
  if (command.version === 'v1')
    parts.push(`Codes of its own: ${codes.join(', ')}; and [those of all](#the-legacy-api).`);
  else {
    const links = codes.map((code) => `[${code}](errors.md#${code})`).join(', ');
    parts.push(
      `Codes of its own: ${links}. Every command may also answer [those of the gateway](errors.md#the-gateway).`,
    );
  }
  if (command.rate !== undefined) parts.push(`At most ${command.rate} requests per second of an application.`);
  if (command.bodyBytes !== undefined)
    parts.push(
      `A body may have ${command.bodyBytes / 1024} KiB, even where \`gateway.bodyBytes\` allows less for others.`,
    );
  for (const example of command.examples) {
    parts.push(
      `### ${example.title}`,
      json(example.request),
      'is answered with',
      json(exampleAnswer(command, example)),
    );
  }
  return parts.join('\n\n');
}

/** What the legacy API has in common, with its own numbers. */
function legacyIntroduction(): string {
  const byCode = new Map<number, ErrorName[]>();
  for (const name of gatewayErrors) byCode.set(legacyCode(name), [...(byCode.get(legacyCode(name)) ?? []), name]);
  const rows = [...byCode]
    .sort(([a], [b]) => a - b)
    .map(([code, names]) => `| ${code} | ${names.map((name) => errorRow(name).text).join(' ')} |`);
  return [
    '## The legacy API',
    'For callers that still use it: `POST https://<host>/v1/<kind>/<command>` with the same parameters. It shows the same calls and records. Every answer has HTTP status 200 and `errorCode`, `errorMessage` (`Success` or a sentence), `requestId` (32 hex digits) and `data`.',
    `| errorCode | |\n| --- | --- |\n${rows.join('\n')}`,
  ].join('\n\n');
}

/** The reference page of the REST commands, made from their list. */
export function commandsReference(): string {
  const list = commands.map(
    ({ path, summary }) => `| [\`${path}\`](#${path.replaceAll('/', '').toLowerCase()}) | ${summary} |`,
  );
  return `${[
    '# REST commands',
    '<!-- Generated from packages/server/src/commands by `npm run docs`. -->',
    [
      'Every request is',
      '',
      '```',
      'POST https://<host>/v4/<servicename>/<command>?sdkappid=..&identifier=..&usersig=..&random=..&contenttype=json',
      '```',
      '',
      'with a JSON object in UTF-8 as its body. `identifier` is an administrator of the application, `usersig` a UserSig made for',
      'it. Names and values are form-encoded and case-sensitive. The order of parameters does not matter, further ones are ignored, and so',
      'are unknown members of the body; `null` means absent. The `Content-Type` of the request is not looked at.',
    ].join('\n'),
    [
      'Every answer has HTTP status 200 and these members, whatever happened:',
      '',
      '| member | |',
      '| --- | --- |',
      '| `ActionStatus` | `OK` or `FAIL` |',
      '| `ErrorCode` | 0, or a number of [the error table](errors.md) |',
      '| `ErrorInfo` | empty, or a sentence that says what is wrong and names the field |',
      '| `RequestId` | names the request in the log of the server |',
      '| `Response` | what a command about calls answers; absent when it has nothing to say, and in failures |',
      '',
      'What commands about accounts, profiles and groups answer stands beside these members instead. Those about profiles have',
      'a member `ErrorDisplay` too, which is always empty.',
    ].join('\n'),
    `| command | |\n| --- | --- |\n${list.join('\n')}`,
    ...commands.filter(({ version }) => version === 'v4').map(section),
    legacyIntroduction(),
    ...commands.filter(({ version }) => version === 'v1').map(section),
  ].join('\n\n')}\n`;
}
