import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { AttemptFacts, PendingEvent } from '../../src/ports/outbox.ts';
import { PostgresOutbox } from '../../src/stores/postgres-outbox.ts';
import { PostgresSettler } from '../../src/stores/postgres-settler.ts';
import type { SqlDatabase } from '../../src/stores/sql-database.ts';
import { appA, idOf } from './support/fake-calls.ts';

const event = (n: number): PendingEvent => ({
  app: appA,
  endpoint: 'crm',
  startedAt: 1000,
  callId: idOf(n),
  eventSeq: 1,
  format: 'v4',
  part: 0,
  command: 'Call.CallbackAfterStartCall',
  eventTime: 1000,
  body: '{}',
  clientIp: '',
  platform: 'Unknown',
  firstAt: 0,
  attempts: 0,
});
const facts: AttemptFacts = { at: 2000, url: 'https://crm.example.com', status: 200, took: 5, error: '', answer: '' };

/** A database of which each statement takes 5 ms and is told of when it begins. */
const slow = (begins: (n: number) => void) => {
  let n = 0;
  const query = async () => {
    n += 1;
    begins(n);
    await sleep(5);
    return { rows: [], count: 0 };
  };
  return { query } as unknown as SqlDatabase;
};

describe('what became of attempts, in PostgreSQL', () => {
  it('is waited for as far as it is known, and not while more comes and comes', async () => {
    let statements = 0;
    const settler = new PostgresSettler(
      slow((n) => {
        statements = n;
        // Attempts end all the time.
        if (n < 200) settler.settle(event(n), { outcome: 'delivered' }, facts).catch(() => {});
      }),
    );
    let isDone = false;
    const first = settler.settle(event(1000), { outcome: 'delivered' }, facts).then(() => {
      isDone = true;
    });
    await settler.flush();
    expect(isDone).toBe(true);
    expect(statements).toBeLessThan(5);
    await first;
    await settler.close();
    await settler.flush();
  });

  it('does not keep events from waiting again that it has locked at that moment', async () => {
    let tries = 0;
    const transaction = async (): Promise<void> => {
      tries += 1;
      if (tries === 1) throw Object.assign(new Error('deadlock detected'), { code: '40P01' });
    };
    const outbox = new PostgresOutbox({ ...slow(() => {}), transaction } as unknown as SqlDatabase, '');
    await outbox.add([event(1)]);
    expect(tries).toBe(2);
  });
});
