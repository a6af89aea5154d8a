import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLog } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { systemClock } from '../../src/observe/system-clock.ts';

describe('Metrics', () => {
  it('is text that Prometheus reads, with counters by label and buckets that add up', async () => {
    const metrics = new Metrics();
    metrics.requests.add(2, 'a/b', '0');
    metrics.requests.cell('a/b', '60003').n += 1;
    metrics.ringSeconds.observe(0.2);
    metrics.ringSeconds.observe(7200);
    const text = await metrics.text();
    expect(text).toContain('# TYPE ringback_requests_total counter');
    expect(text).toContain('ringback_requests_total{command="a/b",code="0"} 2');
    expect(text).toContain('ringback_requests_total{command="a/b",code="60003"} 1');
    expect(text).toContain('ringback_ring_seconds_bucket{le="0.1"} 0');
    expect(text).toContain('ringback_ring_seconds_bucket{le="0.25"} 1');
    expect(text).toContain('ringback_ring_seconds_bucket{le="+Inf"} 2');
    expect(text).toContain('ringback_ring_seconds_count 2');
    expect(text).toContain('ringback_calls_live 0');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
  });

  it('two in one process do not disturb one another', async () => {
    const [one, two] = [new Metrics(), new Metrics()];
    one.callsStarted.add(1);
    expect(await one.text()).toContain('ringback_calls_started_total 1');
    expect(await two.text()).toContain('ringback_calls_started_total 0');
  });
});

describe('openLog', () => {
  it('writes one JSON object a line, verb and fields, and ready lines between', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringback-log-'));
    const fd = openSync(join(folder, 'log'), 'w');
    const stream = openLog({ level: 'info', fd });
    stream.log.info({ callId: 'c1' }, 'call ended');
    stream.log.debug('not shown');
    stream.line('{"msg":"request"}');
    stream.flush();
    closeSync(fd);
    const lines = readFileSync(join(folder, 'log'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toMatchObject([{ level: 30, callId: 'c1', msg: 'call ended' }, { msg: 'request' }]);
    expect(lines[0].time).toMatch(/^\d{4}-\d\d-\d\dT/);
    rmSync(folder, { recursive: true });
  });
});

describe('a log whose reader does not keep up', () => {
  it('gives up lines beyond its bound, tells so, and keeps what fits', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringback-log-'));
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const fd = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const stream = openLog({ level: 'info', fd });
    let dropped = 0;
    let heard = 0;
    stream.onDrop(() => {
      dropped += 1;
    });
    const stop = stream.onDrop(() => {
      heard += 1;
      if (heard === 3) stop();
    });
    const line = 'x'.repeat(64 * 1024);
    for (let i = 0; i < 1000; i += 1) stream.line(line);
    expect(dropped).toBeGreaterThan(700);
    expect(dropped).toBeLessThan(800);
    // Whoever has stopped listening hears no more of it.
    expect(heard).toBe(3);
    // The pipe stays open: its number must not come to mean another file while lines wait for it.
    rmSync(folder, { recursive: true });
  });
});

describe('systemClock', () => {
  it('never runs backwards, and its timers can be cancelled', async () => {
    const first = systemClock.now();
    const fired: string[] = [];
    systemClock.timer(20, () => fired.push('kept'));
    systemClock.timer(10, () => fired.push('cancelled'))();
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(fired).toEqual(['kept']);
    expect(systemClock.now()).toBeGreaterThanOrEqual(first);
  });
});
