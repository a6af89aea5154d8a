import { callId, isCallId, type SdkAppId, type UserId } from 'ringback-protocol';
import { Type } from 'typebox';
import { gradeOf } from '../media/quality.ts';
import type { QualityReport } from '../ports/media.ts';
import { qualityAnswer } from './answers/others.ts';
import { appOf } from './app-view.ts';
import { callIdField, sdkAppIdField } from './fields.ts';
import { type OperationContext, operation } from './operation.ts';
import { type CourseTimes, coursesOf, courseTimes, type LinkCourse } from './quality-course.ts';
import { refuse } from './refusals.ts';

/** What one member received of another, over all reports. Times in ms. */
export interface LinkQuality {
  readonly viewer: UserId;
  /** Whom the viewer received. */
  readonly userId: UserId;
  readonly reports: number;
  /** Means over the reports; loss as a share, 0 to 1. */
  readonly rtt: number;
  readonly loss: number;
  readonly jitter: number;
  readonly fps: number;
  readonly worstLoss: number;
  readonly worstRtt: number;
  /** Of the last report; 0 without a picture. */
  readonly width: number;
  readonly height: number;
  readonly freezes: number;
  /** Of the means: 1 excellent to 5 very bad. */
  readonly grade: number;
}

/** How the media of a call was, as its devices reported it. Times in ms. */
export interface CallQualityView {
  readonly app: number;
  readonly callId: string;
  readonly startedAt: number;
  readonly links: readonly LinkQuality[];
  readonly reports: readonly QualityReport[];
  /** Where `points` asked for it. */
  readonly course?: CourseTimes & { readonly links: readonly LinkCourse[] };
}

export const callQuality = operation({
  name: 'call.quality',
  doc: 'What the devices of a call report of their media, and what it comes to for each link.',
  role: 'viewer',
  http: ['GET', '/calls/:callId/quality'],
  input: Type.Object(
    {
      callId: callIdField,
      app: Type.Optional(sdkAppIdField),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'the newest, from 1 to 10000' })),
      points: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 200,
          description:
            'from 1 to 200: the course of each link over time, in at most so many points, instead of the reports',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  answer: qualityAnswer,
  async handle(context, input): Promise<CallQualityView> {
    const { app, startedAt } = await placeOf(context, input.callId, input.app);
    const reports = await context.quality.of(app, startedAt, callId(input.callId), input.limit ?? 1000);
    const view = { app, callId: input.callId, startedAt, links: linksOf(reports) };
    if (input.points === undefined) return { ...view, reports };
    const times = courseTimes(reports, input.points);
    return { ...view, reports: [], course: { ...times, links: coursesOf(reports, times) } };
  },
});

/** Where a call is kept, live or ended; looked for in all applications when none is named. */
async function placeOf(
  { apps, store }: OperationContext,
  id: string,
  app: number | undefined,
): Promise<{ readonly app: SdkAppId; readonly startedAt: number }> {
  const among = app === undefined ? apps.list() : [appOf(apps, app)];
  for (const { sdkAppId } of isCallId(id) ? among : []) {
    const call = (await store.read(sdkAppId, callId(id))) ?? (await store.record(sdkAppId, callId(id)));
    if (call !== undefined) return { app: sdkAppId, startedAt: call.startedAt };
  }
  throw refuse('call_nowhere', { callId: id }, 'callId');
}

interface Sum {
  reports: number;
  rtt: number;
  loss: number;
  jitter: number;
  fps: number;
  freezes: number;
  worstLoss: number;
  worstRtt: number;
  width: number;
  height: number;
}

/** One line for each pair of viewer and viewed, in their order. */
export function linksOf(reports: readonly QualityReport[]): readonly LinkQuality[] {
  const sums = new Map<string, { readonly viewer: UserId; readonly userId: UserId; readonly sum: Sum }>();
  for (const { viewer, samples } of reports) {
    for (const { userId, rtt, loss, jitter, fps, freezes, width, height } of samples) {
      const key = JSON.stringify([viewer, userId]);
      let link = sums.get(key);
      if (link === undefined) {
        link = { viewer, userId: userId as UserId, sum: { ...nothing } };
        sums.set(key, link);
      }
      const { sum } = link;
      sum.reports += 1;
      sum.rtt += rtt;
      sum.loss += loss;
      sum.jitter += jitter;
      sum.fps += fps;
      sum.freezes += freezes;
      sum.worstLoss = Math.max(sum.worstLoss, loss);
      sum.worstRtt = Math.max(sum.worstRtt, rtt);
      Object.assign(sum, { width, height });
    }
  }
  const links = [...sums.values()].map(({ viewer, userId, sum }): LinkQuality => {
    const { reports: n } = sum;
    const mean = { rtt: sum.rtt / n, loss: sum.loss / n, jitter: sum.jitter / n };
    return { ...sum, ...mean, viewer, userId, fps: sum.fps / n, grade: gradeOf(mean) };
  });
  const order = (one: LinkQuality): string => `${one.viewer}\n${one.userId}`;
  return links.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

const nothing: Sum = {
  reports: 0,
  rtt: 0,
  loss: 0,
  jitter: 0,
  fps: 0,
  freezes: 0,
  worstLoss: 0,
  worstRtt: 0,
  width: 0,
  height: 0,
};
