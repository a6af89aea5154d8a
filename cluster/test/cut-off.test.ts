import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Device } from '../../e2e/support/device.ts';
import { until } from '../../e2e/support/ringback.ts';
import { Stage } from './support/stage.ts';

/** How an upgrade to a socket is answered that is refused. */
const refusal = (http: string): Promise<{ readonly status: number; readonly text: string } | undefined> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`${http.replace('http', 'ws')}/signalling`, 'ringback.v1');
    socket.on('error', () => {});
    socket.once('open', () => {
      socket.terminate();
      resolve(undefined);
    });
    socket.once('unexpected-response', (_, response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
  });

describe('11. a node that alone has lost the database', () => {
  let stage: Stage;
  const devices: Device[] = [];
  beforeAll(async () => {
    stage = await Stage.open({ nodes: 2 });
  }, 240_000);
  afterAll(async () => {
    for (const one of devices) one.drop();
    await stage?.dispose();
  }, 120_000);

  it('sends its devices to the others after the time of a lease, takes none, and stops without waiting for ever', async () => {
    const [near, far] = [stage.node(0), stage.node(1)];
    const [ann, bob] = [new Device('ann'), new Device('bob')];
    devices.push(ann, bob);
    await ann.signIn(near.ringback);
    await bob.signIn(far.ringback);
    const { callId } = await ann.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.hears('callReceived', (params) => params.callId === callId);
    await bob.ask('accept', { callId });
    await ann.hears('callChanged', (params) => params.changed[0]?.action === 'Answer');

    far.toPostgres.silence();
    const begun = Date.now();
    await until(() => (bob.closeCode === 0 ? 'bob is still there' : undefined), 40_000);
    expect(bob.closeCode).toBe(1012);
    // Not for a moment that a failover takes.
    expect(Date.now() - begun).toBeGreaterThan(13_000);
    expect(await refusal(far.ringback.http)).toEqual({ status: 503, text: expect.stringContaining('cut off') });
    // Its call is there, and so is the one whom it talks to.
    expect(await bob.signIn(near.ringback)).toMatchObject({ callHere: true, call: { callId } });
    await ann.ask('hangUp', { callId });
    await bob.hears('callEnded', (params) => params.callId === callId);

    const asked = Date.now();
    const code = await far.ringback.stop();
    expect(Date.now() - asked).toBeLessThan(30_000);
    expect(code).toBe(0);
  }, 150_000);
});
