import { ConsoleHouse } from './console-house.ts';

/** A house in which every page has something to show, and lists are longer than a page. */
export async function furnishedHouse(): Promise<ConsoleHouse> {
  const house = await ConsoleHouse.open();
  const { app } = house;
  await house.does('endpoints.add', { app, id: 'orders', url: 'http://127.0.0.1:9/calls' });
  await house.does('webhooks.trigger', { app, event: 'call' });
  const guests = Array.from({ length: 60 }, (_, n) => ({
    userId: `guest-${String(n).padStart(2, '0')}`,
    nick: `Guest ${n}`,
  }));
  await house.does('users.import', { app, users: [...guests, { userId: 'ann b,c' }] });
  const group = (n: number): Promise<unknown> =>
    house.rest('group_open_http_svc/create_group', {
      Type: 'Public',
      Name: `Room ${n}`,
      GroupId: `room-${String(n).padStart(2, '0')}`,
      ...(n === 0 && { MemberList: ['ann b,c', 'guest-00', 'guest-01'].map((Member_Account) => ({ Member_Account })) }),
    });
  await group(0);
  await Promise.all(Array.from({ length: 51 }, (_, n) => group(n + 1)));
  return house;
}
