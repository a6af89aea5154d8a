/** The server of the console's tests, in a process of its own: it runs beside what drives the browser, and is not compiled anew. */
import { commands } from '../../packages/server/dist/commands/index.js';
import { openConsoleServer } from '../../scripts/lib/console-server.mjs';

const { data, app, url, close } = await openConsoleServer({ calls: 400 });
// It goes with the tests, however these end.
process.once('disconnect', () => {
  close().then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.send?.({ data, app, url, commands: commands.map((one) => one.url) });
