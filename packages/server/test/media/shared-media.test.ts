import type { Call } from 'ringback-engine';
import { nodeId, Refusal } from 'ringback-protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { ownerOf } from '../../src/media/owner.ts';
import { type MediaNode, member, Several, settle } from './several.ts';

let house: Several;
afterEach(() => house?.close());

const open = (count: number, setting?: 'auto' | 'sfu') => {
  house = new Several(count, setting);
  return house.nodes as [MediaNode, MediaNode, MediaNode];
};
const hello = (epoch: number, mode?: 'p2p' | 'room') => ({ type: 'hello' as const, epoch, ...(mode && { mode }) });
const reasonOf = (error: unknown) => (error instanceof Refusal ? error.reason : error);
const refused = (promise: Promise<unknown>) => promise.then(() => 'taken', reasonOf);

/** The epochs that a device was told, each once. */
const epochs = (user: string): readonly number[] => [
  ...new Set(house.setups(user).map(({ epoch }) => epoch as number)),
];

/** A call whose accept the first node has written, and its owner; the users are at the first nodes, in turn. */
const talk = async (...names: readonly string[]) => {
  const { nodes } = house;
  const call = house.call(...names.map((name, n) => [name, nodes[n % nodes.length] as MediaNode] as const));
  nodes[0]?.media.changed(call);
  await settle();
  return { call, owner: house.owner(call) };
};

/** One that node `n` looks after. */
const talkOwnedBy = async (node: MediaNode, ...names: readonly string[]) => {
  for (let n = 0; n < 100; n += 1) {
    const users = names.map((name) => `${name}${n}`);
    const made = await talk(...users);
    if (made.owner === node) return { ...made, users };
    house.change(made.call, node, { endedAt: 1 });
    await settle();
  }
  throw new Error('The node looks after no call of a hundred.');
};

describe('the owner of the media of a call', () => {
  const nodes = ['a', 'b', 'c', 'd'].map((name) => nodeId(name));
  const since = (times: Record<string, number>) => ({ since: (node: string) => times[node] ?? 0 });
  const all = since({ a: 1, b: 1, c: 1, d: 1 });
  const calls = Array.from(
    { length: 4000 },
    (_, n) => ({ callId: `call-${n}`, startedAt: 100_000 }) as unknown as Call,
  );

  it('is one of all in equal shares, and another one only where the one has gone', () => {
    const before = calls.map((call) => ownerOf(call, all, nodes));
    for (const node of nodes) {
      const share = before.filter((one) => one === node).length;
      expect(share).toBeGreaterThan(850);
      expect(share).toBeLessThan(1150);
    }
    const left = nodes.filter((node) => node !== 'b');
    const after = calls.map((call) => ownerOf(call, all, left));
    const moved = after.filter((_, n) => before[n] === 'b');
    for (const [n, node] of after.entries()) if (before[n] !== 'b') expect(node).toBe(before[n]);
    for (const node of left) expect(moved.filter((one) => one === node).length).toBeGreaterThan(moved.length / 5);
  });

  it('is no node that came when the call had begun, or only just before, unless no other is left', () => {
    const [call] = calls as [Call];
    expect(ownerOf(call, since({ a: 1, b: 96_000, c: 200_000 }), nodes)).toBe('a');
    expect(ownerOf(call, since({ b: 99_000, c: 200_000 }), nodes)).toBe('b');
    expect(ownerOf(call, since({}), nodes)).toBeUndefined();
  });
});

describe('a call over several nodes', () => {
  it('is set up by one of them for the devices at all, whoever wrote the accept', async () => {
    open(3);
    for (let n = 0; n < 12; n += 1) {
      const { call, owner } = await talk(`anna${n}`, `bob${n}`);
      expect(house.owners(call)).toEqual([owner]);
      for (const user of [`anna${n}`, `bob${n}`]) {
        expect(house.setups(user)).toHaveLength(1);
        expect(house.setups(user)[0]).toMatchObject({ mode: 'p2p', epoch: house.setups(`anna${n}`)[0].epoch });
      }
    }
    expect(house.nodes.filter(({ plane }) => plane.calls.length > 0).length).toBeGreaterThan(1);
  });

  it('has one room for all, and takes what devices at other nodes say, in order, with an answer to each', async () => {
    const [a, b] = open(2, 'sfu');
    const { call, users } = await talkOwnedBy(b, 'anna', 'bob');
    const [anna, bob] = users as [string, string];
    const { epoch } = house.setups(anna)[0];
    expect(await house.say(call, anna, { type: 'offer', epoch, sdp: 'v=0' }, a)).toBe(1);
    const candidate = (text: string) => ({
      type: 'candidate' as const,
      epoch,
      pc: 'up' as const,
      candidate: text,
      mid: '0',
    });
    expect(await house.say(call, anna, candidate('one'), a)).toBe(1);
    expect(await house.say(call, bob, candidate('two'), b)).toBe(1);
    expect(a.rooms.rooms).toEqual([]);
    const heard = b.rooms.room.heard.filter((one) => !one.startsWith('enter'));
    expect(heard.map((one) => one.split(' ')[0])).toEqual([anna, anna, bob]);
    expect(await refused(house.say(call, anna, { type: 'offer', epoch, sdp: 'nonsense' }, a))).toBe('frame_bad_params');
  });

  it('is followed without a question where a notice has said what it is, and is asked for where it was an older one', async () => {
    const [a, b] = open(2, 'sfu');
    const { call } = await talkOwnedBy(b, 'anna', 'bob');
    const change = async (told: (next: Call) => Call) => {
      const before = house.reads;
      const last = house.calls.get(call.callId) as Call;
      const next = { ...last, version: last.version + 1, members: [...last.members, member(`carl${last.version}`)] };
      b.heard.set(call.callId, told(next));
      house.change(last, a, next);
      await settle();
      const media = b.plane.of(call.app, call.callId);
      expect(media?.call.version).toBe(next.version);
      expect(media?.devices).toHaveLength(next.members.length);
      return house.reads - before;
    };
    expect(await change((next) => next)).toBe(0);
    expect(await change((next) => ({ ...next, version: next.version - 1 }))).toBe(1);
    // A letter of before that comes after the end brings nothing back, whatever the notices have said.
    const last = house.calls.get(call.callId) as Call;
    b.heard.set(call.callId, { ...last, version: last.version + 1 });
    house.change(last, a, { endedAt: 1 });
    await settle();
    a.media.changed({ ...last, version: last.version + 1 });
    await settle();
    expect(b.plane.of(call.app, call.callId)).toBeUndefined();
  });

  it('costs no letter where its owner is here', async () => {
    const [a] = open(2, 'sfu');
    const { call, users } = await talkOwnedBy(a, 'anna');
    const before = house.office.sent;
    const [anna] = users as [string];
    let answered = false;
    // Not even a turn of the event loop.
    a.media.receive(call, member(anna), { type: 'state', audio: true, video: false }, () => {
      answered = true;
    });
    expect(answered).toBe(true);
    house.change(call, a, { eventSeq: 9 });
    expect(house.office.sent).toBe(before);
  });

  it('is followed where a third comes and one leaves, and is closed at its end, whoever writes that', async () => {
    const [a, b, c] = open(3, 'sfu');
    const { call, users } = await talkOwnedBy(c, 'anna', 'bob');
    house.homes.set('carl carl-phone', b);
    const three = house.change(call, a, { callType: 'MultiCall', members: [...call.members, member('carl')] });
    await settle();
    expect(house.setups('carl')).toHaveLength(1);
    expect([...c.rooms.room.inside]).toEqual([...users, 'carl']);
    const two = house.change(three, b, { members: three.members.slice(1) });
    await settle();
    expect([...c.rooms.room.inside]).toEqual([users[1], 'carl']);
    expect(await refused(house.say(two, 'carl', { type: 'state', audio: true, video: true }))).toBe('taken');
    house.change(two, a, { endedAt: 1 });
    await settle();
    expect(c.rooms.room.isClosed).toBe(true);
    expect(house.owners(call)).toEqual([]);
    expect(await refused(house.say(two, 'carl', { type: 'state', audio: true, video: true }))).toBe('call_ended');
  });

  it('is brought up to date by a look at the store where a letter was lost', async () => {
    const [a, b] = open(2, 'sfu');
    const { call } = await talkOwnedBy(b, 'anna', 'bob');
    house.office.cutOff.add(a.id);
    const three = house.change(call, a, { callType: 'MultiCall', members: [...call.members, member('carl')] });
    await settle();
    expect(house.setups('carl')).toEqual([]);
    house.office.cutOff.clear();
    await house.pass(6000);
    expect(house.setups('carl')).toHaveLength(1);
    house.office.cutOff.add(a.id);
    house.change(three, a, { endedAt: 1 });
    await house.pass(6000);
    expect(house.owners(call)).toEqual([]);
    expect(b.rooms.room.isClosed).toBe(true);
  });

  it('tells a device again what was lost while its node could not be reached', async () => {
    const [a, b] = open(2, 'sfu');
    const { users } = await talkOwnedBy(b, 'anna', 'bob');
    const [anna, bob] = users as [string, string];
    const before = [anna, bob].map((user) => house.setups(user).length);
    house.office.cutOff.add(b.id);
    await house.pass(2000);
    house.office.cutOff.clear();
    await house.pass(2000);
    // The device here heard everything.
    expect(house.homes.get(`${anna} ${anna}-phone`)).toBe(a);
    expect([anna, bob].map((user) => house.setups(user).length)).toEqual([(before[0] ?? 0) + 1, before[1]]);
    expect(house.setups(anna).at(-1).epoch).toBeGreaterThan(house.setups(anna)[0].epoch);
  });
});

describe('what comes from another node', () => {
  it('is refused for who is not in the call, with another device, or too fast, and for nonsense', async () => {
    const [a, b] = open(2, 'sfu');
    const { call, users } = await talkOwnedBy(b, 'anna', 'bob');
    const [anna] = users as [string];
    const state = { type: 'state' as const, audio: true, video: true };
    const as = async (who: object, data: object = state) => {
      const from = { ...member(anna), ...who };
      return refused(Promise.resolve(a.media.receive(call, from, data as never, () => {})));
    };
    expect(await as({})).toBe('taken');
    expect(await as({ device: 'another' })).toBe('answered_elsewhere');
    expect(await as({ userId: 'mallory', device: 'mallory-phone' })).toBe('not_in_call');
    expect(await as({}, { type: 'state', audio: 'yes', video: true })).toBe('frame_bad_params');
    expect(await as({}, { type: 'takeover' })).toBe('frame_bad_params');
    expect(await as({}, [1])).toBe('frame_bad_params');
    const results: unknown[] = [];
    for (let n = 0; n < 12; n += 1) results.push(await as({}, hello(0)));
    expect(results).toContain('too_fast');
    expect(b.errors).toEqual([]);
  });

  it('does no harm where no node of this installation has written it', async () => {
    const [a, b] = open(2, 'sfu');
    const { call, owner } = await talk('anna', 'bob');
    const { callId } = call;
    const mail = house.office.of(nodeId('mallory'));
    const letters = [
      '',
      'no JSON',
      'null',
      '[]',
      '{}',
      '1',
      '{"kind":"say"}',
      JSON.stringify({ kind: 'say', id: 1, from: 'nobody', app: 1, callId, userId: 'anna', device: 'x', data: null }),
      JSON.stringify({ kind: 'say', id: -1, from: 'nobody', app: 1, callId, userId: 'anna', device: 'x' }),
      JSON.stringify({ kind: 'say', id: 1, from: 'nobody', app: 1, callId: 'no-call', userId: 'anna', device: 'x' }),
      JSON.stringify({ kind: 'taken', id: 999, standing: { epoch: 1, mode: 'p2p' } }),
      JSON.stringify({ kind: 'taken', id: 1, standing: { epoch: 'x' } }),
      JSON.stringify({ kind: 'refused', id: 1, name: '__proto__' }),
      JSON.stringify({ kind: 'changed', app: 1, callId, version: 1e9, over: false }),
      JSON.stringify({ kind: 'changed', app: 1, callId: 'no-call', version: 1, over: true }),
      JSON.stringify({ kind: 'leaving', from: 'nobody' }),
    ];
    for (const text of letters) for (const node of [a, b]) mail.send(node.id, 'media', text);
    await settle();
    await house.pass(6000);
    expect([a.errors, b.errors]).toEqual([[], []]);
    expect(house.owners(call)).toEqual([owner]);
    expect(house.setups('anna')).toHaveLength(1);
    // In the name of the node itself: it would look after nothing from then on.
    mail.send(owner.id, 'media', JSON.stringify({ kind: 'leaving', from: owner.id }));
    await settle();
    await house.pass(6000);
    expect(house.owners(call)).toEqual([owner]);
    expect(owner.media.isOwn(call)).toBe(true);
  });
});

describe('an owner that does not answer', () => {
  it('is waited for a moment, and the device is told to try again', async () => {
    const [a, b] = open(2, 'sfu');
    const { call, users } = await talkOwnedBy(b, 'anna', 'bob');
    house.office.cutOff.add(b.id);
    const asked = refused(house.say(call, users[0] as string, hello(0), a));
    let settled = false;
    void asked.then(() => {
      settled = true;
    });
    await house.pass(1250);
    expect(settled).toBe(false);
    await house.pass(500);
    expect(await asked).toBe('media_unreachable');
  });

  it('that cannot be reached at all is not waited for', async () => {
    const [a, b] = open(2, 'sfu');
    const { call, users } = await talkOwnedBy(b, 'anna', 'bob');
    house.office.cutOff.add(a.id);
    expect(await refused(house.say(call, users[0] as string, hello(0), a))).toBe('media_unreachable');
  });

  it('that thinks otherwise is asked again until both agree', async () => {
    const [a, b] = open(2, 'sfu');
    const { call, users } = await talkOwnedBy(b, 'anna', 'bob');
    const [anna] = users as [string];
    // The other one has just come, as that one sees it, and is not sure of itself yet.
    b.isSure = false;
    const asked = refused(house.say(call, anna, { type: 'state', audio: true, video: false }, a));
    await house.pass(250);
    b.isSure = true;
    await house.pass(500);
    expect(await asked).toBe('taken');
  });

  it('is not waited for once this node knows that it has died: the one that follows is asked', async () => {
    const [a, b, c] = open(3, 'sfu');
    const { call, users } = await talkOwnedBy(c, 'anna', 'bob');
    house.office.cutOff.add(c.id);
    const asked = refused(house.say(call, users[0] as string, { type: 'state', audio: true, video: false }, a));
    await house.pass(1000);
    b.sees(a, b);
    a.sees(a, b);
    await settle();
    // No time passes: an answer at all is one that nobody waited for.
    expect(await asked).toBe('taken');
    expect(house.told.get(users[1] as never)).toContainEqual(
      expect.objectContaining({ type: 'state', userId: users[0], audio: true, video: false }),
    );
  });

  it('without its store says so instead of guessing', async () => {
    const [a, b] = open(2, 'sfu');
    const { call, users } = await talkOwnedBy(b, 'anna', 'bob');
    b.plane.over(call.app, call.callId);
    house.storeIsOut = true;
    expect(await refused(house.say(call, users[0] as string, hello(0), a))).toBe('media_unreachable');
    house.storeIsOut = false;
    expect(await refused(house.say(call, users[0] as string, hello(0), a))).toBe('taken');
  });
});

describe('an owner that is no more', () => {
  it('is followed by another one, which makes a new room with an epoch that nobody has seen', async () => {
    const [a, b, c] = open(3, 'sfu');
    const { call, users } = await talkOwnedBy(c, 'anna', 'bob');
    const [anna, bob] = users as [string, string];
    for (const user of users) await house.say(call, user, { type: 'state', audio: true, video: true });
    await house.pass(20_000);
    house.kill(c);
    await settle();
    const owner = house.owner(call);
    expect([a, b]).toContain(owner);
    for (const user of [anna, bob]) {
      const [before = 0, after = 0, ...more] = epochs(user);
      expect(after).toBeGreaterThan(before);
      expect(more).toEqual([]);
    }
    expect([...owner.rooms.room.inside].sort()).toEqual([anna, bob].sort());
    expect(house.setups(anna)[1]).toMatchObject({ mode: 'room' });
  });

  it('leaves two alone who are connected to each other', async () => {
    const [, , c] = open(3);
    const { call, users } = await talkOwnedBy(c, 'anna', 'bob');
    for (const user of users) await house.say(call, user, { type: 'state', audio: true, video: true });
    const [{ epoch }] = house.setups(users[0] as string);
    await house.pass(5000);
    house.kill(c);
    await settle();
    house.owner(call);
    for (const user of users) {
      expect(house.setups(user).length).toBeGreaterThan(1);
      expect(epochs(user)).toEqual([epoch]);
    }
  });

  it('keeps two in a room who could not reach each other', async () => {
    const [, , c] = open(3);
    const { call, users } = await talkOwnedBy(c, 'anna', 'bob');
    const { epoch } = house.setups(users[0] as string)[0];
    await house.say(call, users[0] as string, { type: 'failed', epoch, text: 'no route' });
    await settle();
    for (const user of users) await house.say(call, user, { type: 'state', audio: true, video: true });
    await house.pass(5000);
    house.kill(c);
    await settle();
    for (const user of users) {
      const modes = new Map(house.setups(user).map(({ epoch: one, mode }) => [one, mode]));
      expect([...modes.values()]).toEqual(['p2p', 'room', 'room']);
    }
  });

  it('whose devices come back at another node is told of by themselves', async () => {
    const [a, b] = open(2, 'sfu');
    const { call, users } = await talkOwnedBy(b, 'anna', 'bob');
    const [anna, bob] = users as [string, string];
    await house.say(call, anna, { type: 'state', audio: true, video: true });
    house.kill(b);
    await settle();
    house.homes.set(`${bob} ${bob}-phone`, a);
    await house.say(call, bob, hello(house.setups(bob)[0].epoch, 'room'));
    await settle();
    expect([...a.rooms.room.inside].sort()).toEqual([anna, bob].sort());
    expect(a.rooms.rooms).toHaveLength(1);
  });

  it('without a device that would say what it runs is followed all the same, after a moment', async () => {
    const [a, b] = open(2, 'sfu');
    const { call } = await talkOwnedBy(b, 'anna', 'bob');
    await house.pass(10_000);
    house.kill(b);
    house.change(call, a, { eventSeq: 9 });
    await settle();
    expect(house.owner(call)).toBe(a);
    expect(a.rooms.rooms).toEqual([]);
    await house.pass(6000);
    expect(a.rooms.rooms).toHaveLength(1);
  });

  it('that stops in good order says so first, and its room runs on until all have moved', async () => {
    const [, , c] = open(3, 'sfu');
    const { call, users } = await talkOwnedBy(c, 'anna', 'bob');
    for (const user of users) await house.say(call, user, { type: 'state', audio: true, video: true });
    const leaving = c.media.leave();
    await settle();
    for (const user of users) expect(epochs(user)).toHaveLength(2);
    expect(c.rooms.room.isClosed).toBe(false);
    expect(house.owners(call).filter((one) => one !== c)).toHaveLength(1);
    await house.pass(2000);
    await leaving;
    expect(await refused(house.say(call, users[0] as string, { type: 'state', audio: false, video: true }))).toBe(
      'taken',
    );
  });
});

describe('an epoch of a call that moves', () => {
  it.each([250, 5000, 700_000])(
    'is newer for each device than all that it has run, %i ms after it came',
    async (ms) => {
      const [a, , c] = open(3, 'sfu');
      const { call, users } = await talkOwnedBy(c, 'anna', 'bob');
      let now = call;
      for (const name of ['carl', 'dora', 'emil', 'fred']) {
        house.homes.set(`${name} ${name}-phone`, a);
        now = house.change(now, a, { callType: 'MultiCall', members: [...now.members, member(name)] });
        await settle();
        users.push(name);
      }
      for (const user of users) await house.say(now, user, { type: 'state', audio: true, video: true });
      house.clock.advance(ms);
      await settle();
      const before = users.map((user) => Math.max(...epochs(user)));
      // Each has an epoch of its own, the last one the highest.
      expect(new Set(before).size).toBe(5);
      void c.media.leave();
      await settle();
      for (const [n, user] of users.entries()) {
        expect(house.setups(user).at(-1).epoch).toBeGreaterThan(before[n] ?? 0);
      }
    },
  );
});

describe('a node that was taken for dead', () => {
  it('and is back looks after its calls again, with epochs that its devices follow', async () => {
    const [a, b, c] = open(3, 'sfu');
    const { call, users } = await talkOwnedBy(c, 'anna', 'bob');
    for (const user of users) await house.say(call, user, { type: 'state', audio: true, video: true });
    // It is cut off from the database alone: it does not know that the others have taken over.
    c.isSure = false;
    for (const one of [a, b]) one.sees(a, b);
    await house.pass(2000);
    const other = house.owners(call).find((one) => one !== c);
    const [second] = users.map((user) => house.setups(user).at(-1).epoch);
    expect(other).toBeDefined();
    for (const user of users) expect(epochs(user)).toHaveLength(2);
    // Its media is gone for those who have left, which says nothing of them.
    for (const user of users) c.rooms.room.events.media(user as never, 'up');
    for (const user of users) c.rooms.room.events.media(user as never, 'gone');
    for (const user of users) await house.say(call, user, { type: 'state', audio: false, video: true });
    c.isSure = true;
    for (const one of house.nodes) one.sees(...house.nodes);
    await house.pass(2000);
    expect(house.owner(call)).toBe(c);
    for (const user of users) expect(house.setups(user).at(-1).epoch).toBeGreaterThan(second);
    expect(house.owner(call).rooms.room.isClosed).toBe(false);
    expect([...c.rooms.room.inside].sort()).toEqual([...users].sort());
    await house.pass(10_000);
    expect(other?.rooms.room.isClosed).toBe(true);
  });

  it('hands nothing over while the database is away for all', async () => {
    const [a, b, c] = open(3, 'sfu');
    const { call, users } = await talkOwnedBy(c, 'anna', 'bob');
    for (const one of [a, b, c]) one.isSure = false;
    house.storeIsOut = true;
    await house.pass(20_000);
    for (const one of [a, b, c]) one.isSure = true;
    house.storeIsOut = false;
    await house.pass(6000);
    expect(house.owner(call)).toBe(c);
    for (const user of users) expect(house.setups(user)).toHaveLength(1);
  });
});

describe('a node that comes', () => {
  it('takes nothing over that runs, and gets its share of what begins later', async () => {
    open(2, 'sfu');
    const { call, owner } = await talk('anna', 'bob');
    const c = house.add('node2');
    await house.pass(6000);
    expect(house.owner(call)).toBe(owner);
    expect((await talkOwnedBy(c, 'carl', 'dora')).owner).toBe(c);
  });

  it('of an older version is left alone', async () => {
    open(2, 'sfu');
    const old = house.add('old', 0);
    for (let n = 0; n < 20; n += 1) expect((await talk(`anna${n}`, `bob${n}`)).owner).not.toBe(old);
  });
});
