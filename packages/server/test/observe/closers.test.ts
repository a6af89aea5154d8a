import { expect, test } from 'vitest';
import { Closers } from '../../src/observe/closers.ts';

test('what was opened is closed in reverse, each once the one before is done', async () => {
  const closers = new Closers();
  const log: string[] = [];
  closers.add('first', () => log.push('first'));
  closers.add('second', async () => {
    await new Promise((resolve) => setImmediate(resolve));
    log.push('second');
  });
  expect(await closers.close()).toEqual([]);
  expect(log).toEqual(['second', 'first']);
  expect(await closers.close()).toEqual([]);
});

test('what never closes is left when the time is over, and the rest is closed all the same', async () => {
  const closers = new Closers();
  const log: string[] = [];
  closers.add('lock', () => log.push('lock'));
  closers.add('store', () => new Promise(() => {}));
  closers.add('webhooks', () => new Promise(() => {}));
  closers.add('ports', () => log.push('ports'));
  const begun = performance.now();
  expect(await closers.close(300)).toEqual(['webhooks', 'store']);
  expect(performance.now() - begun).toBeGreaterThan(290);
  expect(log).toEqual(['ports', 'lock']);
});

test('what fails to close says so', async () => {
  const closers = new Closers();
  closers.add('store', () => Promise.reject(new Error('disk full')));
  await expect(closers.close(1000)).rejects.toThrow('disk full');
});
