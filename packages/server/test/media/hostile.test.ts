import { bounds, type CallId } from 'ringback-protocol';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Stage, until } from '../signalling/support.ts';
import { mediaOf, refusal as refusedAs, say, setupOf, talk } from './talk.ts';

const stage = new Stage();
afterEach(() => stage.clear());
afterAll(() => stage.close());

const sample = { userId: 'bob', rtt: 20, loss: 0, jitter: 2, width: 640, height: 480, freezes: 0, fps: 20 };

describe('what a device may say to the media service', () => {
  it('is refused by name where it does not fit', async () => {
    const scene = await stage.open({ media: {} });
    const { callId, devices } = await talk(scene, 'anna', 'bob');
    const anna = devices[0];
    const refusal = async (data: unknown) => anna.refusal('signal', { callId, to: '', data });
    const field = (name: string) => ({ code: -32602, name: 'bad_params', field: name });
    for (const none of [5, 'text', [], [{ type: 'hello' }]]) expect(await refusal(none)).toEqual(field('data'));
    for (const type of [undefined, 'setup', '__proto__', 'constructor', 5, {}]) {
      expect(await refusal({ type, epoch: 1 })).toEqual(field('data.type'));
    }
    expect(await refusal({ type: 'hello' })).toEqual(field('data.epoch'));
    expect(await refusal({ type: 'hello', epoch: 1e9 })).toEqual(field('data.epoch'));
    expect(await refusal({ type: 'offer', epoch: 1, sdp: 'x'.repeat(bounds.sdpBytes + 1) })).toEqual(field('data.sdp'));
    expect(await refusal({ type: 'offer', epoch: 1, sdp: 'x'.repeat(bounds.mediaBytes) })).toEqual(field('data'));
    expect(await refusal({ type: 'answer', epoch: 1, sdp: 'x' })).toEqual(field('data.n'));
    expect(await refusal({ type: 'candidate', epoch: 1, pc: 'x', candidate: '', mid: '' })).toEqual(field('data.pc'));
    expect(await refusal({ type: 'want', epoch: 1, userId: '', layer: 'low' })).toEqual(field('data.userId'));
    expect(await refusal({ type: 'state', audio: 1, video: true })).toEqual(field('data.audio'));
    expect(await refusal({ type: 'stats', samples: [{ ...sample, loss: 2 }] })).toEqual(field('data.samples'));
    expect(await refusal({ type: 'stats', samples: Array(101).fill(sample) })).toEqual(field('data.samples'));
    const bare = await anna.refusal('signal', { callId, to: '' });
    expect(bare).toEqual(field('data'));
  });

  it('is refused when it comes faster than there is need for, and taken again after a while', async () => {
    const scene = await stage.open({ media: {} });
    const { callId, devices } = await talk(scene, 'anna', 'bob');
    const [anna, bob] = [devices[0], devices[1]];
    await setupOf(anna);
    const outcomes: unknown[] = [];
    for (let i = 0; i < 8; i += 1) {
      const refused = await anna.refusal('signal', { callId, to: '', data: { type: 'hello', epoch: 0 } });
      outcomes.push(refused === 'accepted' ? refused : refused.name);
    }
    expect(outcomes).toEqual([...Array(5).fill('accepted'), ...Array(3).fill('too_fast')]);
    // The peer pays for a flood no more than once a token.
    expect(mediaOf(bob, 'setup')).toHaveLength(6);
    await say(anna, callId, { type: 'state', audio: true, video: false });
    await scene.pass(2000, devices);
    await say(anna, callId, { type: 'hello', epoch: 0 });
  });

  it('reaches nobody outside the call', async () => {
    const scene = await stage.open({ media: {} });
    const { callId } = await talk(scene, 'anna', 'bob');
    const eve = await scene.device('eve');
    await expect(say(eve, callId, { type: 'hello', epoch: 0 })).rejects.toMatchObject(refusedAs('not_in_call'));
    await expect(say(eve, 'no-such-call', { type: 'hello', epoch: 0 })).rejects.toMatchObject(
      refusedAs('no_such_call'),
    );
  });
});

describe('reports of quality', () => {
  it('are kept with the call, and tell the others when a network changes', async () => {
    const scene = await stage.open({ media: {} });
    const { callId, devices } = await talk(scene, 'anna', 'bob');
    const [anna, bob] = [devices[0], devices[1]];
    const stranger = { ...sample, userId: 'eve' };
    await say(anna, callId, { type: 'stats', samples: [{ ...sample, more: 'x' }, { ...sample, rtt: 9 }, stranger] });
    await say(bob, callId, { type: 'stats', samples: [{ ...sample, userId: 'anna', loss: 0.15 }] });
    await scene.pass(2000, devices);
    expect(mediaOf(anna, 'quality')).toEqual([{ type: 'quality', members: [{ userId: 'bob', quality: 4 }] }]);
    expect(mediaOf(bob, 'quality')).toEqual([{ type: 'quality', members: [{ userId: 'anna', quality: 4 }] }]);
    await scene.pass(5000, devices);
    await say(bob, callId, { type: 'stats', samples: [{ ...sample, userId: 'anna' }] });
    await scene.pass(2000, devices);
    expect(mediaOf(bob, 'quality').at(-1)).toEqual({ type: 'quality', members: [{ userId: 'anna', quality: 1 }] });

    const [call] = await scene.store.calls.live(scene.app.sdkAppId);
    const kept = () => scene.store.quality.of(scene.app.sdkAppId, call?.startedAt ?? 0, callId as CallId, 10);
    await until(() => (kept().length === 3 ? undefined : `kept: ${JSON.stringify(kept())}`));
    expect(kept()[0]).toEqual({ at: expect.any(Number), viewer: 'anna', samples: [sample] });
    expect(kept().map(({ viewer }) => viewer)).toEqual(['anna', 'bob', 'bob']);
  });
});
