/**
 * The receiver of `bench:webhooks`: takes webhooks on raw sockets, as cheaply as it can, and notes when each came.
 *
 * Each line on its input asks for a report, `{ count, lags }` since the last one; `lags` in ms from `EventTime` to receipt.
 */
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const body = '{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}';
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
);
let count = 0;
let lags = [];

const server = createServer({ noDelay: true }, (socket) => {
  let buffered = '';
  socket.on('data', (chunk) => {
    buffered = buffered === '' ? chunk.latin1Slice() : buffered + chunk.latin1Slice();
    for (;;) {
      const head = buffered.indexOf('\r\n\r\n');
      if (head < 0) return;
      const at = buffered.toLowerCase().indexOf('content-length: ');
      const end = head + 4 + Number.parseInt(buffered.slice(at + 16, at + 24), 10);
      if (buffered.length < end) return;
      const time = buffered.indexOf('"EventTime":', head);
      if (time > 0) lags.push(Date.now() - Number.parseInt(buffered.slice(time + 12, time + 25), 10));
      count += 1;
      buffered = buffered.slice(end);
      socket.write(answer);
    }
  });
  socket.on('error', () => {});
});
server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
createInterface({ input: process.stdin }).on('line', () => {
  console.log(JSON.stringify({ count, lags }));
  count = 0;
  lags = [];
});
process.once('SIGTERM', () => process.exit(0));
