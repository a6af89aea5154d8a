import { describe, expect, it } from 'vitest';
import { until } from '../../e2e/support/ringback.ts';
import { scenes } from '../test/support/scene.ts';

/** ms; what a machine that is kept busy adds to a time. */
const slack = 5000;

/** ms; a dead node is taken over within this time, and a lease runs this long after it. */
const [takeOver, lease] = [5000, 15_000];

describe('a node of three that is killed', () => {
  const open = scenes();

  it('in the middle of ringing, of calls and of webhooks is taken over by the others', async () => {
    const { stage, traffic } = await open({ nodes: 3, parties: 4 });
    const { mirror } = stage;
    const [alive, dying, other] = [stage.node(0), stage.node(1), stage.node(2)];
    const at = (userId: string, node = dying) => traffic.phoneAt(userId, node);
    traffic.run();
    await traffic.flows();

    // Phones that are gone with the node, and those whom they talk to.
    const [lost, left] = [await at('lost'), await at('left', alive)];
    const talk = await traffic.talk(lost, left);
    const [dialler, dialled] = [await at('dialler'), await at('dialled', other)];
    const ringing = await dialler.call(['dialled']);
    traffic.journal.note('started', ringing);
    await dialled.rings(ringing);
    // A call whose time-out only the dying node has in mind, and phones that stay.
    const [patient, deaf] = [await at('patient', alive), await at('deaf', other)];
    const started = await dying.rest.send('call_engine_http_srv/start_call_by_robot', {
      Robot_Account: 'robot',
      CalleeList_Account: ['patient', 'deaf'],
      Timeout: 10_000,
      CallInfo: { MediaType: 'Audio' },
    });
    expect(started).toMatchObject({ ErrorCode: 0 });
    const callId: string = started.Response.CallId;
    const deadline = Date.now() + 10_000;
    traffic.journal.note('started', callId);
    for (const phone of [patient, deaf]) await phone.rings(callId);
    // Webhooks of the dying node that are on their way: taken, and never answered.
    const { unreliability } = mirror;
    mirror.unreliability = 0;
    let release = (): void => {};
    mirror.held = new Promise((resolve) => {
      release = resolve;
    });
    const held = await dying.rest.send('call_engine_http_srv/start_call_by_robot', {
      Robot_Account: 'robot',
      CalleeList_Account: ['patient', 'deaf'],
      Timeout: 10_000,
      CallInfo: { MediaType: 'Audio' },
    });
    const underWay: string = held.Response.CallId;
    traffic.journal.note('started', underWay);
    await until(() => (mirror.calls.has(underWay) ? undefined : 'no webhook is under way'));

    const killedAt = Date.now();
    await stage.kill(dying);
    mirror.held = undefined;
    release();
    mirror.unreliability = unreliability;
    expect(mirror.again(underWay)).toBe(0);

    await until(() => ([patient, deaf].every((one) => one.over.has(callId)) ? undefined : 'still ringing'), 40_000);
    for (const one of [patient, deaf]) {
      expect(one.over.get(callId)?.at).toBeLessThan(Math.max(deadline, killedAt) + takeOver + slack);
      expect(one.over.get(callId)?.result).toBe('NotAnswer');
    }
    await until(() => (left.over.has(talk) ? undefined : 'still talking'), 60_000);
    await until(() => (dialled.over.has(ringing) ? undefined : 'still ringing'), 60_000);
    for (const { at: overAt } of [left.over.get(talk), dialled.over.get(ringing)].filter((one) => one !== undefined)) {
      expect(overAt - killedAt).toBeGreaterThan(lease - 6000);
      expect(overAt - killedAt).toBeLessThan(takeOver + lease + slack);
    }
    expect(left.over.get(talk)?.result).toBe('Interrupt');
    expect(dialled.over.get(ringing)?.result).toBe('Offline');
    for (const phone of [lost, dialler]) phone.drop();
    // They are free: whoever calls now is put through.
    expect(await left.ask('call', { callees: ['dialled'], mediaType: 'Audio' })).toMatchObject({ role: 'caller' });
    await left.clear(20_000);
    // Another node has told what the dying one was telling.
    await until(() => (mirror.again(underWay) > 0 ? undefined : 'it was not told again'), 60_000);

    await traffic.flows();
    await stage.start(dying);
    await traffic.flows();
    console.log(await traffic.judge());
  }, 600_000);
});
