/**
 * The yardstick of `bench:webhooks`: a bare undici POST loop. It posts one constant body with the same headers over kept
 * connections, so many at once, reads each answer, and knows nothing of order, retries, signatures or disks.
 *
 * Each line on its input is a job, `{ url, body, headers, count, concurrency }`; the answer `{ ms }`.
 */
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';

const dispatcher = new Agent({ connections: null, pipelining: 1 });

async function run({ url, body, headers, count, concurrency }) {
  const from = performance.now();
  let left = count;
  const loop = async () => {
    while (left > 0) {
      left -= 1;
      const response = await request(url, { dispatcher, method: 'POST', headers, body });
      await response.body.text();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  return { ms: performance.now() - from };
}

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await run(JSON.parse(line)).catch((error) => ({ error: String(error) }))));
}
