import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import {
  bounds,
  deviceMessageSchemas,
  peerMessageSchemas,
  serviceMessageSchema,
  serviceMessageSchemas,
  signallingRequests,
} from '../src/index.ts';

const accepts = (schema: object, value: unknown): boolean => Compile(schema).Check(value);

const sample = { userId: 'bob', rtt: 12.5, loss: 0.01, jitter: 3, width: 640, height: 480, freezes: 0, fps: 20 };

describe('the declarations of media messages', () => {
  it('describe every member, since the description is what a device reads when the member is wrong', () => {
    const missing: string[] = [];
    const all = { ...deviceMessageSchemas, ...serviceMessageSchemas, ...peerMessageSchemas };
    for (const [type, { properties }] of Object.entries(all)) {
      for (const [name, field] of Object.entries(properties)) {
        if (!('description' in field) || field.description === '') missing.push(`${type}.${name}`);
      }
    }
    expect(missing).toEqual([]);
  });

  it('take what a device may send, and nothing beyond their bounds', () => {
    const { hello, offer, candidate, want, stats, failed } = deviceMessageSchemas;
    expect(accepts(hello, { type: 'hello', epoch: 0 })).toBe(true);
    expect(accepts(hello, { type: 'hello', epoch: -1 })).toBe(false);
    expect(accepts(offer, { type: 'offer', epoch: 1, sdp: 'x'.repeat(bounds.sdpBytes) })).toBe(true);
    expect(accepts(offer, { type: 'offer', epoch: 1, sdp: 'x'.repeat(bounds.sdpBytes + 1) })).toBe(false);
    expect(accepts(offer, { type: 'offer', epoch: 0, sdp: 'x' })).toBe(false);
    const one = { type: 'candidate', epoch: 1, pc: 'up', candidate: '', mid: '0' };
    expect(accepts(candidate, one)).toBe(true);
    for (const bad of [{ pc: 'sideways' }, { mid: 'a b' }, { mid: 'x'.repeat(17) }, { candidate: 'x'.repeat(1025) }]) {
      expect(accepts(candidate, { ...one, ...bad }), JSON.stringify(bad)).toBe(false);
    }
    expect(accepts(want, { type: 'want', epoch: 1, userId: 'bob', layer: 'off' })).toBe(true);
    expect(accepts(want, { type: 'want', epoch: 1, userId: 'bob', layer: 'best' })).toBe(false);
    expect(accepts(failed, { type: 'failed', epoch: 1, text: 'x'.repeat(501) })).toBe(false);
    const samples = Array.from({ length: bounds.mediaSamples }, () => sample);
    expect(accepts(stats, { type: 'stats', samples })).toBe(true);
    expect(accepts(stats, { type: 'stats', samples: [...samples, sample] })).toBe(false);
    for (const bad of [{ loss: 1.1 }, { rtt: -1 }, { jitter: null }, { fps: '20' }, { width: 1e9 }]) {
      expect(accepts(stats, { type: 'stats', samples: [{ ...sample, ...bad }] }), JSON.stringify(bad)).toBe(false);
    }
  });

  it('fit a frame: the longest description leaves room for what is around it, and for its line ends in JSON', () => {
    expect(bounds.sdpBytes + 6000 * 2 + 1000).toBeLessThan(bounds.mediaBytes);
    expect(bounds.mediaBytes + 1000).toBeLessThan(bounds.frameBytes);
    const { description } = peerMessageSchemas;
    const said = (bytes: number) => {
      return { type: 'description', epoch: 1, description: { type: 'offer', sdp: 'x'.repeat(bytes) } };
    };
    expect(accepts(description, said(bounds.peerSdpBytes))).toBe(true);
    expect(accepts(description, said(bounds.peerSdpBytes + 1))).toBe(false);
    expect(bounds.peerSdpBytes + 2000 * 2 + 1000).toBeLessThan(bounds.signalBytes);
  });

  it('tell a device where its media goes', () => {
    const rest = { type: 'setup', epoch: 1, iceServers: [{ urls: ['stun:127.0.0.1'] }], members: [] };
    const p2p = { ...rest, mode: 'p2p', provider: 'p2p', peer: 'bob', polite: true };
    const room = { ...rest, mode: 'room', provider: 'sfu', layers: 'lines' };
    for (const good of [p2p, room]) expect(accepts(serviceMessageSchema, good)).toBe(true);
    for (const bad of [
      { ...room, provider: 'p2p' },
      { ...p2p, mode: 'room' },
      { ...room, epoch: 0 },
    ]) {
      expect(accepts(serviceMessageSchema, bad)).toBe(false);
    }
  });

  it('reach the service through a signal to nobody', () => {
    const { to } = signallingRequests.signal.params.properties;
    for (const good of ['', 'bob']) expect(accepts(to, good)).toBe(true);
    for (const bad of [null, 'x'.repeat(33), 'é']) expect(accepts(to, bad)).toBe(false);
  });
});
