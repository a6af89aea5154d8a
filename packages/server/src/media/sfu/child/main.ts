/**
 * The process that forwards media. A defect of the native module ends this process, not the server; the server starts
 * another one. It takes orders over the channel of its parent and ends when that is closed.
 */
import type { Order, Report } from '../messages.ts';
import { Forwarder } from './forwarder.ts';
import { loadNative, type Native } from './native.ts';
import { freePort } from './port.ts';

/** Reports that the server has not taken yet; when it has not taken so many, it is stuck, and figures are left out. */
const mostUnsent = 1000;

let unsent = 0;
let forwarder: Forwarder | undefined;

function report(message: Report): void {
  if (message.type === 'figures' && unsent > mostUnsent) return;
  unsent += 1;
  process.send?.(message, () => {
    unsent -= 1;
  });
}

async function start(order: Order & { type: 'start' }): Promise<void> {
  let native: Native;
  try {
    native = await loadNative();
  } catch (error) {
    report({ type: 'unable', reason: sentence(error), forGood: true });
    return;
  }
  try {
    const port = await freePort(order.config.address, order.config.port);
    forwarder = new Forwarder({ native, config: { ...order.config, port } }, report);
    report({ type: 'ready', port });
  } catch (error) {
    report({ type: 'unable', reason: sentence(error), forGood: false });
  }
}

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Threads of the native module may be at work: nothing but this ends all of them at once. */
const end = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

process.on('message', (order: Order) => {
  if (order.type === 'start') void start(order);
  else if (order.type === 'stop') stop();
  else {
    try {
      forwarder?.take(order);
    } catch (error) {
      if ('userId' in order) {
        report({ type: 'trouble', room: order.room, userId: order.userId, text: sentence(error) });
      }
    }
  }
});

function stop(): void {
  forwarder?.close();
  // What was said at the end (that the connections are closed) shall leave first.
  setTimeout(end, 50);
}

// A terminal or a supervisor signals all processes of a group; the server decides when this one ends.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
process.once('disconnect', end);
