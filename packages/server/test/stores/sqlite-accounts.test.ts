import { expect, test } from 'vitest';
import { alice, appA } from './support/fake-calls.ts';
import { SqliteFile } from './support/sqlite-file.ts';

test('an account that is known costs no further query', async () => {
  const file = new SqliteFile();
  let store = await file.open();
  await store.accounts.ensure(appA, alice);
  file.side.exec("UPDATE accounts SET nick = 'changed behind the back'");
  expect(store.accounts.find(appA, [alice]).get(alice)?.nick).toBe('');
  store = await file.reopen(store);
  expect(store.accounts.find(appA, [alice]).get(alice)?.nick).toBe('changed behind the back');
  await file.dispose();
});
