// A receiver of Ringback's webhooks. Node 20 or newer, no dependency.
// RINGBACK_WEBHOOK_SECRET: one secret, or several with blanks between while you rotate. PORT: 0 for any free one.
// RINGBACK_SDKAPPID: your application, when there is more than one.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

// guide:begin
/** The keys of `whsec_…` secrets. A key is what the base64 says, not the text of the secret. */
const keysOf = (secrets) =>
  (secrets.match(/\S+/g) ?? []).map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));

/** Whether Ringback signed this, at most five minutes ago. `body` is a Buffer: the bytes as they came, not parsed. */
function verify(headers, body, keys) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!id || !signatures || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false;
  const given = signatures.split(' ').map((signature) => Buffer.from(signature));
  // During a rotation there are several signatures, and here several keys: one pair that fits is enough.
  return keys.some((key) => {
    const hmac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body);
    const expected = Buffer.from(`v1,${hmac.digest('base64')}`);
    // timingSafeEqual throws when the lengths differ.
    return given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
  });
}
// guide:end

const maxBody = 1024 * 1024;
const maxSeen = 10_000;
const keys = keysOf(process.env.RINGBACK_WEBHOOK_SECRET ?? '');
const appId = process.env.RINGBACK_SDKAPPID;
// With an empty key anybody could sign.
if (keys.length === 0 || keys.some((key) => key.length < 24)) {
  console.error('Set RINGBACK_WEBHOOK_SECRET to the whsec_… of your endpoint.');
  process.exit(1);
}

/** The newest ids. Yours belong into a database, in one transaction with what you make of the event. */
const seen = new Set();
function isFirst(id) {
  if (seen.has(id)) return false;
  seen.add(id);
  if (seen.size > maxSeen) seen.delete(seen.values().next().value);
  return true;
}

/** Gives the status of the answer and, unless it is 200, what is wrong. */
async function receive(request) {
  if (request.method !== 'POST') return [405, 'use POST'];
  const chunks = [];
  let size = 0;
  // What is too long is read to its end, and dropped: a sender that is cut off sees no answer.
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= maxBody) chunks.push(chunk);
  }
  if (size > maxBody) return [413, 'the body is too long'];
  const body = Buffer.concat(chunks);
  if (!verify(request.headers, body, keys)) return [401, 'the signature or the time is wrong'];
  const app = new URLSearchParams(request.url.split('?')[1]).get('SdkAppid');
  if (appId && app !== appId) return [403, 'this is another application'];
  const event = JSON.parse(body);
  const id = request.headers['webhook-id'];
  const callId = event.CallId ?? event.CallInfo?.CallId ?? event.CallRecord?.CallId;
  // Ringback waits 5 s for the answer: what is slow goes into a queue here.
  console.log(isFirst(id) ? `${id} ${event.CallbackCommand} ${callId}` : `duplicate ${id}`);
  return [200, ''];
}

const server = createServer((request, response) => {
  receive(request).then(
    ([status, info]) => {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      const ok = status === 200;
      response.end(JSON.stringify({ ActionStatus: ok ? 'OK' : 'FAIL', ErrorInfo: info, ErrorCode: ok ? 0 : status }));
    },
    () => response.destroy(), // The sender went away in the middle of it.
  );
});
server.requestTimeout = 10_000;
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});
