import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../scripts/lib/capacity.mjs';
import { expectPositive, figuresOf } from './support.ts';

describe('in its short form, a benchmark', () => {
  it('measures real calls of a real server', async () => {
    // A pair for each call: on a busy machine a call may last longer than any wait for a free one.
    const { setup } = await figuresOf('setup', '--rates=20', '--seconds=1', '--rounds=1', '--pairs=20');
    expect(setup).toHaveLength(1);
    expect(setup[0]).toMatchObject({ rate: 20, rounds: 1, skipped: 0 });
    expect(setup[0].reached).toBeGreaterThan(10);
    for (const list of [setup[0].ring, setup[0].setUp]) for (const ms of list) expect(ms).toBeGreaterThan(0);
    expect(setup[0].setUp[0]).toBeGreaterThan(setup[0].ring[0]);
  });

  it('finds questions for records as fast among ten times as many', async () => {
    const measure = () => figuresOf('records', '--sizes=2000,20000', '--rounds=40');
    const slower = ({ records: [few, many] }: Awaited<ReturnType<typeof measure>>) =>
      Math.max(...['first', 'last', 'filtered'].map((question) => many[question].p50 / few[question].p50));
    let figures = await measure();
    // A pause of a busy machine may fall on one of the two: what really grows with the records does so each time.
    for (let turn = 1; slower(figures) >= 3 && turn < 3; turn += 1) figures = await measure();
    expect(slower(figures), JSON.stringify(figures)).toBeLessThan(3);
    expectPositive(figures);
    const [few, many] = figures.records;
    expect([few.records, many.records]).toEqual([2000, 20_000]);
    expect(many.total).toBeGreaterThan(19_400);
    // The figure is 514 to 564; more than double would be another table that fills, or an index too many.
    for (const { bytes_per_record } of [few, many]) expect(bytes_per_record).toBeLessThan(1200);
    expect(rowsOf(figures)).toHaveLength(6);
  }, 180_000);

  // Together: nothing here is held to a time, and a good part of each is waiting.
  describe.concurrent('of rates and memory', () => {
    it('finds what an idle device takes, without TLS and with it', async () => {
      const figures = await figuresOf('devices', '--devices=500', '--seconds=1');
      const { idle_cores: idle, ...others } = figures;
      expectPositive(others);
      expect(idle).toBeLessThan(1);
      expect(figures.devices).toBe(500);
      expect(figures.device_kb).toBeLessThan(40);
      expect(figures.device_tls_kb).toBeLessThan(120);
      expect(rowsOf(figures)).toHaveLength(2);
    });

    it('finds the gateway beside a bare handler, over HTTP and HTTPS', async () => {
      const figures = await figuresOf('rest', '--rounds=1', '--seconds=0.3');
      expectPositive(figures);
      for (const door of ['http', 'https']) {
        const { [`rest_${door}_per_second`]: ours, [`bare_${door}_per_second`]: bare } = figures;
        expect((figures[`rest_${door}_ratio`] * bare) / ours).toBeCloseTo(1, 1);
      }
      expect(rowsOf(figures)).toHaveLength(2);
    });
  });
});
