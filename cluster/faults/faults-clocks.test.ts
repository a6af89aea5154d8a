import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../../e2e/support/ringback.ts';
import { scenes } from '../test/support/scene.ts';

/** Where Debian puts what shifts the clock of a process. */
function shifter(): string {
  for (const triplet of readdirSync('/usr/lib')) {
    const library = join('/usr/lib', triplet, 'faketime/libfaketimeMT.so.1');
    if (existsSync(library)) return library;
  }
  throw new Error('The package faketime is not installed (apt-get install faketime).');
}

/** s; how far the clock of each node is from the true time. */
const shifts = [-30, 30];

/** ms; what a machine that is kept busy adds to a time. */
const slack = 4000;

describe('nodes whose clocks are a minute apart', () => {
  const open = scenes();

  it('agree on when things happen', async () => {
    const { stage, traffic } = await open({
      nodes: 2,
      env: (index) => ({
        LD_PRELOAD: shifter(),
        FAKETIME: `${(shifts[index] as number) >= 0 ? '+' : ''}${shifts[index]}s`,
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        FAKETIME_NO_CACHE: '1',
      }),
    });
    // The clocks are really wrong: the log has the node's own time.
    stage.nodes.forEach(({ ringback }, index) => {
      const logged = /"time":"([^"]+)"/.exec(ringback.output)?.[1] ?? '';
      const off = Date.parse(logged) - Date.now();
      expect(Math.abs(off / 1000 - (shifts[index] as number))).toBeLessThan(120);
      expect(Math.sign(off)).toBe(Math.sign(shifts[index] as number));
    });
    for (const node of stage.nodes) await stage.warns(node, /clock of this machine was (29|30|31) s/);
    traffic.run();
    await traffic.flows();
    const [a, b] = [stage.node(0), stage.node(1)];

    // Dialled at one, ringing at the other: the time-out is what was asked for.
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const name = `k${stage.nodes.indexOf(from)}`;
      const [caller, callee] = [await traffic.phoneAt(`${name}x`, from), await traffic.phoneAt(`${name}y`, to)];
      const began = Date.now();
      const callId = await caller.call([callee.userId], { timeoutMs: 3000 });
      traffic.journal.note('started', callId);
      await callee.rings(callId);
      await until(() => (callee.over.has(callId) ? undefined : 'still ringing'), 20_000);
      const took = (callee.over.get(callId)?.at ?? 0) - began;
      expect(took).toBeGreaterThan(2900);
      expect(took).toBeLessThan(3000 + slack);
      const { Response } = await to.rest.send('call_record_http_srv/get_record_by_callid', { CallId: callId });
      expect(Response.CallRecord.CallResult).toBe('NotAnswer');
      expect(Math.abs(Response.CallRecord.StartTime * 1000 - began)).toBeLessThan(slack);

      // A phone that falls silent is let go 15 s later, by either clock.
      const next = await traffic.talk(caller, callee);
      const silentAt = Date.now();
      callee.drop();
      await until(() => (caller.over.has(next) ? undefined : 'still in the call'), 40_000);
      const lease = (caller.over.get(next)?.at ?? 0) - silentAt;
      expect(lease).toBeGreaterThan(10_000);
      expect(lease).toBeLessThan(15_000 + slack);
      expect(caller.over.get(next)?.result).toBe('Offline');
      caller.drop();
    }
    console.log(await traffic.judge());
  }, 600_000);
});
