import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Alarms } from '../../src/calls/alarms.ts';
import { ManualClock } from '../support/manual-clock.ts';

describe('Alarms', () => {
  it('ring at their time, in the order of time, each once', () => {
    const clock = new ManualClock();
    const alarms = new Alarms(clock);
    const rung: string[] = [];
    const start = clock.now();
    for (const [key, after] of [
      ['c', 300],
      ['a', 100],
      ['b', 200],
    ] as const) {
      alarms.set(key, start + after, () => rung.push(`${key}@${clock.now() - start}`));
    }
    for (let i = 0; i < 50; i += 1) clock.advance(10);
    expect(rung).toEqual(['a@100', 'b@200', 'c@300']);
    expect(alarms.size).toBe(0);
  });

  it('a time that has passed rings at once', () => {
    const clock = new ManualClock();
    const alarms = new Alarms(clock);
    let rung = 0;
    alarms.set('late', clock.now() - 5000, () => {
      rung += 1;
    });
    clock.advance(0);
    expect(rung).toBe(1);
  });

  it('an alarm may set itself anew from inside', () => {
    const clock = new ManualClock();
    const alarms = new Alarms(clock);
    let rung = 0;
    const again = () => {
      rung += 1;
      alarms.set('tick', clock.now() + 1000, again);
    };
    alarms.set('tick', clock.now() + 1000, again);
    for (let i = 0; i < 10; i += 1) clock.advance(1000);
    expect(rung).toBe(10);
  });

  it('closing silences all that wait', () => {
    const clock = new ManualClock();
    const alarms = new Alarms(clock);
    alarms.set('never', clock.now() + 10, () => expect.unreachable());
    alarms.close();
    clock.advance(1000);
    expect(alarms.size).toBe(0);
  });

  it('agree with a plain list, whatever is set, replaced and cleared', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), key: fc.nat({ max: 8 }), after: fc.nat({ max: 5000 }) }),
      fc.record({ kind: fc.constant('clear' as const), key: fc.nat({ max: 8 }) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 3000 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
        const clock = new ManualClock();
        const alarms = new Alarms(clock);
        const plain = new Map<number, number>();
        const rung: number[] = [];
        for (const one of actions) {
          if (one.kind === 'set') {
            plain.set(one.key, clock.now() + one.after);
            alarms.set(String(one.key), clock.now() + one.after, () => rung.push(one.key));
          } else if (one.kind === 'clear') {
            plain.delete(one.key);
            alarms.clear(String(one.key));
          } else {
            rung.length = 0;
            clock.advance(one.ms);
            const due = [...plain].filter(([, at]) => at <= clock.now()).map(([key]) => key);
            for (const key of due) plain.delete(key);
            expect([...rung].sort()).toEqual(due.sort());
          }
        }
      }),
      { numRuns: 300 },
    );
  });
});
