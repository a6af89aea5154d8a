import {
  bounds,
  callViewSchema,
  closeCodes,
  type ErrorName,
  errorRow,
  memberChangeSchema,
  memberViewSchema,
  type RequestDeclaration,
  signallingErrorNames,
  signallingNotices,
  signallingPath,
  signallingProtocol,
} from 'ringback-protocol';
import { requests } from '../requests/index.ts';
import { schemaTable, typeOf } from './schema-table.ts';
import { noticeMethods, type Plain, plainSchema } from './signalling-schemas.ts';

/** What a request answers: a table of its members, or what it is a list of. */
function resultText(schema: Plain): string {
  if (typeof schema.$ref === 'string') return `${typeOf(schema)}.\n`;
  if (schema.type !== 'array') return schemaTable(schema);
  return `A list: ${String(schema.description ?? '')}.\n\n${schemaTable(schema.items as Plain)}`;
}

function requestText(method: string, declaration: RequestDeclaration): string {
  const notes = (declaration.notes ?? []).map((note) => `* ${note}\n`).join('');
  const errors = declaration.errors.map((name) => `\`${name}\``).join(' ');
  return [
    `### \`${method}\`\n\n${declaration.summary}\n`,
    ...(notes === '' ? [] : [notes]),
    `**Params**\n\n${schemaTable(plainSchema(declaration.params))}`,
    `**Result**\n\n${resultText(plainSchema(declaration.result))}`,
    `**Refusals** ${errors}\n`,
  ].join('\n');
}

/** The reference page of the signalling protocol, in Markdown. */
export function signallingReference(): string {
  const kib = (bytes: number): string => `${bytes / 1024} KiB`;
  const errorRows = signallingErrorNames.map((name) => {
    const { code, cause, fix } = errorRow(name satisfies ErrorName);
    return `| \`${name}\` | ${code} | ${cause} | ${fix} |`;
  });
  const closeRows = Object.values(closeCodes).map(({ code, meaning, todo }) => `| ${code} | ${meaning} | ${todo} |`);
  const noticeText = noticeMethods.map((method) => {
    const { when, params } = signallingNotices[method];
    const schema = plainSchema(params);
    const members = typeof schema.$ref === 'string' ? `${typeOf(schema)}.\n` : schemaTable(schema);
    return `### \`${method}\`\n\n${when}\n\n${members}`;
  });
  return `# Signalling

This page is generated from the schemas of the protocol. The same as an AsyncAPI document: [asyncapi.json](asyncapi.json).

JSON-RPC 2.0 over WebSocket at \`${signallingPath}\`, sub-protocol \`${signallingProtocol}\`, in text frames. Requests come from the
device, notices (frames without \`id\`) from the server. The answer to a request precedes the notices of the same change.
Requests of one socket are carried out one at a time, in their order.

\`\`\`
→ {"jsonrpc":"2.0","id":1,"method":"signIn","params":{"sdkAppId":1400000001,"userId":"alice","userSig":"…","platform":"Web","deviceId":"d1"}}
← {"jsonrpc":"2.0","id":1,"result":{"serverTime":1700000000000,"pingMs":${bounds.pingIdle},"leaseMs":${bounds.lease},"user":{"nick":"","avatar":""},"callHere":false}}
→ {"jsonrpc":"2.0","id":2,"method":"call","params":{"callees":["bob"],"mediaType":"Audio"}}
← {"jsonrpc":"2.0","id":2,"result":{"callId":"…","role":"caller","results":[{"userId":"bob","code":0}]}}
← {"jsonrpc":"2.0","method":"callChanged","params":{"callId":"…","eventSeq":2,"changed":[{"userId":"bob","action":"Answer"}],"members":[…],"mediaType":"Audio"}}
\`\`\`

* \`id\` is an integer, or text of 1 to 128 characters. A request without \`id\` is carried out and not answered.
* \`params\` is an object; unknown members are ignored, and \`null\` means absent. Batches are not supported.
* Times are milliseconds since 1970 in the time of the server, unless said otherwise.
* Notices are hints about the state, never the state itself: a device that sees a gap in \`eventSeq\`, by a notice or by
  the answer to \`ping\`, asks \`resume\`.
* A device in a call pings every ${bounds.pingInCall / 1000} s, another one every ${bounds.pingIdle / 1000} s. A device in a call that is silent for
  ${bounds.lease / 1000} s has left it; within that time it may sign in again and go on. Any other is offline after ${bounds.presence / 1000} s.

## Requests

${requests.map(({ method, declaration }) => requestText(method, declaration)).join('\n')}
## Objects

### Call

${schemaTable(plainSchema(callViewSchema, true))}
### Member

${schemaTable(plainSchema(memberViewSchema, true))}
### MemberChange

${schemaTable(plainSchema(memberChangeSchema, true))}
### MediaMessage

One of those that [Media](media.md#from-the-service) lists.

## Notices

${noticeText.join('\n')}
## Errors

A frame that is no request is answered with -32700, -32600 or -32601; params that do not fit with -32602 and the name
\`bad_params\`. Any other refusal has the number of the [error table](errors.md) and one of these names in \`data.name\`; where
the table is finer than the name, \`data.reason\` names its row and the number is that row's.

| name | number | cause | what to do |
| --- | --- | --- | --- |
${errorRows.join('\n')}

## Close codes

| code | meaning | what to do |
| --- | --- | --- |
${closeRows.join('\n')}

Limits: ${bounds.signInTime / 1000} s to sign in; before it ${bounds.signInFrames} frames of at most ${kib(bounds.signInFrameBytes)}, after it ${bounds.framesPerSecond} frames/s of at most ${kib(bounds.frameBytes)}.
At most ${bounds.peoplePerCall} people are ever invited into a call, or ten times as many as it takes at once where that is more; ten times as many may join it over time. Who has left may come back.
`;
}
