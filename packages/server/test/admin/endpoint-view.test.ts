import { describe, expect, it } from 'vitest';
import { backlogOf } from '../../src/admin/endpoint-view.ts';
import type { OperationContext } from '../../src/admin/operation.ts';
import { testApp } from '../support/test-app.ts';

const { sdkAppId: app } = testApp();

/** An endpoint with one event that waits, until somebody has asked what is parked or what waits: then it is given up. */
function changing(isAlone: boolean): OperationContext {
  let isParked = false;
  const park = <T>(answer: T): T => {
    isParked = true;
    return answer;
  };
  const count = () => ({ app, endpoint: 'crm', waiting: isParked ? 0 : 1, parked: isParked ? 1 : 0 });
  return {
    endpoints: { of: () => [{ app, id: 'crm' }] },
    pending: {
      parkedCounts: async () => park(new Map(isParked ? [['crm', 1]] : [])),
      counts: async () => park([count()]),
    },
    webhooks: { isAlone, waiting: () => count().waiting, failing: () => false },
  } as unknown as OperationContext;
}

describe('an event that is given up while the backlog is read', () => {
  it.each([
    ['a server that is alone', true],
    ['several nodes', false],
  ])('is counted, as one that waits or as one that is parked: %s', async (_, isAlone) => {
    const context = changing(isAlone);
    const backlog = (await backlogOf(context, app))('crm');
    expect(backlog.waiting + backlog.parked).toBe(1);
    expect((await backlogOf(context, app))('crm')).toEqual({ waiting: 0, parked: 1, failing: false });
    expect((await backlogOf(context, app))('other')).toEqual({ waiting: 0, parked: 0, failing: false });
  });
});
