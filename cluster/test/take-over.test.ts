import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Device } from '../../e2e/support/device.ts';
import { until } from '../../e2e/support/ringback.ts';
import { Stage, type StageNode } from './support/stage.ts';

/**
 * ms, all of it by the clock of the database. A node is dead to the others from its last sign of life on, since there is nothing
 * else that they see of it; so that is where the bound begins. Signs are written, and looked at, once a second.
 */
const [takeOver, lease, pace] = [5000, 15_000, 1000];

/** The name that all processes of a node begin with. */
const nameOf = ({ ringback }: StageNode): string => readFileSync(join(ringback.data, 'ringback.node'), 'utf8').trim();

interface Look extends Record<string, unknown> {
  /** Since the last sign of the node that dies, and of the one that lives. */
  readonly silent: string;
  readonly late: string;
  /** What waits in lanes of the dead one, and in those of the other. */
  readonly its: string;
  readonly ours: string;
}

describe('what a dead node was doing', () => {
  let stage: Stage;
  const devices: Device[] = [];
  beforeAll(async () => {
    stage = await Stage.open({ nodes: 2 });
  }, 240_000);
  afterAll(async () => {
    for (const one of devices) one.drop();
    await stage?.dispose();
  }, 120_000);

  const device = async (userId: string, node: StageNode): Promise<Device> => {
    const one = new Device(userId);
    devices.push(one);
    await one.signIn(node.ringback);
    return one;
  };

  it('is taken over within 5 s of its last sign of life: timers, leases and webhook lanes', async () => {
    const [near, far] = [stage.node(0), stage.node(1)];
    const [ann, ben, eve] = [await device('ann', near), await device('ben', far), await device('eve', near)];
    const { callId: talk } = await ann.ask('call', { callees: ['ben'], mediaType: 'Audio' });
    await ben.hears('callReceived', (params) => params.callId === talk);
    await ben.ask('accept', { callId: talk });
    await ann.hears('callChanged', (params) => params.callId === talk);

    // From here on nothing is answered that the webhooks of either node bring.
    stage.mirror.unreliability = 0;
    let release = (): void => {};
    stage.mirror.held = new Promise((resolve) => {
      release = resolve;
    });
    const { Response } = await far.rest.send('call_engine_http_srv/start_call_by_robot', {
      Robot_Account: 'robot',
      CalleeList_Account: ['eve'],
      Timeout: 10_000,
      CallInfo: { MediaType: 'Audio' },
    });
    const ring: string = Response.CallId;
    await eve.hears('callReceived', (params) => params.callId === ring);
    await until(() => (stage.mirror.calls.has(ring) ? undefined : 'its webhook is not under way'));
    const [call] = await stage.rows<{ deadline: string }>(
      `SELECT next_deadline AS deadline FROM calls WHERE call_id = '${ring}'`,
    );
    const deadline = Number(call?.deadline);
    const look = async () => {
      const [row] = await stage.rows<Look>(
        `WITH t AS (SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now)
         SELECT (SELECT now - max(alive_at) FROM nodes, t WHERE starts_with(id, '${nameOf(far)}.') GROUP BY now) AS silent,
           (SELECT now - max(alive_at) FROM nodes, t WHERE starts_with(id, '${nameOf(near)}.') GROUP BY now) AS late,
           (SELECT count(*) FROM outbox WHERE parked = 0 AND starts_with(owner, '${nameOf(far)}.')) AS its,
           (SELECT count(*) FROM outbox WHERE parked = 0 AND starts_with(owner, '${nameOf(near)}.')) AS ours`,
      );
      return { silent: Number(row?.silent), late: Number(row?.late), its: Number(row?.its), ours: Number(row?.ours) };
    };
    expect((await look()).its).toBeGreaterThan(0);
    // Its time comes while nobody knows yet that the node is dead.
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, deadline - 1000 - Date.now())));

    await stage.kill(far);
    const [last] = await stage.rows<{ at: string }>(
      `SELECT max(alive_at) AS at FROM nodes WHERE starts_with(id, '${nameOf(far)}.')`,
    );
    const lastSign = Number(last?.at);
    // A machine that is busy makes the other node look late, which its own signs of life tell.
    let lateness = 0;
    const watched = async () => {
      const now = await look();
      lateness = Math.max(lateness, now.late - pace);
      return now;
    };
    let lanes = Number.POSITIVE_INFINITY;
    await until(async () => {
      const { silent, its } = await watched();
      if (its > 0) return `${its} events wait at the dead node`;
      lanes = silent;
      return undefined;
    }, 60_000);
    expect(lanes).toBeLessThan(takeOver + lateness);
    expect((await look()).ours).toBeGreaterThan(0);
    release();
    stage.mirror.held = undefined;

    const over = async (callId: string): Promise<number> => {
      let at = 0;
      await until(async () => {
        await watched();
        const [row] = await stage.rows<{ ended_at: string }>(
          `SELECT ended_at FROM records WHERE call_id = '${callId}'`,
        );
        at = Number(row?.ended_at ?? 0);
        return at === 0 ? `${callId} goes on` : undefined;
      }, 90_000);
      return at;
    };
    const rang = await over(ring);
    expect(rang - Math.max(deadline, lastSign)).toBeLessThan(takeOver + lateness);
    expect(await eve.hears('callEnded', (params) => params.callId === ring)).toMatchObject({ reason: 3 });
    // The lease runs anew from the take-over on.
    const talked = await over(talk);
    expect(talked - lastSign).toBeGreaterThan(lease);
    expect(talked - lastSign).toBeLessThan(takeOver + lease + lateness);
    expect(await ann.hears('callEnded', (params) => params.callId === talk)).toMatchObject({ result: 'Interrupt' });
    await until(() => {
      const ended = [ring, talk].filter((callId) => stage.mirror.calls.get(callId)?.record !== undefined);
      return ended.length === 2 ? undefined : `told of the end of ${ended.length}`;
    }, 60_000);
    expect(stage.mirror.faults).toEqual([]);
    // What was under way when it died came again.
    expect(stage.mirror.duplicates).toBeGreaterThan(0);
  }, 240_000);
});
