import { type ErrorName, errorRow, legacyCode, type RequestId } from 'ringback-protocol';

/** The CORS headers of the documented example, with `Content-Type` allowed too. */
const corsHeaders = [
  'Access-Control-Allow-Origin',
  '*',
  'Access-Control-Allow-Headers',
  'X-Requested-With, Content-Type',
  'Access-Control-Allow-Methods',
  'POST',
] as const;

/** Names and values in turn, as `writeHead` takes them fastest; the last value is the length of the body. */
const headers: string[] = ['Content-Type', 'application/json', ...corsHeaders, 'Content-Length', '0'];

/** The headers of every answer of the API. The array is used again: hand it to `writeHead` at once. */
export function answerHeaders(length: number): string[] {
  headers[headers.length - 1] = String(length);
  return headers;
}

/** Lines of a head, each with its end, of names and values in turn. */
function headLines(pairs: readonly string[]): string {
  let text = '';
  for (let i = 0; i < pairs.length; i += 2) text += `${pairs[i]}: ${pairs[i + 1]}\r\n`;
  return text;
}

const statusLine = 'HTTP/1.1 200 OK\r\n';
const headBegin = `${statusLine}${headLines(headers.slice(0, -2))}Content-Length: `;
let headSecond = -1;
let headEnd = '';

/**
 * The head of an answer whose connection stays open, with its blank line, as Node would write it. The end of it is made
 * once a second, of the machine's time: HTTP knows no other.
 */
export function answerHead(length: number): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== headSecond) {
    headSecond = second;
    headEnd = `\r\nDate: ${new Date(now).toUTCString()}\r\nConnection: keep-alive\r\n\r\n`;
  }
  return headBegin + length + headEnd;
}

/**
 * The headers of an answer that sends a caller elsewhere. Browsers follow it from the page of another site only when it
 * allows them to; a question beforehand (OPTIONS) they never follow: a page that asks one must use HTTPS from the start.
 */
export const redirectHeaders = (address: string): string[] => [
  'Location',
  address,
  ...corsHeaders,
  'Content-Length',
  '0',
];

/** How the answers of an API are written. */
export interface Envelope {
  /** A success; `response` is what the command answers as JSON text, empty when there is nothing. */
  success(requestId: RequestId, response: string): string;
  /** Bytes of that text. Only `response` needs to be looked at; the whole would have to be put together for it. */
  successLength(requestId: RequestId, response: string): number;
  /** The number of a failure. */
  code(name: ErrorName): number;
  /** A failure; `detail` replaces the text of the table. */
  failure(requestId: RequestId, name: ErrorName, detail: string | undefined): string;
}

const successHead = '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","RequestId":"';
const responseHead = '","Response":';

/** Of `/v4`. */
export const standardEnvelope: Envelope = {
  success: (requestId, response) =>
    response === '' ? `${successHead}${requestId}"}` : `${successHead}${requestId}${responseHead}${response}}`,
  successLength: (requestId, response) =>
    response === ''
      ? successHead.length + requestId.length + 2
      : successHead.length + requestId.length + responseHead.length + Buffer.byteLength(response) + 1,
  code: (name) => errorRow(name).code,
  failure: (requestId, name, detail) => {
    const { code, text } = errorRow(name);
    const info = JSON.stringify(detail ?? text);
    return `{"ActionStatus":"FAIL","ErrorCode":${code},"ErrorInfo":${info},"RequestId":"${requestId}"}`;
  },
};

/** Of services whose answers stand beside the members of the envelope. `more`: further members that all of them have. */
const openEnvelope = (more: string): Envelope => ({
  success: (requestId, response) =>
    response === '' || response === '{}'
      ? `${successHead}${requestId}"${more}}`
      : `${successHead}${requestId}"${more},${response.slice(1)}`,
  successLength: (requestId, response) =>
    successHead.length +
    requestId.length +
    1 +
    more.length +
    // The comma instead of the opening brace.
    (response === '' || response === '{}' ? 1 : Buffer.byteLength(response)),
  code: standardEnvelope.code,
  failure: (requestId, name, detail) => `${standardEnvelope.failure(requestId, name, detail).slice(0, -1)}${more}}`,
});

/** Of commands about accounts and groups. */
export const plainEnvelope: Envelope = openEnvelope('');

/** Of commands about profiles, which have one member more. */
export const profileEnvelope: Envelope = openEnvelope(',"ErrorDisplay":""');

/** Of `/v1`. */
export const legacyEnvelope: Envelope = {
  success: (requestId, response) =>
    `{"errorCode":0,"errorMessage":"Success","requestId":"${requestId}","data":${response === '' ? '""' : response}}`,
  successLength: (requestId, response) => Buffer.byteLength(legacyEnvelope.success(requestId, response)),
  code: legacyCode,
  failure: (requestId, name, detail) => {
    const message = JSON.stringify(detail ?? errorRow(name).text);
    return `{"errorCode":${legacyCode(name)},"errorMessage":${message},"requestId":"${requestId}","data":""}`;
  },
};

/** A whole HTTP answer as text, for where there is a socket but no request that HTTP could parse; the last one of it. */
export function rawAnswer(body: string): string {
  const lines = headLines(['Connection', 'close', ...answerHeaders(Buffer.byteLength(body))]);
  return `${statusLine}${lines}\r\n${body}`;
}
