import { afterAll, beforeAll } from 'vitest';
import { ConsoleHouse } from '../support/console-house.ts';
import { callsSuite } from './suite-calls.ts';
import { formsSuite } from './suite-forms.ts';
import { historySuite } from './suite-history.ts';
import { hostileSuite } from './suite-hostile.ts';
import { pagesSuite } from './suite-pages.ts';
import { pushSuite } from './suite-push.ts';
import { rolesSuite } from './suite-roles.ts';
import { signInSuite } from './suite-sign-in.ts';

// One server and one browser for all of them: starting these is what takes time.
let house: ConsoleHouse;
beforeAll(async () => {
  house = await ConsoleHouse.open({ calls: 400 });
  await house.does('endpoints.add', { app: house.app, id: 'orders', url: 'http://127.0.0.1:9/calls' });
  await house.does('webhooks.trigger', { app: house.app, event: 'call' });
  const users = Array.from({ length: 60 }, (_, n) => ({
    userId: `guest-${String(n).padStart(2, '0')}`,
    nick: `Guest ${n}`,
  }));
  await house.does('users.import', { app: house.app, users: [...users, { userId: 'ann b,c' }] });
  for (let n = 0; n < 52; n += 1) {
    await house.rest('group_open_http_svc/create_group', {
      Type: 'Public',
      Name: `Room ${n}`,
      GroupId: `room-${String(n).padStart(2, '0')}`,
      ...(n === 0 && { MemberList: ['ann b,c', 'guest-00', 'guest-01'].map((Member_Account) => ({ Member_Account })) }),
    });
  }
});
afterAll(async () => {
  await house?.close();
});

const here = () => house;
signInSuite(here);
pagesSuite(here);
historySuite(here);
rolesSuite(here);
formsSuite(here);
pushSuite(here);
callsSuite(here);
hostileSuite(here);
