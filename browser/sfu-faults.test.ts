import { createSocket } from 'node:dgram';
import type { Page } from 'playwright-core';
import { userId } from 'ringback-protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DeviceMessage } from '../packages/server/src/ports/media.ts';
import { notAlone } from './support/loopback.ts';
import { look, Stage, until } from './support/stage.ts';

describe.skipIf(notAlone())(
  'a room of the built-in SFU that meets with trouble, in a browser',
  { timeout: 120_000 },
  () => {
    let stage: Stage;

    beforeAll(async () => {
      stage = await Stage.open();
    });
    afterEach(() => stage.clear());
    afterAll(() => stage.close());

    /** Two members who see and hear each other. */
    async function talk(): Promise<readonly [Page, Page]> {
      await stage.openRoom();
      const pages = [await stage.member('alice'), await stage.member('bob')] as const;
      for (const page of pages) await moves(page);
      return pages;
    }

    /** Waits until the only other member is heard, and seen to move on from here. */
    async function moves(page: Page): Promise<void> {
      const frames = async () => {
        const [other] = Object.values((await look(page)).seen);
        return (other?.energy ?? 0) > 0 ? (other?.frames ?? 0) : 0;
      };
      const before = await frames();
      await until(frames, (now) => now > before + 5);
    }

    it('says at once that it is lost when its process is killed, and a new room works', async () => {
      const pages = await talk();
      const pid = stage.provider.pid ?? 0;
      process.kill(pid, 'SIGKILL');
      await until(
        () => stage.events,
        (events) => events.some((event) => event.startsWith('lost: ')),
        5000,
      );
      for (const page of pages) await page.close();
      await stage.clear();
      await talk();
      expect(stage.provider.pid).not.toBe(pid);
    });

    it('goes on for all others while one sends bad data of every kind', async () => {
      const [alice, bob] = await talk();
      const pid = stage.provider.pid;
      const offer = stage.said.find(({ data }) => data.type === 'offer')?.data as DeviceMessage & { type: 'offer' };
      const answer = stage.said.find(({ data }) => data.type === 'answer')?.data as DeviceMessage & { type: 'answer' };
      const mallory = userId('mallory');
      stage.room?.enter(mallory);
      const lines = offer.sdp.split('\r\n');
      const broken = [
        // Each line of a real offer left out, doubled and cut in half.
        ...lines.map((_, i) => lines.filter((_, j) => j !== i).join('\r\n')),
        ...lines.map((line, i) => lines.toSpliced(i, 0, line).join('\r\n')),
        ...lines.map((line, i) => lines.toSpliced(i, 1, line.slice(0, line.length >> 1)).join('\r\n')),
        offer.sdp.slice(0, offer.sdp.length >> 1),
        '',
        'v=0',
        'x'.repeat(100_000),
      ];
      const data: unknown[] = [
        ...broken.map((sdp) => ({ type: 'answer', n: 1, sdp })),
        ...broken.map((sdp) => ({ type: 'offer', sdp })),
        { type: 'answer', n: 1, sdp: answer.sdp },
        { type: 'answer', n: 7, sdp: answer.sdp },
        { type: 'offer', sdp: 5 },
        { type: 'candidate', pc: 'up', candidate: 'candidate:1 1 udp 1 metadata.internal 80 typ host', mid: '0' },
        { type: 'want', userId: 'alice', layer: 'highest' },
        { type: 'nothing' },
      ];
      let refused = 0;
      for (const [i, one] of data.entries()) {
        // So that not only the limit on offers is tried, the bad one comes again as somebody new.
        if (i % 4 === 0) {
          stage.room?.leave(mallory);
          stage.room?.enter(mallory);
        }
        try {
          stage.room?.receive(mallory, one as DeviceMessage);
        } catch {
          refused += 1;
        }
      }
      expect(refused).toBeGreaterThan(data.length / 4);
      const outside = createSocket('udp4');
      for (let i = 0; i < 500; i += 1) {
        const packet = Buffer.alloc(1 + ((i * 37) % 1400), i);
        if (i % 2 === 0) packet[0] = [0, 1, 20, 22, 64, 128, 144, 191][(i >> 1) % 8] ?? 0;
        outside.send(packet, stage.provider.port ?? 0, '127.0.0.1');
      }
      stage.room?.leave(mallory);
      await moves(alice);
      await moves(bob);
      outside.close();
      expect(stage.provider.pid).toBe(pid);
    });

    it('shows to the others that one is gone whose tab is closed', async () => {
      const [alice, bob] = await talk();
      await bob.close();
      const { errors } = await until(
        () => look(alice),
        ({ seen }) => Object.keys(seen).length === 0,
      );
      expect(errors).toEqual([]);
      await stage.member('carol');
      await moves(alice);
    });
  },
);
