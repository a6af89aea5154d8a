import fc from 'fast-check';
import { describe, expect } from 'vitest';
import {
  isDestroyed,
  layerOf,
  publishersOf,
  readMessage,
  roomsOf,
  streamsOf,
  unpublishedOf,
} from '../packages/server/src/media/janus/wire.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const good = [
  { janus: 'success', transaction: 't1', data: { id: 4711 } },
  { janus: 'error', transaction: 't1', error: { code: 458, reason: 'No such session' } },
  {
    janus: 'event',
    sender: 7,
    plugindata: {
      plugin: 'janus.plugin.videoroom',
      data: {
        videoroom: 'event',
        publishers: [{ id: 'a', streams: [] }],
        unpublished: 'b',
        error_code: 426,
        error: 'x',
      },
    },
    jsep: { type: 'offer', sdp: 'v=0\r\n' },
  },
  {
    janus: 'event',
    sender: 7,
    plugindata: {
      data: { streams: [{ mid: '0', feed_id: 'a', type: 'video', active: true }], mid: '0', substream: 1 },
    },
  },
  { janus: 'success', plugindata: { data: { list: [{ room: 'r', description: 'd', num_participants: 2 }] } } },
  { janus: 'trickle', sender: 7, candidate: { candidate: 'candidate:1 1 udp 1 127.0.0.1 9 typ host', sdpMid: '0' } },
  { janus: 'hangup', sender: 7, reason: 'ICE failed' },
].map((message) => JSON.stringify(message));

describe('a message of Janus', () => {
  fuzzed('is read into its shape, or is none', fc.oneof(spoilt(...good), noise), (text) => {
    const message = readMessage(text);
    if (message === undefined) return;
    const { janus, transaction, sender, id, error, data, jsep, candidate, reason } = message;
    for (const one of [janus, transaction, error, candidate.candidate, candidate.mid, reason]) {
      expect(typeof one).toBe('string');
    }
    expect([typeof sender, typeof id]).toEqual(['number', 'number']);
    expect(jsep === undefined || ['offer', 'answer'].includes(jsep.type)).toBe(true);
    expect(publishersOf(data).every((one) => typeof one === 'string' && one !== '')).toBe(true);
    expect([typeof unpublishedOf(data), typeof isDestroyed(data)]).toEqual(['string', 'boolean']);
    const layer = layerOf(data);
    if (layer !== undefined) expect([typeof layer.mid, typeof layer.substream]).toEqual(['string', 'number']);
    for (const { mid, feed, kind } of streamsOf(data)) {
      expect([typeof mid, typeof feed]).toEqual(['string', 'string']);
      expect(['audio', 'video']).toContain(kind);
    }
    for (const { room, description, members } of roomsOf(data)) {
      expect([typeof room, typeof description, typeof members]).toEqual(['string', 'string', 'number']);
    }
  });
});
