// A push service of your own: node receiver.mjs <port>, with the secret of the provider in RINGBACK_PUSH_SECRET.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const key = Buffer.from(process.env.RINGBACK_PUSH_SECRET.replace('whsec_', ''), 'base64');

function isSigned(headers, body) {
  const text = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const right = createHmac('sha256', key).update(text).digest();
  const signatures = String(headers['webhook-signature']).split(' ');
  return signatures.some((one) => {
    const given = Buffer.from(one.replace('v1,', ''), 'base64');
    return given.length === right.length && timingSafeEqual(given, right);
  });
}

createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  if (!isSigned(request.headers, body)) {
    response.writeHead(403).end();
    return;
  }
  const { type, device, push } = JSON.parse(body);
  // Here you send `push` to device.token. Answer 410 when the token is void: Ringback then forgets it.
  console.log(`${type} ${device.deviceId} ${push.callId} ${push.token ?? ''}`);
  response.writeHead(204).end();
}).listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
