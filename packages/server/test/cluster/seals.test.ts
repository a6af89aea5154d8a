import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type NodeId, nodeId } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { Seals } from '../../src/cluster/redis/seals.ts';

const [alpha, beta, gamma] = [nodeId('alpha'), nodeId('beta'), nodeId('gamma')];
const keys = new Map<NodeId, KeyObject>([alpha, beta].map((one) => [one, createSecretKey(randomBytes(32))]));
const of = (self: NodeId) => new Seals({ self, secretOf: (one) => keys.get(one) });
const texts = ['', '{}', '"😀\\u0000"', 'x'.repeat(100_000)];

describe('what a process seals', () => {
  it('is opened by the others, and reads like nothing', () => {
    for (const text of texts) {
      const sealed = of(alpha).seal(text) as string;
      expect(of(beta).open(alpha, sealed)).toBe(text);
      expect(of(alpha).open(alpha, sealed)).toBe(text);
      if (text.length > 10) expect(Buffer.from(sealed, 'base64').toString('latin1')).not.toContain(text.slice(0, 10));
    }
  });

  it('is another one each time', () => {
    const seals = of(alpha);
    expect(new Set(Array.from({ length: 100 }, () => seals.seal('the same'))).size).toBe(100);
  });

  it('is nothing after any change, under another name, or cut', () => {
    const sealed = of(alpha).seal('{"version":2}') as string;
    const bytes = Buffer.from(sealed, 'base64');
    for (let at = 0; at < bytes.length; at += 1) {
      const other = Buffer.from(bytes);
      other[at] = (other[at] as number) ^ 1;
      expect(of(beta).open(alpha, other.toString('base64'))).toBeUndefined();
      expect(of(beta).open(alpha, bytes.subarray(0, at).toString('base64'))).toBeUndefined();
    }
    expect(of(beta).open(beta, sealed)).toBeUndefined();
    for (const junk of ['', '{}', '====', '😀'.repeat(50), 'A'.repeat(200)]) {
      expect(of(beta).open(alpha, junk)).toBeUndefined();
    }
  });

  it('is not there without a key, and of somebody unknown is not opened', () => {
    expect(of(gamma).seal('text')).toBeUndefined();
    expect(of(alpha).open(gamma, of(alpha).seal('text') as string)).toBeUndefined();
  });
});
