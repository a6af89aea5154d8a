import type { ErrorName, RequestId } from 'ringback-protocol';
import { errorRow } from 'ringback-protocol';

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
const keepAliveHeaders: string[] = ['Content-Type', 'application/json', ...corsHeaders, 'Content-Length', '0'];
const closingHeaders: string[] = ['Connection', 'close', ...keepAliveHeaders];

/**
 * The headers of every answer of the API. The array is used again for the next answer: hand it to `writeHead` at once.
 */
export function answerHeaders(length: number, close: boolean): string[] {
  const headers = close ? closingHeaders : keepAliveHeaders;
  headers[headers.length - 1] = String(length);
  return headers;
}

const successHead = '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","RequestId":"';
const responseHead = '","Response":';

/** A success; `response` is the `Response` member as JSON text, empty when there is none. */
export const successText = (requestId: RequestId, response: string): string =>
  response === '' ? `${successHead}${requestId}"}` : `${successHead}${requestId}${responseHead}${response}}`;

/** Bytes of that text. Only `response` needs to be looked at; the whole would have to be put together for it. */
export const successLength = (requestId: RequestId, response: string): number =>
  response === ''
    ? successHead.length + requestId.length + 2
    : successHead.length + requestId.length + responseHead.length + Buffer.byteLength(response) + 1;

/** A failure; `detail` replaces the text of the table. */
export function failureText(requestId: RequestId, name: ErrorName, detail: string | undefined): string {
  const { code, text } = errorRow(name);
  const info = JSON.stringify(detail ?? text);
  return `{"ActionStatus":"FAIL","ErrorCode":${code},"ErrorInfo":${info},"RequestId":"${requestId}"}`;
}

/** A whole HTTP answer as text, for where there is a socket but no request that HTTP could parse. */
export function rawAnswer(body: string): string {
  const headers = answerHeaders(Buffer.byteLength(body), true);
  let text = 'HTTP/1.1 200 OK\r\n';
  for (let i = 0; i < headers.length; i += 2) text += `${headers[i]}: ${headers[i + 1]}\r\n`;
  return `${text}\r\n${body}`;
}
