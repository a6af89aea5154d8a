import { expect, it } from 'vitest';
import { Emulator } from '../../server/src/emulator/emulator.ts';
import { type LogStream, openLog } from '../../server/src/observe/log.ts';
import { readScript } from '../../server/src/script/read-script.ts';

/** A log that says how many listen for lines that it gives up. */
function countedLog(): { readonly log: LogStream; listening(): number } {
  const log = openLog({ level: 'silent', fd: 2 });
  let listening = 0;
  const onDrop = (lost: () => void): (() => void) => {
    const stop = log.onDrop(lost);
    listening += 1;
    return () => {
      listening -= 1;
      stop();
    };
  };
  return { log: { ...log, onDrop }, listening: () => listening };
}

it('a server leaves the log alone when it has stopped, and one that restarts listens once', async () => {
  const { log, listening } = countedLog();
  const script = { ...readScript('users: { alice: }', 'test.yaml'), clock: 'paused' as const };
  const onFatal = (error: Error): never => {
    throw error;
  };
  const emulator = await Emulator.open({ script, port: 0, log, onFatal });
  try {
    await emulator.begin();
    expect(listening()).toBe(1);
    await emulator.actAsServer({ name: 'restart', options: {} });
    expect(listening()).toBe(1);
  } finally {
    await emulator.close();
  }
  expect(listening()).toBe(0);
}, 60_000);
