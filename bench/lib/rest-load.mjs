/**
 * The load of `bench:rest`, in a process of its own: a fixed number of keep-alive connections on raw sockets, each with
 * one request under way at any time. Reads jobs as lines of JSON, answers each with a line of JSON.
 *
 * job: { port, tls, path, body, connections, warmMs, ms } → { requests, ms, failures, answer }
 */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { connect as connectTls } from 'node:tls';

function run({ port, tls, path, body, connections, warmMs, ms }) {
  const request = Buffer.from(
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return new Promise((resolve, reject) => {
    let requests = 0;
    let failures = 0;
    let counting = false;
    let over = false;
    let answer = '';
    const sockets = [];
    const open = () => {
      const options = { host: '127.0.0.1', port, noDelay: true };
      const socket = tls ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
      sockets.push(socket);
      let buffered = '';
      socket.on(tls ? 'secureConnect' : 'connect', () => socket.write(request));
      socket.on('data', (chunk) => {
        buffered = buffered === '' ? chunk.latin1Slice() : buffered + chunk.latin1Slice();
        const head = buffered.indexOf('\r\n\r\n');
        if (head < 0) return;
        const at = buffered.indexOf('Content-Length: ');
        const length = Number(buffered.slice(at + 16, buffered.indexOf('\r', at)));
        if (buffered.length < head + 4 + length) return;
        if (answer === '') answer = buffered.slice(head + 4);
        if (counting) requests += 1;
        if (!buffered.includes('"ErrorCode":0,')) failures += 1;
        buffered = '';
        if (!over) socket.write(request);
      });
      socket.on('error', reject);
      socket.on('close', () => over || reject(new Error('A connection was closed.')));
    };
    for (let i = 0; i < connections; i += 1) open();
    // Never sleeps: to wake a sleeping process is work that the kernel would do on the server's time.
    const spin = () => over || setImmediate(spin);
    spin();
    setTimeout(() => {
      counting = true;
      const from = performance.now();
      setTimeout(() => {
        over = true;
        const took = performance.now() - from;
        for (const socket of sockets) socket.destroy();
        resolve({ requests, ms: took, failures, answer });
      }, ms);
    }, warmMs);
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const outcome = await run(JSON.parse(line)).catch((error) => ({ error: String(error) }));
  console.log(JSON.stringify(outcome));
}
