import { expect, test } from 'vitest';
import { Channels } from '../../src/cluster/redis/channels.ts';

/** Channels over a connection whose answers the test gives. */
function scene() {
  const asked: string[] = [];
  const answers: ((went: boolean) => void)[] = [];
  const ask = (what: string) => (channels: readonly string[]) => {
    asked.push(`${what} ${channels.join()}`);
    return new Promise<boolean>((resolve) => answers.push(resolve));
  };
  const channels = new Channels({ onUp: () => {}, join: ask('join'), leave: ask('leave') } as never);
  const heard: string[] = [];
  const join = (channel: string): void => void channels.join(channel).then(() => heard.push(channel));
  const turn = async (): Promise<void> => {
    for (let n = 0; n < 3; n += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { channels, asked, answers, heard, join, turn };
}

test('whoever joins a channel learns when it is heard, and does not wait for those who come later', async () => {
  const { asked, answers, heard, join, turn } = scene();
  join('a');
  join('b');
  await turn();
  join('c');
  await turn();
  expect([asked, heard]).toEqual([['join a,b'], []]);
  answers[0]?.(true);
  await turn();
  expect([asked, heard]).toEqual([
    ['join a,b', 'join c'],
    ['a', 'b'],
  ]);
  answers[1]?.(true);
  await turn();
  expect(heard).toEqual(['a', 'b', 'c']);
});

test('nobody waits for a channel that was left again, or that cannot be joined', async () => {
  const { channels, asked, answers, heard, join, turn } = scene();
  join('a');
  join('a');
  channels.leave('a');
  await turn();
  expect(asked).toEqual(['leave a']);
  join('b');
  answers[0]?.(false);
  await turn();
  expect(heard).toEqual(['a', 'a', 'b']);
});
