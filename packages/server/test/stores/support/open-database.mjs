/** Opens a database with the built store, says so, closes it. `--uid=N` becomes somebody else first. */
const [path = '', option = ''] = process.argv.slice(2);
const { openSqlite } = await import('../../../dist/stores/sqlite.js');
if (option.startsWith('--uid=')) {
  try {
    process.setuid?.(Number(option.slice(6)));
  } catch {
    console.log('cannot change the user');
    process.exit(1);
  }
}
try {
  const store = await openSqlite({
    path,
    node: 'n1',
    clock: { now: () => Date.now(), timer: () => () => {} },
    onFatal: (error) => console.log(`fatal: ${error.message}`),
  });
  console.log(`opened ${store.migrated.length}`);
  await store.close();
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
