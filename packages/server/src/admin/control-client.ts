import { request } from 'node:http';
import { type ErrorName, errors, Refusal } from 'ringback-protocol';
import type { ControlAnswer } from './control.ts';
import { controlPath } from './control-path.ts';
import type { Operator } from './operator.ts';

/** Bytes of an answer at most; a list of a hundred thousand live calls fits. */
const answerLimit = 256 * 1024 * 1024;

/** No server answers at the control socket of a data directory. `silent`: one is there, but says nothing. */
export class NoServer extends Error {
  override readonly name = 'NoServer';
  readonly silent: boolean;

  constructor(message: string, silent: boolean) {
    super(message);
    this.silent = silent;
  }
}

/** Runs operations in the running server of a data directory. Rejects with `NoServer`, or as the operation does. */
export function controlClient(data: string, timeout = 10_000): Operator {
  const socketPath = controlPath(data);
  return async (name, input) => {
    const answer = await post(socketPath, name, JSON.stringify(input), timeout);
    if (answer.ok) return answer.result;
    const { name: reason, message } = answer.error;
    if (Object.hasOwn(errors, reason)) throw new Refusal(reason as ErrorName, message);
    throw new Error(message);
  };
}

function post(socketPath: string, name: string, body: string, timeout: number): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath,
        path: `/${name}`,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > answerLimit) response.destroy(new Error('it is too long'));
          else chunks.push(chunk);
        });
        response.on('error', (error) => reject(unreadable(error)));
        response.on('end', () => {
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as ControlAnswer);
          } catch (error) {
            reject(unreadable(error));
          }
        });
      },
    );
    const timer = setTimeout(() => {
      sent.destroy();
      reject(new NoServer(`The server does not answer at its control socket ${socketPath}.`, true));
    }, timeout);
    sent.on('close', () => clearTimeout(timer));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTDIR') {
        reject(new NoServer('No server runs on this data directory.', false));
      } else if (error.code === 'EACCES' || error.code === 'EPERM') {
        reject(
          new Error(`The control socket ${socketPath} belongs to another user. Run this as the user of the server.`),
        );
      } else reject(new NoServer(`The control socket ${socketPath} broke off: ${error.message}.`, true));
    });
    sent.end(body);
  });
}

const unreadable = (error: unknown): Error =>
  new Error(`The answer of the server cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
