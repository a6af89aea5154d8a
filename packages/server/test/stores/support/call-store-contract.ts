import type { Call } from 'ringback-engine';
import { type SdkAppId, sdkAppId, userId } from 'ringback-protocol';
import { beforeEach, expect, test } from 'vitest';
import type { CallPlace, CallStore } from '../../../src/ports/store.ts';
import type { StoreScene } from './each-store.ts';
import {
  acceptWrite,
  alice,
  bob,
  briefWrite,
  carol,
  endWrite,
  idOf,
  inviteWrite,
  leaveWrite,
  noon,
  startWrite,
} from './fake-calls.ts';

/** What every store of calls must do, whatever database it is made of. */
export function callStoreContract(scene: Pick<StoreScene, 'store' | 'reopen'>): void {
  let store: CallStore;
  /** Two applications of the test's own: all tests share the store. */
  let a = sdkAppId(0);
  let b = sdkAppId(0);
  let apps = 1_500_000_000;
  beforeEach(() => {
    store = scene.store.calls;
    a = sdkAppId(apps + 1);
    b = sdkAppId(apps + 2);
    apps += 2;
  });

  const ringing = async (n = 1): Promise<Call> => {
    const write = startWrite({ app: a, callId: idOf(n) });
    expect(await store.commit(write)).toBe('ok');
    return write.call;
  };

  test('a started call can be loaded and read, and its members hold seats', async () => {
    const call = await ringing();
    expect(await store.load(a, call.callId)).toEqual(call);
    expect(await store.read(a, call.callId)).toEqual(call);
    expect(await store.seatOf(a, alice)).toEqual({ callId: call.callId, status: 'Calling' });
    expect(await store.seatOf(a, bob)).toEqual({ callId: call.callId, status: 'Waiting' });
    expect(await store.seatOf(a, carol)).toBeUndefined();
    const seats = await store.seats(a, [alice, bob, carol]);
    expect([...seats.keys()].sort()).toEqual([alice, bob]);
    expect(seats.get(bob)).toEqual({ callId: call.callId, status: 'Waiting' });
  });

  test('calls and seats of one application do not exist for another', async () => {
    const call = await ringing();
    expect(await store.load(b, call.callId)).toBeUndefined();
    expect(await store.read(b, call.callId)).toBeUndefined();
    expect(await store.seatOf(b, alice)).toBeUndefined();
    expect((await store.seats(b, [alice, bob])).size).toBe(0);
    expect(await store.live(b)).toEqual([]);
    expect(await store.commit(startWrite({ app: b, callId: idOf(2) }))).toBe('ok');
    expect(await store.commit(endWrite(call))).toBe('ok');
    expect(await store.seatOf(b, alice)).toEqual({ callId: idOf(2), status: 'Calling' });
    expect(await store.record(b, call.callId)).toBeUndefined();
    expect(await store.history(b, call.callId, 0)).toEqual([]);
  });

  test('an answered member has a seat that says so, and the call its next version', async () => {
    const call = await ringing();
    const accept = acceptWrite(call, bob);
    expect(await store.commit(accept)).toBe('ok');
    expect(await store.read(a, call.callId)).toEqual(accept.call);
    expect(await store.seatOf(a, bob)).toEqual({ callId: call.callId, status: 'Calling' });
  });

  test('a write from an old version is refused and changes nothing', async () => {
    const call = await ringing();
    const accept = acceptWrite(call, bob);
    await store.commit(accept);
    expect(await store.commit(leaveWrite(call, bob))).toBe('version');
    expect(await store.commit(endWrite(call))).toBe('version');
    expect(await store.load(a, call.callId)).toEqual(accept.call);
    expect(await store.read(a, call.callId)).toEqual(accept.call);
    expect(await store.seatOf(a, bob)).toEqual({ callId: call.callId, status: 'Calling' });
    expect(await store.record(a, call.callId)).toBeUndefined();
    expect((await store.history(a, call.callId, 0)).map((one) => one.type)).toEqual(['start', 'accept']);
  });

  test('a write from a version that does not exist yet is refused', async () => {
    const call = await ringing();
    const accept = acceptWrite(call, bob);
    expect(await store.commit(inviteWrite(accept.call, carol))).toBe('version');
    expect(await store.seatOf(a, carol)).toBeUndefined();
    expect(await store.commit(acceptWrite(startWrite({ app: a, callId: idOf(9) }).call, bob))).toBe('version');
    expect(await store.load(a, idOf(9))).toBeUndefined();
  });

  test('a second start under the id of a live call is refused', async () => {
    const call = await ringing();
    expect(await store.commit(startWrite({ app: a, callId: call.callId, caller: carol, callees: [alice] }))).toBe(
      'version',
    );
    expect(await store.seatOf(a, carol)).toBeUndefined();
  });

  test('a call that would take a seat in use is refused as a whole', async () => {
    const call = await ringing();
    const write = startWrite({ app: a, callId: idOf(2), caller: carol, callees: [bob] });
    expect(await store.commit(write)).toBe('seat');
    expect(await store.load(a, idOf(2))).toBeUndefined();
    expect(await store.read(a, idOf(2))).toBeUndefined();
    expect(await store.seatOf(a, carol)).toBeUndefined();
    expect(await store.seatOf(a, bob)).toEqual({ callId: call.callId, status: 'Waiting' });
    expect(await store.history(a, idOf(2), 0)).toEqual([]);
    expect(await store.commit(startWrite({ app: a, callId: idOf(3), caller: carol, callees: [] }))).toBe('ok');
  });

  test('an invitation of somebody who sits in another call is refused, and the inviting call stays as it was', async () => {
    const call = await ringing(1);
    const other = startWrite({ app: a, callId: idOf(2), caller: carol, callees: [] });
    await store.commit(other);
    expect(await store.commit(inviteWrite(call, carol))).toBe('seat');
    expect(await store.load(a, call.callId)).toEqual(call);
    expect(await store.seatOf(a, carol)).toEqual({ callId: idOf(2), status: 'Calling' });
    expect(await store.history(a, call.callId, 0)).toHaveLength(1);
  });

  test('of two calls that race for one user, exactly one comes about', async () => {
    for (let round = 0; round < 20; round += 1) {
      const first = startWrite({ app: a, callId: idOf(2 * round), caller: alice, callees: [bob] });
      const second = startWrite({ app: a, callId: idOf(2 * round + 1), caller: carol, callees: [bob] });
      const results = await Promise.all([store.commit(first), store.commit(second)]);
      expect([...results].sort()).toEqual(['ok', 'seat']);
      const [won, lost] = results[0] === 'ok' ? [first, second] : [second, first];
      expect((await store.seatOf(a, bob))?.callId).toBe(won.callId);
      expect(await store.seatOf(a, lost.call.caller)).toBeUndefined();
      expect(await store.live(a)).toEqual([won.call]);
      expect(await store.commit(endWrite(won.call))).toBe('ok');
    }
  });

  test('of two steps from the same version, exactly one counts', async () => {
    let call = await ringing();
    for (let round = 0; round < 20; round += 1) {
      const invite = inviteWrite(call, carol);
      const leave = leaveWrite(call, bob);
      const results = await Promise.all([store.commit(invite), store.commit(leave)]);
      expect([...results].sort()).toEqual(['ok', 'version']);
      call = results[0] === 'ok' ? invite.call : leave.call;
      expect(await store.read(a, call.callId)).toEqual(call);
      const back = results[0] === 'ok' ? leaveWrite(call, carol) : inviteWrite(call, bob);
      expect(await store.commit(back)).toBe('ok');
      call = back.call;
    }
    const entries = await store.history(a, call.callId, 0);
    expect(entries.map((one) => one.seq)).toEqual(Array.from({ length: 41 }, (_, index) => index + 1));
  });

  test('a seat that was left can be taken by another call at once', async () => {
    const call = await ringing();
    const accept = acceptWrite(call, bob);
    await store.commit(accept);
    await store.commit(leaveWrite(accept.call, bob));
    expect(await store.seatOf(a, bob)).toBeUndefined();
    expect(await store.commit(startWrite({ app: a, callId: idOf(2), caller: carol, callees: [bob] }))).toBe('ok');
    expect((await store.seatOf(a, bob))?.callId).toBe(idOf(2));
  });

  test('an ended call is gone from the live ones, its seats are free, and its record and history stay', async () => {
    const call = await ringing();
    const accept = acceptWrite(call, bob);
    await store.commit(accept);
    expect(await store.record(a, call.callId)).toBeUndefined();
    const end = endWrite(accept.call);
    expect(await store.commit(end)).toBe('ok');
    expect(await store.load(a, call.callId)).toBeUndefined();
    expect(await store.read(a, call.callId)).toBeUndefined();
    expect(await store.live(a)).toEqual([]);
    expect((await store.seats(a, [alice, bob])).size).toBe(0);
    expect(await store.seatOf(a, bob)).toBeUndefined();
    expect(await store.record(a, call.callId)).toEqual(end.record);
    expect(await store.history(a, call.callId, 0)).toHaveLength(3);
  });

  test('nothing more can be written to an ended call', async () => {
    const call = await ringing();
    const end = endWrite(call);
    await store.commit(end);
    expect(await store.commit(acceptWrite(call, bob))).toBe('version');
    expect(await store.commit(inviteWrite(end.call, carol))).toBe('version');
    expect(await store.commit(endWrite(call, 'Reject'))).toBe('version');
    expect(await store.record(a, call.callId)).toEqual(end.record);
    expect((await store.seats(a, [alice, bob, carol])).size).toBe(0);
  });

  test('a call that ends in the step that starts it leaves a record and no seats', async () => {
    const brief = briefWrite({ app: a, callId: idOf(1) });
    expect(await store.commit(brief)).toBe('ok');
    expect(await store.load(a, idOf(1))).toBeUndefined();
    expect(await store.record(a, idOf(1))).toEqual(brief.record);
    expect((await store.seats(a, [alice, bob])).size).toBe(0);
    expect(await store.history(a, idOf(1), 0)).toEqual([brief.history]);
  });

  test('the steps of one call that are handed in without waiting are written one after the other', async () => {
    const start = startWrite({ app: a, callId: idOf(1) });
    const accept = acceptWrite(start.call, bob);
    const end = endWrite(accept.call);
    expect(await Promise.all([start, accept, end].map((write) => store.commit(write)))).toEqual(['ok', 'ok', 'ok']);
    expect(await store.record(a, idOf(1))).toEqual(end.record);
    expect(await store.history(a, idOf(1), 0)).toEqual([start.history, accept.history, end.history]);
  });

  test('commits are answered in the order in which they were handed in', async () => {
    const order: number[] = [];
    const writes = Array.from({ length: 200 }, (_, n) =>
      briefWrite({ app: a, callId: idOf(n), userData: n % 50 === 0 ? 'x'.repeat(100_000) : '' }),
    );
    const answered: Promise<unknown>[] = [];
    for (const [index, write] of writes.entries()) {
      answered.push(store.commit(write).then(() => order.push(index)));
      // Now and then a flush begins, so that several batches are under way.
      if (index % 40 === 39) await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await Promise.all(answered);
    expect(order).toEqual(writes.map((_, index) => index));
  });

  test('what is read never runs ahead of what is durable, and never stands half-way', async () => {
    const start = startWrite({ app: a, callId: idOf(1), callees: [bob, carol] });
    const committed = store.commit(start);
    const early = await store.read(a, idOf(1));
    if (early !== undefined) expect(early).toEqual(start.call);
    await committed;
    expect(await store.read(a, idOf(1))).toEqual(start.call);
    expect((await store.seats(a, [alice, bob, carol])).size).toBe(3);
  });

  test('the history since an event is told in order, newer entries only', async () => {
    let call = await ringing();
    for (let n = 0; n < 5; n += 1) {
      const write = n % 2 === 0 ? inviteWrite(call, carol) : leaveWrite(call, carol);
      await store.commit(write);
      call = write.call;
    }
    const seqs = async (since: number, limit?: number) =>
      (await store.history(a, call.callId, since, limit)).map((one) => one.eventSeq);
    expect(await seqs(0)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await seqs(4)).toEqual([5, 6]);
    expect(await seqs(6)).toEqual([]);
    expect(await seqs(0, 2)).toEqual([5, 6]);
    expect(await seqs(5, 3)).toEqual([6]);
    expect(await seqs(2, 100)).toEqual([3, 4, 5, 6]);
    expect(await store.history(a, idOf(77), 0)).toEqual([]);
  });

  test('a history entry comes back as it was written', async () => {
    const start = startWrite({ app: a, callId: idOf(1) });
    await store.commit(start);
    expect(await store.history(a, idOf(1), 0)).toEqual([start.history]);
    const timeout = { ...endWrite(start.call, 'NotAnswer') };
    const history = { ...timeout.history, cause: 'timer', actor: '', device: '', requestId: '' } as const;
    await store.commit({ ...timeout, history });
    expect(await store.history(a, idOf(1), 1)).toEqual([history]);
  });

  test('text of any script comes back as it was written', async () => {
    const text = 'Ünïcode 电话 🙂 \u0000 " \' \\ %';
    const write = startWrite({ app: a, callId: idOf(1), userData: text, chatGroupId: text });
    await store.commit(write);
    const end = endWrite(write.call);
    await store.commit(end);
    await scene.reopen();
    store = scene.store.calls;
    expect((await store.record(a, idOf(1)))?.chatGroupId).toBe(text);
  });

  test('live calls are listed for one application or for all', async () => {
    const mine = [
      startWrite({ app: a, callId: idOf(1) }),
      startWrite({ app: a, callId: idOf(2), caller: carol, callees: [] }),
    ];
    const theirs = startWrite({ app: b, callId: idOf(3) });
    for (const write of [...mine, theirs]) expect(await store.commit(write)).toBe('ok');
    const ids = async (app: SdkAppId) => (await store.live(app)).map((call) => call.callId).sort();
    expect(await ids(a)).toEqual([idOf(1), idOf(2)]);
    expect(await ids(b)).toEqual([idOf(3)]);
    const all = (await store.live()).filter((call) => call.app === a || call.app === b);
    expect(all.map((call) => call.callId).sort()).toEqual([idOf(1), idOf(2), idOf(3)]);
  });

  test('live calls are found by their room, their group, or both, and by nothing that only looks alike', async () => {
    const placed = async (n: number, place: Partial<Call>, userData = '') => {
      const write = startWrite({ app: a, callId: idOf(n), caller: userId(`caller-${n}`), callees: [], userData });
      const call = { ...write.call, ...place };
      expect(await store.commit({ ...write, call })).toBe('ok');
      return call;
    };
    const text = await placed(1, { roomId: '7', roomIdType: 2, chatGroupId: 'team' });
    await placed(2, { roomId: '7', roomIdType: 1, chatGroupId: 'other' });
    await placed(3, { roomId: '77', roomIdType: 2, chatGroupId: 'team 2' });
    const odd = await placed(4, { roomId: 'a"b\\%_', roomIdType: 2, chatGroupId: 'é"' });
    await placed(5, {}, '"roomId":"7","roomIdType":2,"chatGroupId":"team"');
    const found = async (place: Partial<CallPlace>, app = a) =>
      store.placed(app, { roomId: '', roomIdType: 0, chatGroupId: '', ...place });
    expect(await found({ roomId: '7', roomIdType: 2 })).toEqual([text]);
    expect(await found({ chatGroupId: 'team' })).toEqual([text]);
    expect(await found({ roomId: '7', roomIdType: 2, chatGroupId: 'team' })).toEqual([text]);
    expect(await found({ roomId: '7', roomIdType: 2, chatGroupId: 'other' })).toEqual([]);
    expect(await found({ roomId: odd.roomId, roomIdType: 2, chatGroupId: odd.chatGroupId })).toEqual([odd]);
    expect(await found({ chatGroupId: 'team' }, b)).toEqual([]);
    expect(await store.commit(endWrite(text))).toBe('ok');
    expect(await found({ chatGroupId: 'team' })).toEqual([]);
  });

  test('after a restart live calls, seats, records and history are what they were', async () => {
    const live = startWrite({ app: a, callId: idOf(1), userData: 'hello' });
    const ended = startWrite({ app: a, callId: idOf(2), caller: carol, callees: [], at: noon + 5000 });
    const other = startWrite({ app: b, callId: idOf(3) });
    for (const write of [live, ended, other]) await store.commit(write);
    const accept = acceptWrite(live.call, bob);
    const end = endWrite(ended.call, 'Cancel');
    await store.commit(accept);
    await store.commit(end);

    await scene.reopen();
    store = scene.store.calls;
    expect(await store.load(a, idOf(1))).toEqual(accept.call);
    expect(await store.read(a, idOf(1))).toEqual(accept.call);
    expect(await store.live(a)).toEqual([accept.call]);
    expect(await store.live(b)).toEqual([other.call]);
    expect(await store.seatOf(a, bob)).toEqual({ callId: idOf(1), status: 'Calling' });
    expect([...(await store.seats(a, [alice, bob, carol])).keys()].sort()).toEqual([alice, bob]);
    expect((await store.seats(b, [alice, bob])).size).toBe(2);
    expect(await store.record(a, idOf(2))).toEqual(end.record);
    expect(await store.history(a, idOf(1), 0)).toEqual([live.history, accept.history]);
    expect(await store.records(a, window)).toEqual({ total: 1, records: [end.record] });

    expect(await store.commit(startWrite({ app: a, callId: idOf(4), caller: carol, callees: [bob] }))).toBe('seat');
    expect(await store.commit(endWrite(live.call))).toBe('version');
    expect(await store.commit(endWrite(accept.call))).toBe('ok');
    expect(await store.seatOf(a, bob)).toBeUndefined();
  });

  test('records are listed by start second, then call id', async () => {
    const starts = [
      [5, noon + 2000],
      [3, noon + 2999],
      [9, noon],
      [1, noon + 60_000],
      [7, noon + 2500],
    ] as const;
    for (const [n, at] of starts) await store.commit(briefWrite({ app: a, callId: idOf(n), at }));
    const listed = async (page: number, perPage: number) => {
      const found = await store.records(a, { ...window, page, perPage });
      return [found.total, ...found.records.map((one) => Number.parseInt(one.callId, 16))];
    };
    expect(await listed(1, 10)).toEqual([5, 9, 3, 5, 7, 1]);
    expect(await listed(2, 2)).toEqual([5, 5, 7]);
    expect(await listed(3, 2)).toEqual([5, 1]);
    expect(await listed(4, 2)).toEqual([5]);
    expect((await store.records(b, window)).total).toBe(0);
  });

  test('records are filtered by window, result and kind', async () => {
    const single = { callType: 'SingleCall', result: 'Reject' } as const;
    const multi = { callType: 'MultiCall', result: 'NormalEnd' } as const;
    await store.commit(briefWrite({ app: a, callId: idOf(1), at: noon, ...single }));
    await store.commit(briefWrite({ app: a, callId: idOf(2), at: noon + 1000, ...multi }));
    await store.commit(
      briefWrite({ app: a, callId: idOf(3), at: noon + 2000, callType: 'SingleCall', result: 'NormalEnd' }),
    );
    const ids = async (filter: object) => {
      const { total, records } = await store.records(a, { ...window, ...filter });
      expect(total).toBe(records.length);
      return records.map((one) => Number.parseInt(one.callId, 16));
    };
    expect(await ids({ result: 'NormalEnd' })).toEqual([2, 3]);
    expect(await ids({ callType: 'SingleCall' })).toEqual([1, 3]);
    expect(await ids({ callType: 'SingleCall', result: 'NormalEnd' })).toEqual([3]);
    expect(await ids({ callType: 'MultiCall', result: 'Reject' })).toEqual([]);
    expect(await ids({ from: noon / 1000, to: noon / 1000 })).toEqual([1]);
    expect(await ids({ from: noon / 1000 + 1, to: noon / 1000 + 2 })).toEqual([2, 3]);
    expect(await ids({ from: noon / 1000 + 3, to: noon / 1000 + 2 })).toEqual([]);
  });
}

/** Everything around noon, on one page. */
const window = { from: noon / 1000 - 3600, to: noon / 1000 + 3600, page: 1, perPage: 100 };
