import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordsAgree } from '../../e2e/support/agreement.ts';
import { Device } from '../../e2e/support/device.ts';
import { until } from '../../e2e/support/ringback.ts';
import { Stage, type StageNode } from './support/stage.ts';

/** ms; how long everything may take on a machine that others keep busy. */
const patience = 90_000;

const workers = 6;

/** The name that all processes of a node begin with. */
const nameOf = ({ ringback }: StageNode): string => readFileSync(join(ringback.data, 'ringback.node'), 'utf8').trim();

describe('webhooks of several nodes', () => {
  let stage: Stage;
  const devices: Device[] = [];
  const started = new Set<string>();

  beforeAll(async () => {
    stage = await Stage.open({ nodes: 3 });
    const users = Array.from({ length: workers }, (_, n) => [`b${n}`, `c${n}`]).flat();
    await stage.node(0).rest.send('im_open_login_svc/multiaccount_import', { Accounts: users });
  }, 300_000);
  afterAll(async () => {
    for (const one of devices) one.drop();
    await stage?.dispose();
  }, 300_000);

  /** A call that is started through one node, answered at the last, and ended through another. */
  const play = async (worker: number, device: Device): Promise<void> => {
    const [first, second] = [stage.next(), stage.next()];
    const { Response } = await (first as StageNode).rest.send('call_engine_http_srv/start_call_by_robot', {
      Robot_Account: 'robot',
      CalleeList_Account: [`b${worker}`, `c${worker}`],
      Timeout: 30_000,
      CallInfo: { MediaType: 'Audio' },
    });
    if (Response?.CallId === undefined) return;
    started.add(Response.CallId);
    await device.ask('accept', { callId: Response.CallId });
    await (second as StageNode).rest.send('call_engine_http_srv/end_call', { CallId: Response.CallId });
  };

  /** All of them play until they are told to stop; what goes wrong meanwhile is somebody's death. */
  const traffic = () => {
    let over = false;
    const running = devices.map(async (device, worker) => {
      while (!over) {
        await play(worker, device).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    return async () => {
      over = true;
      await Promise.all(running);
    };
  };

  const flow = (more: number) => {
    const goal = started.size + more;
    return until(() => (started.size >= goal ? undefined : `${goal - started.size} calls are missing`), patience);
  };

  /** How many events wait in lanes of a node. */
  const ownedBy = async (name: string): Promise<number> => {
    const rows = await stage.rows<{ n: string }>(
      `SELECT count(*) AS n FROM outbox WHERE parked = 0 AND owner LIKE '${name}.%'`,
    );
    return Number(rows[0]?.n);
  };

  /** Waits until many events wait at a node; most requests fail meanwhile. */
  const pileUp = async (name: string): Promise<void> => {
    stage.mirror.unreliability = 0.7;
    await until(async () => {
      const waiting = await ownedBy(name);
      return waiting >= 20 ? undefined : `${waiting} wait there`;
    }, patience);
  };

  /** Waits until nothing belongs to a node any more; ms that it took. */
  const takenOver = async (name: string): Promise<number> => {
    const begun = performance.now();
    stage.mirror.unreliability = 0.15;
    await until(async () => {
      const left = await ownedBy(name);
      return left === 0 ? undefined : `${left} events are left`;
    }, 30_000);
    return performance.now() - begun;
  };

  it('are told completely and in order, though a node freezes, another is killed, and the receiver fails', async () => {
    const [a, b, c] = [stage.node(0), stage.node(1), stage.node(2)];
    for (let worker = 0; worker < workers; worker += 1) {
      const device = new Device(`b${worker}`);
      await device.signIn(c.ringback);
      devices.push(device);
    }
    stage.mirror.unreliability = 0.15;
    const stop = traffic();
    await flow(20);

    // It stops in the middle of whatever it does, and goes on with what it remembers long after others have taken over.
    await pileUp(nameOf(b));
    b.up = false;
    b.ringback.signal('SIGSTOP');
    const frozen = await takenOver(nameOf(b));
    await flow(5);
    b.ringback.signal('SIGCONT');
    b.up = true;
    await flow(20);

    await pileUp(nameOf(a));
    await stage.kill(a);
    const killed = await takenOver(nameOf(a));
    await flow(5);
    await stop();

    stage.mirror.unreliability = 0;
    // Calls of which only the dead node knew how they were to go on.
    for (const { callId } of JSON.parse(await b.ringback.cli('calls', '--json')) as { readonly callId: string }[]) {
      await b.rest.send('call_engine_http_srv/end_call', { CallId: callId });
    }
    const { mirror } = stage;
    const open = () => [...started].filter((callId) => mirror.calls.get(callId)?.record === undefined);
    await until(() => (open().length === 0 ? undefined : `${open().length} calls have no end: ${open()[0]}`), patience);
    await until(async () => {
      const [row] = await stage.rows<{ n: string }>('SELECT count(*) AS n FROM outbox');
      return row?.n === '0' ? undefined : `${row?.n} events wait`;
    }, patience);
    expect(mirror.faults).toEqual([]);
    for (const { rest } of [b, c]) expect(await recordsAgree(mirror, rest)).toBeGreaterThanOrEqual(started.size);
    expect(mirror.failures).toBeGreaterThan(20);
    // 5 s, and something for a machine that is busy with other things.
    for (const took of [frozen, killed]) expect(took).toBeLessThan(10_000);
    console.log(
      `${mirror.calls.size} calls, ${mirror.events} events, ${mirror.failures} attempts made to fail, ` +
        `${mirror.duplicates} came twice; taken over after ${Math.round(frozen)} and ${Math.round(killed)} ms`,
    );
  }, 300_000);

  it('that wait are counted, and the endpoint paused and resumed, through whichever node is asked', async () => {
    const [b, c] = [stage.node(1), stage.node(2)];
    const app = String(b.ringback.sdkAppId);
    const seen = async ({ ringback }: StageNode) =>
      JSON.parse(await ringback.cli('webhooks', 'list', '--app', app, '--json'))[0] as {
        state: string;
        waiting: number;
      };
    await b.ringback.cli('webhooks', 'pause', 'callback', '--app', app);
    await until(async () => ((await seen(c)).state === 'paused' ? undefined : 'the other does not know'), patience);
    const before = started.size;
    for (const [worker, device] of devices.entries()) await play(worker, device);
    expect(started.size).toBe(before + devices.length);
    await until(async () => {
      const waiting = [(await seen(b)).waiting, (await seen(c)).waiting];
      return waiting.every((n) => n >= devices.length * 3) ? undefined : `they see ${waiting}`;
    }, patience);
    await c.ringback.cli('webhooks', 'resume', 'callback', '--app', app);
    await until(async () => {
      const waiting = [(await seen(b)).waiting, (await seen(c)).waiting];
      return waiting.every((n) => n === 0) ? undefined : `they see ${waiting}`;
    }, patience);
    expect(stage.mirror.faults).toEqual([]);
    expect([...started].filter((callId) => stage.mirror.calls.get(callId)?.record === undefined)).toEqual([]);
  }, 120_000);
});
