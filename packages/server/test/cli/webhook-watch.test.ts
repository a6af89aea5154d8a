import { describe, expect, it } from 'vitest';
import type { EndpointView } from '../../src/admin/endpoint-view.ts';
import { judge } from '../../src/cli/webhook-watch.ts';

const endpoint = (id: string, waiting: number, parked = 0, more: Partial<EndpointView> = {}): EndpointView => ({
  app: 1,
  id,
  format: 'v4',
  url: 'https://crm.example.com/calls',
  commands: [],
  state: 'active',
  token: false,
  secrets: [],
  waiting,
  parked,
  failing: false,
  ...more,
});

describe('what a replay still waits for', () => {
  it('is what the endpoints it went to have not got', () => {
    const now = [endpoint('crm', 2), endpoint('other', 3), endpoint('third', 4)];
    expect(judge(['crm', 'third'], now, now)).toEqual({ waiting: 6, stopped: [] });
  });

  it('is not called delivered when it was given up meanwhile', () => {
    const before = [endpoint('crm', 3, 5), endpoint('other', 1, 2)];
    expect(judge(['crm', 'other'], [endpoint('crm', 0, 6), endpoint('other', 0, 2)], before)).toEqual({
      waiting: 0,
      stopped: ['1 event was given up at crm meanwhile. `ringback webhooks parked crm` shows them.'],
    });
    expect(judge(['crm'], [endpoint('crm', 1, 7)], before)).toEqual({
      waiting: 1,
      stopped: ['2 events were given up at crm meanwhile. `ringback webhooks parked crm` shows them.'],
    });
  });

  it('says of an endpoint that was paused meanwhile both that it waits and what was given up', () => {
    const { waiting, stopped } = judge(['crm'], [endpoint('crm', 2, 1, { state: 'paused' })], [endpoint('crm', 3)]);
    expect([waiting, stopped.length]).toEqual([0, 2]);
    expect(stopped[0]).toContain('crm is paused; 2 wait there.');
  });

  it('has no end for an endpoint that was removed', () => {
    expect(judge(['crm'], [], [endpoint('crm', 3, 5)])).toEqual({
      waiting: 0,
      stopped: ['crm has been removed; nothing is sent to it.'],
    });
  });
});
