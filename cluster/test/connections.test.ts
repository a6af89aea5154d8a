import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage } from './support/stage.ts';

describe('the health page of a node whose signs of life reach the database', () => {
  let stage: Stage;
  /** Processes of the database that are halted. */
  const halted: number[] = [];
  const goOn = (): void => {
    for (const pid of halted.splice(0)) process.kill(pid, 'SIGCONT');
  };
  beforeAll(async () => {
    stage = await Stage.open({ nodes: 1 });
  }, 240_000);
  afterAll(async () => {
    goOn();
    await stage?.dispose();
  }, 120_000);

  it('warns when no further connection can be had, and turns the node away when the others hang', async () => {
    const node = stage.node(0);
    await stage.recovers(node);
    const [database] = await stage.rows<{ name: string }>('SELECT current_database() AS name');
    const allow = (really: boolean) =>
      stage.postgres.ask(`ALTER DATABASE ${database?.name} ALLOW_CONNECTIONS ${really ? 'true' : 'false'}`);

    await allow(false);
    // More at once than there are connections; some of them are refused.
    const names = Array.from({ length: 60 }, (_, n) => `u${n}`);
    await Promise.all(names.map((UserID) => node.rest.send('im_open_login_svc/account_import', { UserID })));
    await stage.warns(node, /takes no more connections/);
    const asked = await node.rest.send('im_open_login_svc/account_import', { UserID: 'ann' });
    expect(asked).toMatchObject({ ErrorCode: 0 });

    // All but the one that signs of life go by.
    const others = await stage.postgres.ask<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = '${database?.name}' AND state = 'idle' AND query !~ 'INTO nodes|clock_timestamp|pg_stat_replication'`,
    );
    expect(others.length).toBeGreaterThan(0);
    for (const { pid } of others) {
      process.kill(pid, 'SIGSTOP');
      halted.push(pid);
    }
    await stage.complains(node, /answers nothing else/);
    const health = await (await fetch(`${node.ringback.ops}/health`)).json();
    expect(health).toMatchObject({ status: 'not ready', databaseOutForMs: 0 });

    goOn();
    await allow(true);
    await stage.recovers(node);
    // That one more can be had again is seen with the next try.
    await stage.says(node, 200, /^(?!.*(no more connections|nothing else))/s);
  }, 180_000);
});
