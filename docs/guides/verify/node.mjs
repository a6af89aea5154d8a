// A receiver of Ringback's webhooks. Node 20 or newer, no dependency.
// RINGBACK_WEBHOOK_SECRET: one or more secrets, with blanks between. PORT: where it listens, 0 for any free port.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const secrets = (process.env.RINGBACK_WEBHOOK_SECRET ?? '').split(/\s+/).filter(Boolean);
const tolerance = 300;
const mostBytes = 1024 * 1024;

// guide:begin
/** Whether Ringback has sent this body, and not long ago. `headers` has names in lower case, `body` is a Buffer. */
function verify(headers, body) {
  const id = headers['webhook-id'] ?? '';
  const time = headers['webhook-timestamp'] ?? '';
  if (id === '' || !/^\d+$/.test(time)) return false;
  if (Math.abs(Date.now() / 1000 - Number(time)) > tolerance) return false;
  const signed = Buffer.concat([Buffer.from(`${id}.${time}.`), body]);
  const given = (headers['webhook-signature'] ?? '').split(' ');
  // Several secrets and several signatures: one pair that fits is enough. That is how secrets are rotated.
  return secrets.some((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const expected = Buffer.from(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`);
    return given.some((one) => one.length === expected.length && timingSafeEqual(Buffer.from(one), expected));
  });
}
// guide:end

/** The newest ids that were handled; a database with a unique key does this better, and across restarts. */
const seen = new Set();
function firstTime(id) {
  if (seen.has(id)) return false;
  seen.add(id);
  if (seen.size > 10_000) seen.delete(seen.values().next().value);
  return true;
}

function answer(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

const server = createServer((request, response) => {
  if (request.method !== 'POST') return answer(response, 405, { error: 'POST only' });
  const chunks = [];
  let size = 0;
  request.on('data', (chunk) => {
    size += chunk.length;
    if (size <= mostBytes) chunks.push(chunk);
  });
  request.on('end', () => {
    if (size > mostBytes) return answer(response, 413, { error: 'too large' });
    const body = Buffer.concat(chunks);
    if (!verify(request.headers, body)) return answer(response, 401, { error: 'not signed by Ringback' });
    const id = request.headers['webhook-id'];
    const event = JSON.parse(body.toString('utf8'));
    const callId = event.CallId ?? event.CallInfo?.CallId ?? event.CallRecord?.CallId;
    if (firstTime(id)) console.log(`${id} ${event.CallbackCommand} ${callId}`);
    else console.log(`duplicate ${id}`);
    return answer(response, 200, { ActionStatus: 'OK', ErrorInfo: '', ErrorCode: 0 });
  });
  return undefined;
});
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () =>
  console.log(`listening on ${server.address().port}`),
);
