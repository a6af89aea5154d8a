import { setFlagsFromString } from 'node:v8';
import type { Call, CallEvent, Member } from 'ringback-engine';
import { callId } from 'ringback-protocol';
import { expect, it } from 'vitest';
import {
  accept,
  end,
  hangUp,
  invite,
  join,
  leaseLost,
  person,
  phone,
  reject,
  Scene,
  type startEvent,
  timeout,
  user,
} from './support/scene.ts';

setFlagsFromString('--allow-natives-syntax');
/** Whether V8 knows two objects as of one shape. */
const sameShape = new Function('one', 'other', 'return %HaveSameMap(one, other)') as (
  one: object,
  other: object,
) => boolean;

/** Some lives of calls: all that there is to see after each step. */
function lives(): readonly Call[] {
  const seen: Call[] = [];
  const live = (event: Parameters<typeof startEvent>[0], ...events: readonly CallEvent[]): void => {
    const scene = new Scene(event);
    seen.push(scene.call);
    for (const one of events) {
      scene.do(one, one.type === 'timeout' ? 31_000 : 1000);
      seen.push(scene.call);
    }
  };
  const busy = person('busy', { callId: callId('another'), status: 'Calling' });
  const bob = [person('bob')];
  live(
    { callees: bob },
    accept('bob'),
    invite('alice', person('carol'), busy),
    join(person('dave')),
    hangUp('dave'),
    end,
  );
  live({ callees: bob, push: { title: 'Ring' } }, accept('bob'), invite('bob', person('carol')), leaseLost('bob'));
  live({ callees: bob }, { type: 'switchMedia', userId: user('alice'), device: phone('alice'), mediaType: 'Audio' });
  live({ callees: bob }, reject('bob'));
  live({ callees: [busy] });
  live({ callees: [...bob, person('carol')] }, accept('bob'), reject('carol'), invite('bob', person('carol')), timeout);
  live({ callees: [busy, person('carol')] }, timeout);
  live({ callees: bob, robot: true, device: '' }, accept('bob'), hangUp('bob'));
  return seen;
}

it('all calls that the engine makes are of one shape for V8, and all members, whatever they go through', () => {
  let last = lives();
  // Until V8 has compiled it, and goes the ways that it goes in a server.
  for (let i = 0; i < 3000; i += 1) last = lives();
  const [first] = last;
  for (const call of last) {
    expect(sameShape(call, first as Call), `a call of version ${call.version}`).toBe(true);
    for (const member of call.members) {
      expect(sameShape(member, first?.members[0] as Member), `${member.userId}, ${member.status}`).toBe(true);
    }
  }
});
