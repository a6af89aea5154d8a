import { setFlagsFromString } from 'node:v8';
import type { Call, Member } from 'ringback-engine';
import { expect, it } from 'vitest';
import { accept, end, hangUp, invite, join, leaseLost, person, reject, Scene, timeout } from './support/scene.ts';

setFlagsFromString('--allow-natives-syntax');
/** Whether V8 knows two objects as of one shape. */
const sameShape = new Function('one', 'other', 'return %HaveSameMap(one, other)') as (
  one: object,
  other: object,
) => boolean;

/** The calls of many lives, as they are after each step. */
function life(): readonly Call[] {
  const seen: Call[] = [];
  const after = (scene: Scene, ...events: Parameters<Scene['do']>[0][]): void => {
    seen.push(scene.call);
    for (const event of events) {
      scene.do(event);
      seen.push(scene.call);
    }
  };
  const callees = [person('bob')];
  after(
    new Scene({ callees }),
    accept('bob'),
    invite('alice', person('carol')),
    join(person('dave')),
    hangUp('alice'),
    end,
  );
  after(
    new Scene({ callees, push: { title: 'Ring' } }),
    accept('bob'),
    invite('bob', person('carol')),
    leaseLost('bob'),
  );
  after(new Scene({ callees }), reject('bob'));
  after(
    new Scene({
      callees: [person('bob', { callId: 'another' as Call['callId'], status: 'Calling' }), person('carol')],
    }),
    timeout,
  );
  return seen;
}

it('all calls are of one shape for V8, and all members, whatever they went through, so that none makes a shape of its own', () => {
  let last = life();
  // Until V8 has compiled it, and goes the ways that it goes in a server.
  for (let i = 0; i < 3000; i += 1) last = life();
  const [first] = last;
  for (const call of last) {
    expect(sameShape(call, first as Call), `a call of version ${call.version}`).toBe(true);
    for (const member of call.members) {
      expect(sameShape(member, first?.members[0] as Member), `${member.userId}, ${member.status}`).toBe(true);
    }
  }
});
