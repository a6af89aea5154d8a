import { expect, it } from 'vitest';
import { runToEnd } from '../../server/src/emulator/check.ts';
import { withEmulator } from './support.ts';

const restartWith = (before: string, after: string): string => `
users: { alice: , bob: { whenCalled: answer } }
timeline:
  - { at: 1s, alice: { call: [bob] } }
${before}
  - { at: 2s, server: restart }
${after}
`;

const others = ['  - { at: 2s, server: { endCall: alice } }', '  - { at: 2s, server: { kick: bob } }'].join('\n');

it('what the server is told while it starts again is done after that', async () => {
  await withEmulator(restartWith('', others), async (emulator) => {
    await runToEnd(emulator);
    const { records, refusals } = await emulator.outcome();
    expect([records.map(({ result }) => result), refusals]).toEqual([['NormalEnd'], []]);
    const done = emulator.journal.entries.filter(({ user }) => user === 'server').map(({ what }) => what);
    expect(done.sort()).toEqual(['endCall', 'kick', 'restart']);
  });
});

it('what the server is told before it starts again is done before that', async () => {
  await withEmulator(restartWith(others, ''), async (emulator) => {
    await runToEnd(emulator);
    const done = emulator.journal.entries.filter(({ user }) => user === 'server').map(({ what }) => what);
    expect(done.sort()).toEqual(['endCall', 'kick', 'restart']);
    expect(await emulator.records()).toHaveLength(1);
  });
});
