import { request } from 'node:http';

/** Sends JSON and gives the JSON of the answer. Rejects with the sentence of the emulator when it refuses. */
export function ask<Answer>(method: string, url: string, body?: unknown): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const sent = request(url, { method, headers, agent: false }, (response) => {
      let got = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        got += part;
      });
      response.on('error', reject);
      response.on('end', () => {
        try {
          const answer = JSON.parse(got) as Answer & { readonly error?: string };
          if (response.statusCode === 200) resolve(answer);
          else reject(new Error(answer.error ?? `HTTP ${response.statusCode}`));
        } catch {
          reject(new Error(`The emulator answered HTTP ${response.statusCode} with ${got.slice(0, 200)}`));
        }
      });
    });
    sent.on('error', (error) => reject(new Error(`The emulator cannot be reached: ${error.message}. Was it stopped?`)));
    sent.end(text);
  });
}
