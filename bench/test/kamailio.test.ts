import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../scripts/lib/capacity.mjs';
import { expectPositive, figuresOf, run } from './support.ts';

describe('the comparison with Kamailio', () => {
  it('finds, in its short form, what a call costs', async () => {
    const figures = await figuresOf('kamailio', '--rounds=1', '--seconds=1', '--rate=100');
    expectPositive(figures);
    const { server_cpu_ms_per_call: ours, kamailio_cpu_ms_per_call: its } = figures;
    expect((figures.kamailio_ratio * its) / ours).toBeCloseTo(1, 1);
    expect(rowsOf(figures)).toHaveLength(3);
  });

  it('leaves nothing running when Kamailio does not start', async () => {
    const stub = mkdtempSync(join(tmpdir(), 'ringback-stub-'));
    try {
      writeFileSync(join(stub, 'kamailio'), '#!/bin/sh\necho no port >&2\nexit 1\n', { mode: 0o755 });
      const { code, stderr, leftBehind } = await run('kamailio', [], {
        PATH: `${stub}${delimiter}${process.env.PATH}`,
      });
      expect(stderr).toContain('Kamailio ended with 1: no port');
      expect({ code, leftBehind }).toEqual({ code: 1, leftBehind: false });
    } finally {
      rmSync(stub, { recursive: true, force: true });
    }
  });
});
