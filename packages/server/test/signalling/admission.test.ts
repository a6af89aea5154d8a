import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Admission, networkOf } from '../../src/signalling/admission.ts';
import { defaultLimits } from '../../src/signalling/limits.ts';

describe('admission', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1'],
    ['2001:db8::5', '2001:db8:0:0'],
    ['2001:db8:0:0:9::5', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1', 'fe80:0:0:0'],
    ['', ''],
  ])('counts %s as %s', (ip, network) => {
    expect(networkOf(ip)).toBe(network);
  });

  it('never lets in more than its limits, and is empty again when all have gone', () => {
    const limits = {
      ...defaultLimits,
      sockets: 6,
      unsignedSockets: 4,
      socketsPerAddress: 3,
      unsignedSocketsPerAddress: 2,
    };
    const step = fc.record({
      what: fc.constantFrom('enter', 'signIn', 'leave', 'leaveTwice'),
      ip: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
      which: fc.nat(20),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const admission = new Admission(limits);
        const inside: { ip: string; signedIn: boolean; admitted: ReturnType<Admission['enter']> }[] = [];
        for (const { what, ip, which } of steps) {
          const mine = inside.filter((one) => one.ip === ip);
          if (what === 'enter') {
            const unsigned = inside.filter((one) => !one.signedIn).length;
            const myUnsigned = mine.filter((one) => !one.signedIn).length;
            const refusal =
              mine.length >= 3 || myUnsigned >= 2
                ? 'address'
                : inside.length >= 6 || unsigned >= 4
                  ? 'sockets'
                  : undefined;
            expect(admission.refusal(ip)).toBe(refusal);
            if (refusal === undefined) inside.push({ ip, signedIn: false, admitted: admission.enter(ip) });
            continue;
          }
          const one = inside[which % Math.max(1, inside.length)];
          if (one === undefined) continue;
          if (what === 'signIn') {
            one.signedIn = true;
            one.admitted.signedIn();
          } else {
            one.admitted.left();
            if (what === 'leaveTwice') one.admitted.left();
            inside.splice(inside.indexOf(one), 1);
          }
        }
        expect(admission.sockets).toBe(inside.length);
        for (const one of inside) one.admitted.left();
        expect(admission.sockets).toBe(0);
        expect(admission.refusal('10.0.0.1')).toBeUndefined();
      }),
    );
  });
});
