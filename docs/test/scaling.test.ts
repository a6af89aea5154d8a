import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { assumptions, figureNames, limits, plan } from '../../scripts/lib/scaling.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const script = join(root, 'scripts/scaling.mjs');
const run = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [script, ...args], { encoding: 'utf8' });

const assumed = Object.fromEntries(Object.entries(assumptions).map(([name, { standard }]) => [name, standard]));
/** Round figures, to reckon with in one's head. */
const figures = {
  nodes4_cpu_ms_per_call: 2,
  webhook_cpu_ms: 0.1,
  ping_cpu_ms: 0.05,
  request_cpu_ms: 0.2,
  sign_in_cpu_ms: 1,
  device_kb: 20,
  node_idle_cpu_ms_per_s: 0,
  postgres_cpu_ms_per_call: 3,
  postgres_commits_per_call: 4,
  postgres_wal_kb_per_call: 8,
  postgres_cpu_ms_per_webhook: 0.25,
  postgres_commits_per_webhook: 0.5,
  postgres_wal_kb_per_webhook: 1,
  record_kb: 1,
  history_kb_per_call: 2,
  webhook_kb: 1,
  redis_cpu_ms_per_call: 0.1,
  redis_commands_per_call: 6,
};

describe('docs/scaling.md', () => {
  it('has the tables that the script makes of the figures that are kept', () => {
    const tables = run();
    expect(tables.split('\n').length).toBeGreaterThan(20);
    expect(readFileSync(join(root, 'docs/scaling.md'), 'utf8')).toContain(tables);
  });

  it('assumes what the script assumes', () => {
    const page = readFileSync(join(root, 'docs/scaling.md'), 'utf8');
    const words: readonly [keyof typeof assumptions, string][] = [
      ['online', '20 % of the users are signed in'],
      ['signInsPerDay', '8 sign-ins of a user a day'],
      ['callsPerDay', '1 a user and day'],
      ['busyHour', '15 % of them in the busiest hour'],
      ['peak', '1.5 times the average'],
      ['callSeconds', '120 s'],
      ['idlePing', 'every 25 s'],
      ['callPing', 'in a call every 5 s'],
      ['spares', '20 % more nodes than needed'],
      ['socketsPerNode', '50 000 sockets'],
      ['connectionsPerNode', '11 connections'],
      ['databaseCores', '32 cores'],
      ['databaseWal', '200 MiB/s'],
      ['databaseConnections', '2000 connections'],
      ['recordDays', 'records 400 days'],
      ['historyDays', 'history of a call 30 days'],
      ['webhookDays', 'attempts 14 days'],
    ];
    for (const [name, sentence] of words) {
      expect(page).toContain(sentence);
      const { standard } = assumptions[name];
      const shown = sentence.replace(/(\d) (?=\d)/g, '$1');
      expect(shown, name).toMatch(new RegExp(`\\b${standard < 1 ? Math.round(standard * 100) : standard}\\b`));
    }
  });
});

describe('the arithmetic of scaling', () => {
  it('reckons a million users as one does by hand', () => {
    const one = plan(figures, assumed, 1_000_000);
    // 1 000 000 × 15 % / 3600 s × 1.5
    expect(one.callsPerSecond).toBeCloseTo(62.5, 9);
    expect(one.devices).toBe(200_000);
    expect(one.inCalls).toBeCloseTo(15_000, 6);
    expect(one.pingsPerSecond).toBeCloseTo(185_000 / 25 + 15_000 / 5, 6);
    expect(one.signInsPerSecond).toBeCloseTo(333.333, 2);
    expect(one.cores.calls).toBeCloseTo(0.125, 9);
    expect(one.cores.webhooks).toBeCloseTo(0.025, 9);
    expect(one.cores.requests).toBeCloseTo(0.0125, 9);
    expect(one.cores.devices).toBeCloseTo(10.4 * 0.05 + 0.3333, 3);
    expect(one.byCpu).toBe(3);
    expect(one.bySockets).toBe(4);
    expect(one.nodes).toBe(5);
    // (62.5 × 3 ms + 250 × 0.25 ms) / half of a core
    expect(one.databases.cores).toBeCloseTo(0.5, 9);
    expect(one.databases.commits).toBeCloseTo(62.5 * 4 + 250 * 0.5, 9);
    expect(one.databases.wal).toBeCloseTo((62.5 * 8 + 250) / 1024, 9);
    expect(one.databases.terabytes).toBeCloseTo((1_000_000 * (400 + 60 + 56)) / 1024 ** 3, 9);
    expect(one.redis.commands).toBeCloseTo(375, 9);
    expect(one.shards).toBe(1);
  });

  it('takes as many stores as the scarcest thing asks for, and says which that is', () => {
    const many = plan(figures, assumed, 100_000_000);
    expect(many.databases.cores).toBeCloseTo(50, 9);
    expect(many.nodes).toBe(480);
    expect(many.databases.connections).toBe(5280);
    expect(many.shards).toBe(3);
    const [first, second] = limits(figures, assumed);
    expect(first).toMatchObject({ what: 'connections of one PostgreSQL' });
    expect(first?.users).toBeCloseTo((2000 / 52.8) * 1_000_000, -5);
    expect(second).toMatchObject({ what: 'CPU of one PostgreSQL', users: 64_000_000 });
    const scarce = { ...figures, redis_cpu_ms_per_call: 100 };
    expect(limits(scarce, assumed)[0]).toMatchObject({ what: 'the one core of Redis' });
    expect(plan(scarce, assumed, 100_000_000).shards).toBe(1250);
  });

  it('takes figures, users and assumptions, and refuses what makes no sense', () => {
    const given = figureNames.flatMap((name) => [`--${name}`, String(figures[name as keyof typeof figures])]);
    const table = run(...given, '--users', '2000000', '--calls-per-day', '2');
    expect(table).toMatch(/calls started \| 1\/s \| 250 \|/);
    expect(run('--help')).toContain('--busy-hour');
    for (const [args, sentence] of [
      [['--online', 'many'], /--online is a number/],
      [['--no-such', '1'], /--help/],
      [['--figures', '/nowhere.json'], /cannot be read/],
      [['--busy', '0'], /busy/],
    ] as const) {
      const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
      expect(status).toBe(2);
      expect(stderr).toMatch(sentence);
      expect(stderr).not.toContain('    at ');
    }
  });
});
