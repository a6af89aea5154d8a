import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AddressGuard } from '../../src/webhooks/guard.ts';
import { Names } from '../../src/webhooks/names.ts';
import { Sender } from '../../src/webhooks/sender.ts';
import { ok, Receiver } from './receiver.ts';

/**
 * A name server: knows `*.good`, says that `*.unknown` and names without a dot do not exist, that it cannot tell of `*.broken`,
 * `broken` and `*.local`, and to all else says nothing.
 */
let server: Socket;
let port = 0;
let folder: string;
const hostsFile = () => join(folder, 'hosts');

/** The name of a question, and where it ends. */
function questionOf(packet: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = packet[at] as number; length > 0; length = packet[at] as number) {
    labels.push(packet.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join('.').toLowerCase(), type: packet.readUInt16BE(at + 1), end: at + 5 };
}

function answerTo(packet: Buffer): Buffer | undefined {
  const { name, type, end } = questionOf(packet);
  const known = name.endsWith('.good');
  const broken = /(^|\.)broken$|\.local$/.test(name);
  if (!known && !broken && name.includes('.') && !name.endsWith('.unknown')) return undefined;
  const head = Buffer.from(packet.subarray(0, end));
  const answers = known && type === 1 ? 1 : 0;
  head.writeUInt16BE(known ? 0x8180 : broken ? 0x8182 : 0x8183, 2);
  head.writeUInt16BE(answers, 6);
  head.writeUInt32BE(0, 8);
  const record = Buffer.from([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1]);
  return answers === 1 ? Buffer.concat([head, record]) : head;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-names-'));
  writeFileSync(hostsFile(), '127.0.0.7 Written.example other # and a remark\n::1 written.example\nnonsense here\n');
  server = createSocket('udp4', (packet, from) => {
    const answer = answerTo(packet);
    if (answer !== undefined) server.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  port = server.address().port;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const none = async (hostname: string): Promise<never> => {
  throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' });
};
const namesOf = (
  system: (hostname: string) => Promise<readonly { address: string; family: number }[]> = none,
  systemPatience = 5000,
) => new Names({ servers: [`127.0.0.1:${port}`], hostsFile: hostsFile(), system, systemPatience });

describe('names', () => {
  it('come from the file of hosts, which is read again when it changes, then from the name servers', async () => {
    const names = namesOf();
    expect(await names.addressesOf('WRITTEN.example')).toEqual([
      { address: '127.0.0.7', family: 4 },
      { address: '::1', family: 6 },
    ]);
    expect(await names.addressesOf('other')).toEqual([{ address: '127.0.0.7', family: 4 }]);
    expect(await names.addressesOf('crm.good')).toEqual([{ address: '127.0.0.1', family: 4 }]);
    writeFileSync(hostsFile(), '127.0.0.8 crm.good\n');
    expect(await names.addressesOf('crm.good')).toEqual([{ address: '127.0.0.8', family: 4 }]);
  });

  it('that name servers do not know are asked of the system, one at a time, which holds up nobody else', async () => {
    const asked: string[] = [];
    const names = namesOf((hostname) => {
      asked.push(hostname);
      return new Promise(() => {});
    });
    for (let n = 0; n < 20; n += 1) names.addressesOf(`n${n}.unknown`).catch(() => {});
    expect(await names.addressesOf('a.good')).toEqual([{ address: '127.0.0.1', family: 4 }]);
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await names.addressesOf('b.good')).toEqual([{ address: '127.0.0.1', family: 4 }]);
    expect(asked.length).toBe(1);
  });

  it('that only the system knows are found', async () => {
    const names = namesOf(async () => [{ address: '127.0.0.5', family: 4 }]);
    expect(await names.addressesOf('short.unknown')).toEqual([{ address: '127.0.0.5', family: 4 }]);
    await expect(namesOf().addressesOf('no.unknown')).rejects.toThrow('ENOTFOUND');
  });

  it('that name servers cannot tell of are asked of the system only where they are in no domain', async () => {
    const asked: string[] = [];
    const names = namesOf(async (hostname) => {
      asked.push(hostname);
      return [{ address: '127.0.0.5', family: 4 }];
    });
    await expect(names.addressesOf('hooks.broken')).rejects.toThrow('ESERVFAIL');
    for (const name of ['broken', 'printer.local', 'printer.local.']) await names.addressesOf(name);
    expect(asked).toEqual(['broken', 'printer.local', 'printer.local.']);
  });

  it('for which the system finds nothing hold up no short one, and are refused in their time, most of them at once', async () => {
    const names = namesOf(
      (hostname) =>
        hostname.startsWith('a') ? new Promise(() => {}) : Promise.resolve([{ address: '127.0.0.5', family: 4 }]),
      400,
    );
    const reasons: string[] = [];
    const ask = (name: string) => names.addressesOf(name).catch((error: Error) => void reasons.push(error.message));
    const many = Array.from({ length: 40 }, (_, n) => ask(`a${n}.unknown`));
    await expect.poll(() => reasons.length).toBe(23);
    expect(reasons.every((reason) => reason.includes('too many names already (EAGAIN)'))).toBe(true);
    expect(await names.addressesOf('hooks')).toEqual([{ address: '127.0.0.5', family: 4 }]);
    expect(reasons).toHaveLength(23);
    await Promise.all(many);
    expect(reasons.slice(23)).toEqual(Array(17).fill(expect.stringContaining('within 400 ms (ETIMEOUT)')));
    // The thread is still taken: nobody waits longer for that.
    await expect(names.addressesOf('hooks.unknown')).rejects.toThrow('within 400 ms');
    const short = expect(names.addressesOf('a')).rejects.toThrow('within 400 ms');
    await expect(names.addressesOf('hooks')).rejects.toThrow('within 400 ms');
    await short;
  });

  it('whose turn comes when nobody waits for them any more are not asked of the system', async () => {
    const asked: string[] = [];
    let answer = (): void => {};
    const names = namesOf((hostname) => {
      asked.push(hostname);
      return new Promise((resolve) => {
        answer = () => resolve([{ address: '127.0.0.5', family: 4 }]);
      });
    }, 400);
    const first = names.addressesOf('a.unknown').catch(() => {});
    // What a name server says of the one may come after what it says of the other.
    await expect.poll(() => asked).toEqual(['a.unknown']);
    await expect(names.addressesOf('b.unknown')).rejects.toThrow('within 400 ms');
    await first;
    const next = names.addressesOf('c.unknown');
    await names.addressesOf('a.good');
    expect(asked).toEqual(['a.unknown']);
    answer();
    await expect.poll(() => asked).toEqual(['a.unknown', 'c.unknown']);
    answer();
    expect(await next).toEqual([{ address: '127.0.0.5', family: 4 }]);
  });

  it('that nobody answers for do not keep a delivery to another from its connection', async () => {
    const there = await Receiver.open((answer) => answer(200, ok));
    const names = namesOf(() => new Promise(() => {}));
    const guard = new AddressGuard(['127.0.0.0/8'], (hostname) => names.addressesOf(hostname));
    const sender = new Sender({ guard, timeout: 20_000 });
    const post = (host: string) =>
      sender.send({ origin: `http://${host}:${there.port}`, path: '/', headers: [], body: '{}' });
    let dead = 0;
    const all = Array.from({ length: 30 }, (_, n) =>
      post(`n${n}.dead`).then((answer) => {
        dead += 1;
        return answer;
      }),
    );
    for (let n = 0; n < 20; n += 1) void post(`n${n}.unknown`);
    for (let n = 0; n < 5; n += 1) expect((await post(`n${n}.good`)).status).toBe(200);
    // Those that are dead hold up nobody: all of these were quicker than any of them.
    expect(dead).toBe(0);
    expect((await all[0])?.error).toContain('ETIMEOUT');
    await sender.close();
    await there.stop();
  });
});
