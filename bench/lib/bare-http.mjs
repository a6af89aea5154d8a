/**
 * The yardstick of `bench:rest`: a bare `node:http` handler. It reads and parses the body and answers a constant of the
 * same size as the server's answer; no checks, no limits, no log, no metrics.
 *
 * BARE_ANSWER: the body to answer. BARE_CERT, BARE_KEY: PEM files; with them it speaks TLS.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

const answer = process.env.BARE_ANSWER;
const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(answer) };

function handle(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString('utf8'));
    response.writeHead(200, headers);
    response.end(answer);
  });
}

const { BARE_CERT, BARE_KEY } = process.env;
const server = BARE_CERT
  ? createTlsServer({ cert: readFileSync(BARE_CERT), key: readFileSync(BARE_KEY) }, handle)
  : createServer(handle);
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
process.once('SIGTERM', () => process.exit(0));
