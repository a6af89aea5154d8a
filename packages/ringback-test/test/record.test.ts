import { expect, it } from 'vitest';
import { controlClient } from '../../server/src/admin/control-client.ts';
import { runToEnd } from '../../server/src/emulator/check.ts';
import { recordScript, type Timeline } from '../../server/src/emulator/record-script.ts';
import { readScript } from '../../server/src/script/read-script.ts';
import { withEmulator } from './support.ts';

/** Plays a script and gives the timeline of its only call. */
const timelineOf = (script: string): Promise<Timeline> =>
  withEmulator(script, async (emulator) => {
    await runToEnd(emulator);
    const [record] = await emulator.records();
    const operator = controlClient(emulator.data);
    const timeline = await operator('calls.timeline', { app: emulator.sdkAppId, callId: record?.callId ?? '' });
    return timeline as Timeline;
  });

it('users whose names mean something else in a timeline get others', async () => {
  const timeline = await timelineOf(`
users: { alice: , bob: { whenCalled: { after: 2s, do: answer } }, user-at: }
timeline:
  - { at: 1s, alice: { call: [bob, user-at] } }
  - { at: 9s, user-at: reject }
  - { at: 20s, bob: hangUp }
`);
  const ids = { alice: 'server', bob: 'at' };
  const renamed = JSON.stringify(timeline).replaceAll(/"(alice|bob)"/g, (_, id: keyof typeof ids) => `"${ids[id]}"`);
  const text = recordScript(JSON.parse(renamed) as Timeline);
  const script = readScript(text, 'recorded.yaml');
  expect(script.users.map(({ id }) => id).sort()).toEqual(['user-at', 'user-at-2', 'user-server']);
  expect(await withEmulator(script, runToEnd)).toEqual([]);
});

it('an invitation rings again for as long as it rang', async () => {
  const play = `
users: { alice: , bob: { whenCalled: { after: 2s, do: answer } }, carol: }
timeline:
  - { at: 1s, alice: { call: [bob] } }
  - { at: 9s, alice: { invite: { to: [carol], timeout: 12s } } }
  - { at: 50s, bob: hangUp }
`;
  const missedAt = ({ call, entries }: Timeline): number | undefined => {
    const missed = entries.find(
      (one) => one.kind === 'step' && one.changed.some(({ action }) => action === 'NotAnswer'),
    );
    return missed && missed.at - call.startedAt;
  };
  const recorded = await timelineOf(play);
  expect([missedAt(recorded), missedAt(await timelineOf(recordScript(recorded)))]).toEqual([20_000, 20_000]);
});

it('the call of a group is that of the same group and room again, also with one callee', async () => {
  const recorded = await timelineOf(`
users: { alice: , bob: { whenCalled: { after: 2s, do: answer } }, carol: }
timeline:
  - { at: 1s, alice: { call: { to: [bob], group: 'family#1', room: 'hall' } } }
  - { at: 9s, carol: { join: { callOf: alice } } }
  - { at: 20s, bob: hangUp }
  - { at: 21s, carol: hangUp }
`);
  expect(recorded.call).toMatchObject({
    callType: 'MultiCall',
    chatGroupId: 'family#1',
    roomId: 'hall',
    members: ['alice', 'bob', 'carol'],
  });
  const again = readScript(recordScript(recorded), 'recorded.yaml');
  expect(await withEmulator(again, runToEnd)).toEqual([]);
  const { callType, chatGroupId, roomId, members } = (await timelineOf(recordScript(recorded))).call;
  expect([callType, chatGroupId, roomId, members]).toEqual([
    'MultiCall',
    'family#1',
    'hall',
    ['alice', 'bob', 'carol'],
  ]);
});

it('a call to one who exists and one who does not is one of more than two again', async () => {
  const recorded = await timelineOf(`
users: { alice: , bob: { whenCalled: { after: 2s, do: answer } } }
timeline:
  - { at: 1s, alice: { call: [bob, zoe] } }
  - { at: 20s, bob: hangUp }
`);
  expect(recorded.call).toMatchObject({ callType: 'MultiCall', members: ['alice', 'bob'] });
  expect(await withEmulator(recordScript(recorded), runToEnd)).toEqual([]);
});

it('who was in another call when called or invited is so again', async () => {
  const timeline = await timelineOf(`
users: { alice: , bob: { whenCalled: { after: 2s, do: answer } }, carol: { busy: true }, dave: { busy: true } }
timeline:
  - { at: 1s, alice: { call: [bob, carol] } }
  - { at: 9s, alice: { invite: [dave] } }
  - { at: 20s, bob: hangUp }
lasts: 25s
`);
  const script = readScript(recordScript(timeline), 'recorded.yaml');
  expect(script.users.filter(({ busy }) => busy).map(({ id }) => id)).toEqual(['carol', 'dave']);
  expect(await withEmulator(script, runToEnd)).toEqual([]);
});
