import { sdkAppId } from 'ringback-protocol';
import { Type } from 'typebox';
import { spreadOf } from '../observe/time-buckets.ts';
import { appOf } from './app-view.ts';
import { backlogOf, oldestOf } from './endpoint-view.ts';
import { sdkAppIdField } from './fields.ts';
import { operation } from './operation.ts';

export const webhookHealth = operation({
  name: 'webhooks.health',
  doc: 'How the endpoints are: what waits since when, which are failing, gone or paused, and how late deliveries are.',
  role: 'viewer',
  http: ['GET', '/webhooks/health'],
  input: Type.Object({ app: Type.Optional(sdkAppIdField) }, { additionalProperties: false }),
  answer: Type.Object({
    endpoints: Type.Array(
      Type.Object({
        app: Type.Integer(),
        id: Type.String(),
        state: Type.String({ description: 'active, paused, or gone: it answered 410' }),
        failing: Type.Boolean({ description: 'It has failed so often that one attempt at a time asks for it.' }),
        waiting: Type.Integer(),
        parked: Type.Integer(),
        oldestAt: Type.Integer({ description: 'ms; of the first event that waits. 0 = nothing waits' }),
      }),
    ),
    lag: Type.Object(
      {
        n: Type.Integer(),
        median: Type.Union([Type.Number(), Type.Null()]),
        p95: Type.Union([Type.Number(), Type.Null()]),
      },
      { description: 'ms from event to delivery, in the last quarter of an hour at this node.' },
    ),
  }),
  async handle(context, { app }) {
    const apps = app === undefined ? context.apps.list() : [appOf(context.apps, app)];
    const endpoints = [];
    for (const { sdkAppId: id } of apps) {
      const own = context.endpoints.of(id).filter(({ url }) => url !== '');
      if (own.length === 0) continue;
      const backlog = await backlogOf(context, id);
      for (const endpoint of own) {
        const { waiting, parked } = backlog(endpoint.id);
        endpoints.push({
          app: id,
          id: endpoint.id,
          state: endpoint.state,
          failing: context.webhooks?.failing(sdkAppId(id), endpoint.id) ?? false,
          waiting,
          parked,
          oldestAt: waiting === 0 ? 0 : await oldestOf(context, endpoint),
        });
      }
    }
    return { endpoints, lag: context.webhookLag?.() ?? spreadOf(new Map()) };
  },
});
