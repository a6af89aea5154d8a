import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { Failure } from './failure.ts';
import { type Trust, tlsOptions, whyNoConnection } from './trust.ts';

/** Bytes of an answer at most. */
const answerLimit = 64 * 1024 * 1024;

/** ms. */
const patience = 15_000;

/** Posts JSON; resolves with what came back, whatever its status. Rejects with a `Failure` that says what to do. */
export function send(
  url: URL,
  body: string,
  trust: Trust,
): Promise<{ readonly status: number; readonly text: string }> {
  const secure = url.protocol === 'https:';
  const options: RequestOptions = {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    timeout: patience,
    ...(secure && tlsOptions(trust)),
  };
  return new Promise((resolve, reject) => {
    const sent = (secure ? httpsRequest : httpRequest)(url, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > answerLimit) response.destroy(new Error('the answer is too long'));
        else chunks.push(chunk);
      });
      response.on('error', (error) => reject(new Failure(`${url.origin} broke off: ${error.message}.`)));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${patience / 1000} s`)));
    sent.on('error', (error) => reject(new Failure(`${url.origin} cannot be reached: ${whyNoConnection(error)}`)));
    sent.end(body);
  });
}
