import { type NodeId, nodeId } from 'ringback-protocol';
import { describe, expect, test } from 'vitest';
import { Isolation } from '../../src/observe/isolation.ts';
import type { Nodes } from '../../src/ports/nodes.ts';
import { localNodes } from '../../src/stores/local-nodes.ts';
import { PostOffice } from '../media/post-office.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** Nodes that have the database or have it not, as the test says. */
const open = (count: number) => {
  const clock = new ManualClock();
  const office = new PostOffice();
  const ids = Array.from({ length: count }, (_, n) => nodeId(`node${n}`));
  const nodes = ids.map((self) => {
    const node = { lostAt: undefined as number | undefined, cut: 0 };
    const outFor = () => (node.lostAt === undefined ? 0 : clock.now() - node.lostAt);
    const known: Nodes = {
      ...localNodes(self),
      get isSure() {
        return outFor() < 3000;
      },
      get outFor() {
        return outFor();
      },
      living: (): readonly NodeId[] => ids,
      since: (one) => (ids.includes(one) ? 1 : 0),
    };
    const isolation = new Isolation({
      nodes: known,
      mail: office.of(self),
      clock,
      onCutOff: () => {
        node.cut += 1;
      },
    });
    return Object.assign(node, { id: self, isolation });
  });
  const pass = async (seconds: number): Promise<void> => {
    for (let n = 0; n < seconds; n += 1) {
      clock.advance(1000);
      for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { nodes, office, clock, pass };
};

describe('a node that has lost the database', () => {
  test('sends its devices away once a lease has passed while another has it, and takes them when it is back', async () => {
    const { nodes, clock, pass } = open(2);
    const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
    a.lostAt = clock.now();
    await pass(14);
    expect([a.cut, a.isolation.isCutOff]).toEqual([0, false]);
    await pass(3);
    expect([a.cut, a.isolation.isCutOff]).toEqual([1, true]);
    await pass(20);
    expect([a.cut, b.cut]).toEqual([1, 0]);
    a.lostAt = undefined;
    await pass(1);
    expect(a.isolation.isCutOff).toBe(false);
    a.lostAt = clock.now();
    await pass(20);
    expect(a.cut).toBe(2);
  });

  test('keeps them while nobody else has it either, and where there is nobody else', async () => {
    const several = open(3);
    for (const node of several.nodes) node.lostAt = several.clock.now();
    await several.pass(60);
    expect(several.nodes.map(({ cut }) => cut)).toEqual([0, 0, 0]);
    // It comes back for one of them: now the others are cut off.
    (several.nodes[0] as { lostAt: number | undefined }).lostAt = undefined;
    await several.pass(3);
    expect(several.nodes.map(({ cut }) => cut)).toEqual([0, 1, 1]);
    const alone = open(1);
    (alone.nodes[0] as { lostAt: number | undefined }).lostAt = alone.clock.now();
    await alone.pass(60);
    expect(alone.nodes[0]?.cut).toBe(0);
  });

  test('and the way to the others as well sends them away, since it can ask nobody', async () => {
    const { nodes, office, clock, pass } = open(2);
    const [a] = nodes as [(typeof nodes)[0]];
    a.lostAt = clock.now();
    office.cutOff.add(a.id);
    await pass(17);
    expect(a.cut).toBe(1);
  });

  test('believes and answers no stranger', async () => {
    const { nodes, office, pass, clock } = open(2);
    const [a, b] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
    const heard: string[] = [];
    office.of(nodeId('mallory')).onLetter('sure', (text) => heard.push(text));
    for (const text of ['', 'null', '1', '{}', '{"from":1}', '{"from":"mallory"}']) {
      office.of(nodeId('mallory')).send(b.id, 'sure', text);
    }
    await pass(1);
    expect(heard).toEqual([]);
    b.lostAt = clock.now();
    a.lostAt = clock.now();
    await pass(30);
    expect([a.cut, b.cut]).toEqual([0, 0]);
  });
});
