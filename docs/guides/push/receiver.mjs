// A push service of your own: node receiver.mjs <port>, with the secret of the provider in RINGBACK_PUSH_SECRET.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const key = Buffer.from(process.env.RINGBACK_PUSH_SECRET.replace('whsec_', ''), 'base64');

/** Bytes of a body; pushes are far smaller. */
const longest = 65_536;

/** s; what was signed longer ago may have been written down by somebody, and sent again. */
const oldest = 300;

/** Over the bytes as they came: what was made text of and bytes again may be others. */
function isSigned(headers, body) {
  const time = headers['webhook-timestamp'] ?? '';
  // The clocks of both machines go right, or nothing is taken.
  if (!/^\d{1,12}$/.test(time) || Math.abs(Date.now() / 1000 - Number(time)) > oldest) return false;
  const right = createHmac('sha256', key).update(`${headers['webhook-id']}.${time}.`).update(body).digest();
  const signatures = String(headers['webhook-signature']).split(' ');
  return signatures.some((one) => {
    const given = Buffer.from(one.replace('v1,', ''), 'base64');
    return given.length === right.length && timingSafeEqual(given, right);
  });
}

/** Gives the status of the answer. */
async function take(request) {
  const chunks = [];
  let size = 0;
  // What is too long is read to its end, and dropped: a sender that is cut off sees no answer.
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= longest) chunks.push(chunk);
  }
  if (size > longest) return 413;
  const body = Buffer.concat(chunks);
  if (!isSigned(request.headers, body)) return 403;
  const { type, device, push } = JSON.parse(body);
  // Here you send `push` to device.token. Answer 410 when the token is void: Ringback then forgets it.
  console.log(`${type} ${device.deviceId} ${push.callId} ${push.token ?? ''}`);
  return 204;
}

const server = createServer((request, response) => {
  take(request).then(
    (status) => response.writeHead(status).end(),
    () => response.destroy(), // The sender went away in the middle of it.
  );
});
server.requestTimeout = 10_000;
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
