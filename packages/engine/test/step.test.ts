import { type CallEvent, start, step } from 'ringback-engine';
import { describe, expect, it } from 'vitest';
import {
  accept,
  elsewhere,
  end,
  hangUp,
  ignore,
  invite,
  join,
  leaseLost,
  person,
  phone,
  reject,
  Scene,
  startEvent,
  t0,
  thisCall,
  timeout,
  user,
} from './support/scene.ts';

const single = () => new Scene({ callees: [person('bob')] });
const group = () => new Scene({ callees: [person('bob'), person('carol')] });

describe('start', () => {
  it('one callee and no group make a SingleCall that rings, in a string room named after the call', () => {
    const scene = single();
    expect(scene.call).toMatchObject({ callType: 'SingleCall', roomId: thisCall, roomIdType: 2, version: 1 });
    expect(scene.members).toBe('alice:Calling bob:Waiting');
    expect(scene.story).toEqual(['StartCall()']);
    expect(scene.heard('bob')).toEqual(['callReceived']);
    expect(scene.heard('alice')).toEqual([]);
    expect([...scene.seats]).toEqual([
      ['alice', 'Calling'],
      ['bob', 'Waiting'],
    ]);
  });

  it.each([
    ['several callees', { callees: [person('bob'), person('carol')] }],
    ['a group and one callee', { callees: [person('bob')], chatGroupId: 'team' }],
    ['one callee and another who does not exist', { callees: [person('bob')], asked: 2 }],
  ])('%s make a MultiCall', (_, event) => {
    expect(new Scene(event).call.callType).toBe('MultiCall');
  });

  it('a room that the caller names is kept, with its type', () => {
    const scene = new Scene({ callees: [person('bob')], roomId: '7', roomIdType: 1 });
    expect(scene.call).toMatchObject({ roomId: '7', roomIdType: 1 });
  });

  it('a room without a type is a string room', () => {
    expect(new Scene({ callees: [person('bob')], roomId: '7' }).call.roomIdType).toBe(2);
  });

  it('a caller who holds a seat is refused', () => {
    const outcome = start(startEvent({ caller: person('alice', elsewhere), callees: [person('bob')] }), t0);
    expect(outcome).toEqual({ refusal: 'already_in_call' });
  });

  it('a robot holds no seat and is not checked for one', () => {
    const scene = new Scene({ robot: true, caller: person('bot', elsewhere), callees: [person('bob')] });
    expect([...scene.seats.keys()]).toEqual(['bob']);
    expect(scene.heard('bot')).toEqual([]);
  });

  it('a busy callee ends a single call at once as CallBusy, and leaves no seat behind', () => {
    const scene = new Scene({ callees: [person('bob', elsewhere)] });
    expect(scene.story).toEqual(['StartCall()', 'MemberChanged(bob:Busy)', 'EndCall()']);
    expect(scene.webhooks[0]?.users).toEqual([
      { userId: 'alice', status: 'Calling' },
      { userId: 'bob', status: 'Waiting' },
    ]);
    expect(scene.records).toMatchObject([{ result: 'CallBusy', acceptedAt: 0, members: ['alice', 'bob'] }]);
    expect(scene.heard('alice')).toEqual(['callChanged@alice-phone', 'callEnded:5:bob@alice-phone']);
    expect(scene.heard('bob')).toEqual([]);
    expect(scene.seats.size).toBe(0);
  });

  it('in a group the busy ones are noted in one event and the rest ring', () => {
    const scene = new Scene({ callees: [person('bob', elsewhere), person('carol'), person('dan', elsewhere)] });
    expect(scene.story).toEqual(['StartCall()', 'MemberChanged(bob:Busy dan:Busy)']);
    expect(scene.members).toBe('alice:Calling bob:Busy carol:Waiting dan:Busy');
    expect(scene.heard('carol')).toEqual(['callReceived']);
    expect(scene.heard('alice')).toEqual(['callChanged@alice-phone']);
    expect([...scene.seats.keys()]).toEqual(['alice', 'carol']);
  });
});

describe('answer', () => {
  it('connects the call, tells both, and stops the other devices of the callee', () => {
    const scene = single();
    scene.do(accept('bob'));
    expect(scene.call.acceptedAt).toBe(t0 + 1000);
    expect(scene.members).toBe('alice:Calling bob:Calling');
    expect(scene.heard('alice')).toEqual(['callChanged@alice-phone']);
    expect(scene.heard('bob')).toEqual(['callChanged@bob-phone', 'callEnded:7:bob@!bob-phone']);
    expect(scene.seats.get('bob')).toBe('Calling');
  });

  it('twice from the same device changes nothing', () => {
    const scene = single();
    scene.do(accept('bob'));
    const before = scene.call;
    expect(scene.do(accept('bob'))).toEqual([]);
    expect(scene.call).toBe(before);
  });

  it('on a second device is refused, whatever it sends, and the call goes on', () => {
    const scene = single();
    scene.do(accept('bob'));
    for (const event of [accept('bob', 2), reject('bob', 2), hangUp('bob', 2)]) {
      expect(scene.refuse(event)).toBe('answered_elsewhere');
    }
    expect(scene.call.endedAt).toBe(0);
  });

  it('a decline by the device that has answered is refused', () => {
    const scene = single();
    scene.do(accept('bob'));
    expect(scene.refuse(reject('bob'))).toBe('not_waiting');
  });

  it('by a stranger is refused', () => {
    expect(single().refuse(accept('eve'))).toBe('not_in_call');
  });

  it('in a group is told to those who still ring', () => {
    const scene = group();
    scene.do(accept('bob'));
    expect(scene.heard('carol')).toEqual(['callChanged']);
  });
});

describe('the end of a single call', () => {
  const cases: [string, (scene: Scene) => void, string, string[], string[], string[]][] = [
    [
      'declined',
      (scene) => scene.do(reject('bob')),
      'Reject',
      ['MemberChanged(bob:Reject)', 'EndCall()'],
      ['callChanged@alice-phone', 'callEnded:2:bob@alice-phone'],
      ['callEnded:2:bob@bob-phone', 'callEnded:8:bob@!bob-phone'],
    ],
    [
      'hung up while ringing, which declines',
      (scene) => scene.do(hangUp('bob')),
      'Reject',
      ['MemberChanged(bob:Reject)', 'EndCall()'],
      ['callChanged@alice-phone', 'callEnded:2:bob@alice-phone'],
      ['callEnded:2:bob@bob-phone', 'callEnded:8:bob@!bob-phone'],
    ],
    [
      'ignored, which counts as busy',
      (scene) => scene.do(ignore('bob')),
      'CallBusy',
      ['MemberChanged(bob:Busy)', 'EndCall()'],
      ['callChanged@alice-phone', 'callEnded:5:bob@alice-phone'],
      ['callEnded:5:bob@bob-phone', 'callEnded:8:bob@!bob-phone'],
    ],
    [
      'not answered',
      (scene) => scene.do(timeout, 30_000),
      'NotAnswer',
      ['MemberChanged(bob:NotAnswer)', 'EndCall()'],
      ['callChanged@alice-phone', 'callEnded:3:bob@alice-phone'],
      ['callEnded:3:bob'],
    ],
    [
      'withdrawn by the caller',
      (scene) => scene.do(hangUp('alice')),
      'Cancel',
      ['MemberChanged(alice:Hangup)', 'MemberChanged(bob:Cancel_Invite)', 'EndCall()'],
      ['callEnded:6:alice@alice-phone'],
      ['callEnded:6:alice'],
    ],
    [
      'ringing when the caller was lost',
      (scene) => scene.do(leaseLost('alice')),
      'Offline',
      ['MemberChanged(alice:Offline)', 'MemberChanged(bob:Cancel_Invite)', 'EndCall()'],
      ['callEnded:4:alice@alice-phone'],
      ['callEnded:4:alice'],
    ],
    [
      'ringing when the caller was kicked',
      (scene) => scene.do({ type: 'removed', userId: user('alice') }),
      'Cancel',
      ['MemberChanged(alice:Offline)', 'MemberChanged(bob:Cancel_Invite)', 'EndCall()'],
      ['callEnded:4:alice@alice-phone'],
      ['callEnded:6:alice'],
    ],
    [
      'ringing when the callee was deleted',
      (scene) => scene.do({ type: 'removed', userId: user('bob') }),
      'Offline',
      ['MemberChanged(bob:Offline)', 'EndCall()'],
      ['callChanged@alice-phone', 'callEnded:4:bob@alice-phone'],
      ['callEnded:4:bob'],
    ],
    [
      'ringing when the server ended it',
      (scene) => scene.do(end),
      'Cancel',
      ['MemberChanged(bob:Cancel_Invite)', 'EndCall()'],
      ['callEnded:9:alice@alice-phone'],
      ['callEnded:9:alice'],
    ],
    [
      'hung up after the answer',
      (scene) => {
        scene.do(accept('bob'));
        scene.do(hangUp('bob'));
      },
      'NormalEnd',
      ['MemberChanged(bob:Answer)', 'MemberChanged(bob:Hangup)', 'EndCall()'],
      ['callChanged@alice-phone', 'callEnded:1:bob@alice-phone'],
      ['callEnded:1:bob@bob-phone'],
    ],
    [
      'lost after the answer',
      (scene) => {
        scene.do(accept('bob'));
        scene.do(leaseLost('bob'));
      },
      'Offline',
      ['MemberChanged(bob:Answer)', 'MemberChanged(bob:Offline)', 'EndCall()'],
      ['callChanged@alice-phone', 'callEnded:4:bob@alice-phone'],
      ['callEnded:4:bob@bob-phone'],
    ],
    [
      'lost with its server after the answer',
      (scene) => {
        scene.do(accept('bob'));
        scene.do(leaseLost('bob', true));
      },
      'Interrupt',
      ['MemberChanged(bob:Answer)', 'MemberChanged(bob:Offline)', 'EndCall()'],
      ['callChanged@alice-phone', 'callEnded:4:bob@alice-phone'],
      ['callEnded:4:bob@bob-phone'],
    ],
    [
      'without media after the answer',
      (scene) => {
        scene.do(accept('bob'));
        scene.do({ type: 'mediaFailed', userId: user('bob'), device: phone('bob') });
      },
      'Interrupt',
      ['MemberChanged(bob:Answer)', 'MemberChanged(bob:Offline)', 'EndCall()'],
      ['callChanged@alice-phone', 'callEnded:4:bob@alice-phone'],
      ['callEnded:4:bob@bob-phone'],
    ],
    [
      'signed out of after the answer',
      (scene) => {
        scene.do(accept('bob'));
        scene.do({ type: 'signOut', userId: user('bob'), device: phone('bob') });
      },
      'NormalEnd',
      ['MemberChanged(bob:Answer)', 'MemberChanged(bob:Hangup)', 'EndCall()'],
      ['callChanged@alice-phone', 'callEnded:1:bob@alice-phone'],
      ['callEnded:1:bob@bob-phone'],
    ],
    [
      'ended by the server after the answer',
      (scene) => {
        scene.do(accept('bob'));
        scene.do(end);
      },
      'NormalEnd',
      ['MemberChanged(bob:Answer)', 'EndCall()'],
      ['callEnded:9:alice@alice-phone'],
      ['callEnded:9:alice@bob-phone'],
    ],
  ];

  it.each(cases)('%s', (_, play, result, story, alice, bob) => {
    const scene = single();
    play(scene);
    expect(scene.call.ending?.result).toBe(result);
    expect(scene.records).toMatchObject([{ result, members: ['alice', 'bob'], caller: 'alice' }]);
    expect(scene.story.slice(1)).toEqual(story);
    expect(scene.heard('alice')).toEqual(alice);
    expect(scene.heard('bob')).toEqual(bob);
    expect(scene.seats.size).toBe(0);
    expect(scene.refuse(end)).toBe('call_ended');
  });

  it('counts whole seconds from the answer', () => {
    const scene = single();
    scene.do(accept('bob'));
    scene.do(hangUp('alice'), 61_999);
    const ended = scene.told.find((one) => one.userId === 'bob' && one.notice.method === 'callEnded');
    expect(ended?.notice).toMatchObject({ totalTime: 61, result: 'NormalEnd' });
  });
});

describe('a group call', () => {
  it('goes on when one declines, and tells everybody who is in it or rings', () => {
    const scene = group();
    scene.do(reject('carol'));
    expect(scene.members).toBe('alice:Calling bob:Waiting carol:Reject');
    expect(scene.heard('alice')).toEqual(['callChanged@alice-phone']);
    expect(scene.heard('bob')).toEqual(['callChanged']);
    expect(scene.heard('carol')).toEqual(['callEnded:2:carol@carol-phone', 'callEnded:8:carol@!carol-phone']);
    expect(scene.call.endedAt).toBe(0);
  });

  it('ends for all when the caller leaves before the first accept', () => {
    const scene = group();
    scene.do(hangUp('alice'));
    expect(scene.call.ending?.result).toBe('Cancel');
    expect(scene.story.slice(1)).toEqual([
      'MemberChanged(alice:Hangup)',
      'MemberChanged(bob:Cancel_Invite carol:Cancel_Invite)',
      'EndCall()',
    ]);
    expect(scene.heard('bob')).toEqual(['callEnded:6:alice']);
    expect(scene.heard('carol')).toEqual(['callEnded:6:alice']);
  });

  it('goes on, still ringing, when the caller of an accepted one leaves', () => {
    const scene = group();
    scene.do(accept('bob'));
    scene.do(hangUp('alice'));
    expect(scene.members).toBe('alice:Hangup bob:Calling carol:Waiting');
    scene.do(accept('carol'));
    scene.do(hangUp('bob'));
    expect(scene.call.ending).toMatchObject({ result: 'NormalEnd', userId: 'bob' });
    expect(scene.heard('carol')).toEqual(['callChanged@carol-phone', 'callEnded:1:bob@carol-phone']);
  });

  it('ends when nobody is in it, though somebody rings', () => {
    const scene = group();
    scene.do(accept('bob'));
    scene.do(hangUp('alice'));
    scene.do(hangUp('bob'));
    expect(scene.call.ending?.result).toBe('NormalEnd');
    expect(scene.heard('carol')).toEqual(['callEnded:6:alice']);
  });

  it('reports several who run out of time at once in one event, each hears of the own silence', () => {
    const scene = group();
    scene.do(timeout, 30_000);
    expect(scene.story.slice(1)).toEqual(['MemberChanged(bob:NotAnswer carol:NotAnswer)', 'EndCall()']);
    expect(scene.heard('bob')).toEqual(['callEnded:3:bob']);
    expect(scene.heard('carol')).toEqual(['callEnded:3:carol']);
    expect(scene.heard('alice')).toEqual(['callChanged@alice-phone', 'callEnded:3:carol@alice-phone']);
  });

  it.each([
    ['NotAnswer', ['reject', 'silence', 'busy']],
    ['Reject', ['reject', 'busy', 'gone']],
    ['CallBusy', ['busy', 'gone', 'busy']],
    ['Offline', ['gone', 'gone', 'gone']],
  ])('that nobody answered ends as %s after %j', (result, fates) => {
    const names = ['bob', 'carol', 'dan'];
    const scene = new Scene({
      callees: names.map((name, index) => person(name, fates[index] === 'busy' ? elsewhere : undefined)),
    });
    fates.forEach((fate, index) => {
      const name = names[index] as string;
      if (fate === 'reject') scene.do(reject(name));
      if (fate === 'gone') scene.do({ type: 'removed', userId: user(name) });
    });
    if (fates.includes('silence')) scene.do(timeout, 30_000);
    expect(scene.call.ending?.result).toBe(result);
  });

  it('a timer that comes early changes nothing', () => {
    const scene = group();
    const before = scene.call;
    expect(scene.do(timeout, 29_999)).toEqual([]);
    expect(scene.call).toBe(before);
  });
});

describe('invite', () => {
  it('turns a single call into a MultiCall, rings the new one, and tells those in it', () => {
    const scene = single();
    scene.do(accept('bob'));
    scene.do(invite('bob', person('carol')));
    expect(scene.call.callType).toBe('MultiCall');
    expect(scene.members).toBe('alice:Calling bob:Calling carol:Waiting');
    expect(scene.heard('alice')).toEqual(['callChanged@alice-phone']);
    expect(scene.heard('carol')).toEqual(['callReceived']);
    expect(scene.webhooks.at(-1)?.changed).toEqual([{ userId: 'carol', action: 'Invite', by: 'bob' }]);
    scene.do(reject('carol'));
    expect(scene.call).toMatchObject({ callType: 'MultiCall', endedAt: 0 });
  });

  it('gives each invitation a deadline of its own', () => {
    const scene = single();
    scene.do(accept('bob'));
    scene.do(invite('alice', person('carol')), 50_000);
    scene.do(timeout, 29_999);
    expect(scene.members).toBe('alice:Calling bob:Calling carol:Waiting');
    scene.do(timeout, 1);
    expect(scene.members).toBe('alice:Calling bob:Calling carol:NotAnswer');
  });

  it('by the caller works while it rings; by a callee only from inside the call', () => {
    const scene = group();
    expect(scene.refuse(invite('bob', person('dan')))).toBe('not_allowed');
    expect(scene.refuse(invite('eve', person('dan')))).toBe('not_in_call');
    scene.do(invite('alice', person('dan')));
    expect(scene.members).toBe('alice:Calling bob:Waiting carol:Waiting dan:Waiting');
  });

  it('drops those who are in already; none left is a bad parameter', () => {
    const scene = group();
    expect(scene.refuse(invite('alice', person('bob'), person('carol')))).toBe('bad_params');
  });

  it('rings somebody who has just left it, and whose seat was read before that', () => {
    const scene = group();
    scene.do(accept('bob'));
    scene.do(reject('carol'));
    scene.do(invite('alice', person('carol', { callId: thisCall, status: 'Waiting' })));
    expect(scene.story.at(-1)).toBe('MemberChanged(carol:Invite)');
    expect(scene.members).toContain('carol:Waiting');
  });

  it('of a busy one is only noted', () => {
    const scene = group();
    scene.do(invite('alice', person('dan', elsewhere), person('fay')));
    expect(scene.story.at(-1)).toBe('MemberChanged(dan:Busy fay:Invite)');
    expect(scene.heard('dan')).toEqual([]);
    expect(scene.seats.has('dan')).toBe(false);
  });

  it('beyond the size of the call is refused', () => {
    const scene = new Scene({ callees: [person('bob')], maxMembers: 3 });
    expect(scene.refuse(invite('alice', person('carol'), person('dan')))).toBe('call_full');
  });

  it('of ever more people is refused, but for those who have been there', () => {
    const scene = group();
    scene.do(accept('bob'));
    for (let n = 3; n < 100; n += 1) scene.do(invite('alice', person(`user${n}`, elsewhere)));
    expect(scene.refuse(invite('alice', person('eve', elsewhere)))).toBe('call_full');
    expect(scene.refuse(invite('alice', person('user7'), person('eve')))).toBe('call_full');
    scene.do(invite('alice', person('user7')));
    scene.do(join(person('user8')));
    expect(scene.call.members).toHaveLength(100);
    // Invitations cannot lock out those who join; of them, too, there is an end.
    for (let n = 100; n < 1000; n += 1) {
      scene.do(join(person(`guest${n}`)));
      scene.do(hangUp(`guest${n}`));
    }
    expect(scene.refuse(join(person('eve')))).toBe('call_full');
    scene.do(join(person('guest500')));
    expect(scene.call.members).toHaveLength(1000);
  });

  it('of more people is taken where the call takes more at once', () => {
    const scene = new Scene({ callees: [person('bob')], maxMembers: 11 });
    for (let n = 2; n < 110; n += 1) scene.do(invite('alice', person(`user${n}`, elsewhere)));
    expect(scene.refuse(invite('alice', person('eve', elsewhere)))).toBe('call_full');
  });

  it('says nothing that is kept of those who are out, but for the push that is taken back', () => {
    const scene = new Scene({ callees: [person('bob'), person('carol', elsewhere), person('eve')], userData: 'start' });
    const said = {
      ...invite('alice', person('dan'), person('fay', elsewhere)),
      userData: 'later',
      push: { data: 'x' },
    };
    scene.do(said as CallEvent);
    scene.do(reject('bob'));
    scene.do(reject('dan'));
    expect(scene.call.members.map(({ userId, userData, push }) => ({ userId, userData, push }))).toEqual([
      { userId: 'alice', userData: 'start', push: undefined },
      { userId: 'bob', userData: '', push: undefined },
      { userId: 'carol', userData: '', push: undefined },
      { userId: 'eve', userData: 'start', push: undefined },
      { userId: 'dan', userData: '', push: { data: 'x' } },
      { userId: 'fay', userData: '', push: undefined },
    ]);
  });

  it('again of somebody who has left rings once more, and the record lists everybody once', () => {
    const scene = group();
    scene.do(accept('bob'));
    scene.do(reject('carol'));
    scene.do(invite('bob', person('carol')));
    scene.do(accept('carol'));
    scene.do(end);
    expect(scene.records[0]?.members).toEqual(['alice', 'bob', 'carol']);
  });
});

describe('join', () => {
  it('a MultiCall takes anybody while there is room', () => {
    const scene = new Scene({ callees: [person('bob'), person('carol')], maxMembers: 4 });
    scene.do(join(person('dan')));
    expect(scene.call.acceptedAt).toBe(scene.now);
    expect(scene.heard('dan')).toEqual(['callChanged@dan-phone']);
    expect(scene.refuse(join(person('eve')))).toBe('call_full');
  });

  it('a SingleCall takes its two only', () => {
    const scene = single();
    expect(scene.refuse(join(person('eve')))).toBe('not_allowed');
    scene.do(join(person('bob')));
    expect(scene.story.at(-1)).toBe('MemberChanged(bob:Answer)');
  });

  it('a call of a known group takes its members and whoever was invited', () => {
    const scene = new Scene({ callees: [person('bob'), person('carol')], chatGroupId: 'team', groupKnown: true });
    expect(scene.refuse(join(person('eve')))).toBe('not_allowed');
    scene.do(join(person('dan'), true));
    scene.do(reject('carol'));
    scene.do(join(person('carol')));
    expect(scene.members).toBe('alice:Calling bob:Waiting carol:Calling dan:Calling');
  });

  it('by somebody who is in another call is refused', () => {
    expect(group().refuse(join(person('dan', elsewhere)))).toBe('already_in_call');
  });

  it('with a second device of somebody who is in is refused', () => {
    const scene = group();
    scene.do(accept('bob', 2));
    expect(scene.refuse(join(person('bob')))).toBe('answered_elsewhere');
  });
});

describe('a robot', () => {
  const robot = (...names: string[]) =>
    new Scene({ robot: true, caller: person('bot'), callees: names.map((name) => person(name)) });

  it('alone ends its call', () => {
    const scene = robot('bob');
    scene.do(accept('bob'));
    scene.do(hangUp('bob'));
    expect(scene.records).toMatchObject([{ result: 'NormalEnd', members: ['bot', 'bob'] }]);
  });

  it('stays while others talk or ring', () => {
    const scene = robot('bob', 'carol');
    scene.do(accept('bob'));
    scene.do(hangUp('bob'));
    expect(scene.call.endedAt).toBe(0);
    scene.do(reject('carol'));
    expect(scene.call.endedAt).not.toBe(0);
  });
});

describe('glare', () => {
  const ring = { callId: thisCall, status: 'Waiting' } as const;
  const dials = { callId: thisCall, status: 'Calling' } as const;
  const back = (event: Parameters<typeof startEvent>[0]) =>
    start(startEvent({ caller: person('bob', ring), device: phone('bob'), ...event }), t0);

  it('dialling the caller of the own ringing call asks to answer that call', () => {
    expect(back({ callees: [person('alice', dials)] })).toEqual({ merge: thisCall });
  });

  it.each([
    ['the setting says busy', { callees: [person('alice', dials)], glare: 'busy' as const }],
    ['others are dialled too', { callees: [person('alice', dials), person('carol')] }],
    ['somebody who does not exist is dialled too', { callees: [person('alice', dials)], asked: 2 }],
    ['a group is named', { callees: [person('alice', dials)], chatGroupId: 'team' }],
    ['the other one is in another call', { callees: [person('alice', elsewhere)] }],
  ])('is refused when %s', (_, event) => {
    expect(back(event)).toEqual({ refusal: 'already_in_call' });
  });

  it('answers by the device that dialled; the others of the user hear that it was answered', () => {
    const scene = single();
    scene.do({ type: 'accept', userId: user('bob'), device: phone('bob', 2), merged: true });
    expect(scene.heard('bob')).toEqual(['callChanged@bob-phone2', 'callEnded:7:bob@!bob-phone2']);
  });

  it('does not answer a ringing group call', () => {
    const event = { type: 'accept', userId: user('bob'), device: phone('bob'), merged: true } as const;
    expect(group().refuse(event)).toBe('already_in_call');
  });
});

describe('switchMedia', () => {
  const switchTo = (name: string, mediaType: 'Audio' | 'Video') =>
    ({ type: 'switchMedia', userId: user(name), device: phone(name), mediaType }) as const;

  it('changes the call of two, tells both, and is no webhook event', () => {
    const scene = single();
    scene.do(accept('bob'));
    const { eventSeq, version } = scene.call;
    scene.do(switchTo('bob', 'Video'));
    expect(scene.call).toMatchObject({ mediaType: 'Video', eventSeq, version: version + 1 });
    expect(scene.heard('alice')).toEqual(['callChanged@alice-phone']);
    expect(scene.heard('bob')).toEqual(['callChanged@bob-phone']);
  });

  it('to what it is already changes nothing', () => {
    expect(single().do(switchTo('alice', 'Audio'))).toEqual([]);
  });

  it('in a group is refused', () => {
    expect(group().refuse(switchTo('alice', 'Video'))).toBe('scene_not_supported');
  });

  it('by a stranger is refused', () => {
    expect(single().refuse(switchTo('eve', 'Video'))).toBe('not_in_call');
  });
});

describe('a device that does not hold the call', () => {
  it('can neither lose nor leave it', () => {
    const scene = single();
    scene.do(accept('bob'));
    for (const type of ['leaseLost', 'signOut', 'mediaFailed'] as const) {
      const event = { type, userId: user('bob'), device: phone('bob', 2), nodeDied: false };
      expect(scene.refuse(event)).toBe('not_in_call');
    }
  });

  it('a ringing device that signs out leaves the call ringing', () => {
    expect(single().refuse({ type: 'signOut', userId: user('bob'), device: phone('bob') })).toBe('not_in_call');
  });
});

describe('time', () => {
  it('of the end is never before that of the answer', () => {
    const scene = group();
    scene.do(accept('bob'), 60_000);
    scene.do(end, -20_000);
    const [record] = scene.records;
    expect(record?.acceptedAt).toBeGreaterThan(record?.startedAt ?? Number.NaN);
    expect(record?.endedAt).toBe(record?.acceptedAt);
  });

  it('of events rises within a call even when the clock stands still or steps back', () => {
    const scene = group();
    scene.do(accept('bob'), 0);
    scene.do(accept('carol'), -5000);
    scene.do(end, -5000);
    const times = scene.webhooks.map((one) => one.eventTime);
    for (let i = 1; i < times.length; i += 1) expect(times[i]).toBeGreaterThan(times[i - 1] as number);
    const [record] = scene.records;
    expect(record?.endedAt).toBeGreaterThanOrEqual(record?.startedAt ?? Number.NaN);
    expect(record?.acceptedAt).toBeGreaterThanOrEqual(record?.startedAt ?? Number.NaN);
  });

  it('the value that a step was given is never changed', () => {
    const scene = group();
    const before = structuredClone(scene.call);
    const given = scene.call;
    step(given, accept('bob'), t0 + 5);
    step(given, end, t0 + 5);
    expect(given).toEqual(before);
  });
});
