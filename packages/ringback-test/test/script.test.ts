import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../server/src/emulator/check.ts';
import { spellWebhook } from '../../server/src/emulator/receiver.ts';
import { parseDuration, spellSpan } from '../../server/src/script/duration.ts';
import { readScript } from '../../server/src/script/read-script.ts';
import { played, withEmulator } from './support.ts';

const problem = (text: string): string => {
  try {
    readScript(text, 's.yaml');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

describe('a script', () => {
  it.each([
    ['usres:\n  bob:', 's.yaml:1: usres: it is not known here. Did you mean users?'],
    [
      'users:\n  bob:\n    whenCalled: anser',
      's.yaml:3: users.bob.whenCalled: "anser" is not an action. Did you mean answer?',
    ],
    [
      'users:\n  bob:\n    whenCalled: { after: soon, do: answer }',
      's.yaml:3: users.bob.whenCalled.after: "soon" is not a duration',
    ],
    [
      'users:\n  bob:\n    whenCalled: { after: 2s }',
      's.yaml:3: users.bob.whenCalled: it says when, but not what to do',
    ],
    ['users:\n  bob:\n    whenCalled: { call: {} }', 's.yaml:3: users.bob.whenCalled.call: call needs to.'],
    ['users:\n  bob: { devices: [a b] }', 's.yaml:2: users.bob.devices[0]: "a b" is not the name of a device'],
    ['users:\n  server:', 's.yaml:2: users.server: a user cannot be called server'],
    ['users:\n  zoë:', 's.yaml:2: users.zoë: "zoë" is not a user id of 1 to 32'],
    ['users:\n  bob:\ntimeline:\n  - bob: hangUp', 's.yaml:4: timeline[0]: it does not say when'],
    [
      'users:\n  bob:\ntimeline:\n  - { at: 1s, bib: hangUp }',
      's.yaml:4: timeline[0].bib: it is not known here. Did you mean bob?',
    ],
    [
      'users:\n  bob:\ntimeline:\n  - { at: 1s, server: { kik: bob } }',
      's.yaml:4: timeline[0].server.kik: it is not known here. Did you mean kick?',
    ],
    ['users:\n  bob: { platform: Amiga }', 's.yaml:2: users.bob.platform: "Amiga" is not a platform.'],
    ['users:\n  bob: { busy: 1 }', 's.yaml:2: users.bob.busy: 1 is not true or false.'],
    ['start: yesterday', 's.yaml:1: start: "yesterday" is not a time such as'],
    ['history: { days: 3650, callsPerDay: 10000 }', 's.yaml:1: history: these are more than 1000000 calls.'],
    ['traffic: { callsPerHour: [1, 2] }', 's.yaml:1: traffic.callsPerHour: these must be 24 numbers'],
    ['webhooks: { failFirst: 21 }', 's.yaml:1: webhooks.failFirst: 21 is not a whole number from 0 to 20.'],
    [
      'expect:\n  records:\n    - { result: Fine }',
      's.yaml:3: expect.records[0].result: "Fine" is not the result of a call.',
    ],
    ['expect:\n  results: { Fine: 1 }', 's.yaml:2: expect.results.Fine: it is not known here.'],
    ['expect:\n  results: { Cancel: many }', 's.yaml:2: expect.results.Cancel: "many" is not a whole number'],
    ['users: [a, b]', 's.yaml:1: users: this must be a mapping'],
    ['users:\n  bob: {', 's.yaml:2: this is not YAML'],
    ['users: *nobody', 's.yaml:1: '],
  ])('that is wrong is refused with its line, place and what is allowed: %j', (text, sentence) => {
    expect(problem(text)).toContain(sentence);
  });

  it('cannot blow up by aliases of aliases', () => {
    const lines = ['users:', '  bob:', '    whenCalled:', '      - &a0 { after: 1s, do: answer }'];
    for (let n = 1; n < 40; n += 1)
      lines.push(`      - &a${n} [${Array.from({ length: 10 }, () => `*a${n - 1}`).join(', ')}]`);
    const began = performance.now();
    expect(problem(lines.join('\n'))).not.toBe('');
    expect(problem(`a: &a [${'x,'.repeat(10)}]\n`)).toContain('is not known here');
    expect(problem(`about: ${'x'.repeat(1_100_000)}`)).toContain('is larger than');
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('may use an alias for what is said twice', () => {
    const script = readScript('users:\n  bob: &b { whenCalled: answer }\n  carol: *b', 's.yaml');
    expect(script.users.map(({ whenCalled }) => whenCalled[0]?.action.name)).toEqual(['answer', 'answer']);
  });

  it('says durations as people do', () => {
    expect(['500ms', '2s', '1m30s', '1.5h', '365d'].map(parseDuration)).toEqual([
      500, 2000, 90_000, 5_400_000, 31_536_000_000,
    ]);
    expect(['', '2', 's', '-1s', '2s ', '9999d', '1e3s'].map(parseDuration)).toEqual(Array(7).fill(undefined));
    expect([0, 61_000, 90_061_001].map(spellSpan)).toEqual(['0s', '1m1s', '1d1h1m1s1ms']);
  });

  it('whose outcome is another than it expects is told the difference', async () => {
    const wrong = `
users: { alice: , bob: { whenCalled: { after: 2s, do: reject } } }
timeline: [{ at: 1s, alice: { call: [bob] } }]
expect:
  records: [{ result: NormalEnd, ring: 3s }]
  results: { NormalEnd: 1 }
  webhookCount: 4
  webhooks: [StartCall, EndCall Reject]
  refusals: [bob reject not_waiting]
`;
    expect(await played(wrong)).toEqual([
      'results.Reject: expected 0, got 1',
      'results.NormalEnd: expected 1, got 0',
      'records[0].result: expected "NormalEnd", got "Reject"',
      'records[0].ring: expected "3s", got "2s"',
      'how many webhooks: expected 2, got 3',
      'webhooks[1]: expected "EndCall Reject", got "MemberChanged bob Reject"',
      'webhookCount: expected 4, got 3',
      'refusals: expected ["bob reject not_waiting"], got []',
    ]);
  });

  it.each([
    [
      'who declined',
      '{ devices: [phone, tablet], whenCalled: { after: 1s, do: reject } }',
      [],
      ['Invite', 'Reject', 'Invite', 'Reject'],
    ],
    [
      'who was out of it meanwhile and heard nothing of that',
      '{ whenCalled: { after: 1s, do: answer } }',
      ['{ at: 10s, bob: crash }', '{ at: 30s, bob: comeBack }'],
      ['Invite', 'Answer', 'Offline', 'Invite', 'Answer', 'Hangup'],
    ],
  ])('has a user %s react once each time that the call rings', async (_, bob, meanwhile, changes) => {
    const timeline = [
      '{ at: 1s, alice: { call: [carol] } }',
      '{ at: 2s, alice: { invite: [bob] } }',
      ...meanwhile,
      '{ at: 40s, alice: { invite: [bob] } }',
      '{ at: 50s, bob: hangUp }',
      '{ at: 60s, alice: hangUp }',
    ];
    const again = `
users: { alice: , bob: ${bob}, carol: { whenCalled: answer } }
timeline: [${timeline.join(', ')}]
lasts: 65s
`;
    await withEmulator(again, async (emulator) => {
      await runToEnd(emulator);
      const { journal, receiver } = emulator;
      const ofBob = receiver.webhooks.map(spellWebhook).filter((event) => event.includes(' bob '));
      expect(ofBob).toEqual(changes.map((change) => `MemberChanged bob ${change}`));
      const heard = journal.entries.filter(({ user, what }) => user === 'bob' && what === 'heard callReceived');
      expect(heard).toHaveLength(2);
    });
  });
});
