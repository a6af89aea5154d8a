/** A Ringback of its own for a benchmark: an application, ports that are free, a directory that goes with it. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tlsSig from 'tls-sig-api-v2';
import { Device } from './pairs.mjs';
import { startNode, stop } from './process.mjs';

const program = join(dirname(fileURLToPath(import.meta.url)), '../../packages/server/bin/ringback.mjs');

/** MB that a process has in memory. */
export const residentMb = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

export class Installation {
  sdkAppId = 1_400_000_097;
  key = randomBytes(32).toString('hex');

  /** `tls`: it serves HTTPS instead of HTTP. `args`: more settings. `folder`: data that are there; else it is removed at the end. */
  static async start({ tls = false, args = [], folder = '' } = {}) {
    const one = new Installation();
    one.tls = tls;
    one.own = folder === '';
    one.data = one.own ? mkdtempSync(join(tmpdir(), 'ringback-bench-')) : folder;
    const doors = ['--http', tls ? 'off' : '127.0.0.1:0', '--https', tls ? '127.0.0.1:0' : 'off', '--ops', 'off'];
    // The load is on the same machine and makes the server late.
    const calm = [
      '--gateway-overload-delay-ms',
      '60000',
      '--limits-app-rate',
      '1000000',
      '--limits-command-rate',
      '1000000',
    ];
    const began = performance.now();
    const { child, match } = await startNode(
      [program, 'serve', '--dev', '--data', one.data, ...doors, ...calm, ...args],
      {
        ready: new RegExp(`${tls ? 'https' : 'http'}://127\\.0\\.0\\.1:(\\d+)`),
        timeoutMs: 120_000,
      },
    );
    one.startMs = performance.now() - began;
    one.child = child;
    one.port = Number(match[1]);
    one.pid = child.pid;
    const named = ['--id', String(one.sdkAppId), '--key', one.key, '--name', 'bench', '--data', one.data];
    if (one.own) execFileSync(process.execPath, [program, 'app', 'create', ...named], { stdio: 'ignore' });
    return one;
  }

  get socketUrl() {
    return `${this.tls ? 'wss' : 'ws'}://127.0.0.1:${this.port}/signalling`;
  }

  userSig(user) {
    return new tlsSig.Api(this.sdkAppId, this.key).genUserSig(user, 86_400);
  }

  /** The signed path of a REST command. */
  path(command) {
    const usersig = this.userSig('administrator');
    return `/v4/${command}?sdkappid=${this.sdkAppId}&identifier=administrator&usersig=${usersig}&random=1&contenttype=json`;
  }

  /** `count` pairs of devices, connected and signed in. */
  async pairs(count) {
    const pairs = [];
    for (let i = 0; i < count; i += 1) {
      const pair = { names: { a: `a${i}`, b: `b${i}` } };
      for (const side of ['a', 'b']) {
        const device = new Device(this.socketUrl, 'ringback.v1');
        await device.opened();
        const userId = pair.names[side];
        const params = {
          sdkAppId: this.sdkAppId,
          userId,
          userSig: this.userSig(userId),
          platform: 'Web',
          deviceId: `d-${userId}`,
        };
        await device.ask('signIn', params);
        pair[side] = device;
      }
      pairs.push(pair);
    }
    return pairs;
  }

  async stop() {
    await stop(this.child);
    if (this.own) rmSync(this.data, { recursive: true, force: true });
  }
}
