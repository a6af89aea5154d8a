import { api } from '../lib/api.ts';
import { clock, percent } from '../lib/format.ts';
import { say } from '../lib/say.ts';
import type { CallQuality, LinkCourse, LinkQuality } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Empty } from '../parts/empty.tsx';
import { Card } from '../parts/page.tsx';
import { Pill, type Tone } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Spark } from '../parts/spark.tsx';
import { Table } from '../parts/table.tsx';

/** Points of a course: as many as a narrow column shows. */
const points = 60;

/** Reports that a course is made of: those of two for seven hours, of nine for an hour and a half. */
const most = 10_000;

const gradeTone = (grade: number): Tone => (grade <= 2 ? 'good' : grade <= 4 ? 'warn' : 'bad');
const milliseconds = (value: number): string => `${Math.round(value)} ms`;
const pictures = (value: number): string => `${Math.round(value)} fps`;

/** How well each member got each other: in sum, and over time. `every`: ms between two looks. */
export function QualityCards({ id, every }: { readonly id: string; readonly every: number }) {
  const { data, error, reload } = useResource(
    `quality ${id}`,
    () => api.get<CallQuality>(`/calls/${encodeURIComponent(id)}/quality`, { points, limit: most }),
    every,
  );
  const course = data?.course;
  return (
    <>
      {error && <Problem error={error} retry={reload} />}
      <Card title={say('quality')} flush>
        <Links links={data?.links} />
      </Card>
      {course && course.points > 1 && (
        <Card
          title={say('qualityCourse')}
          flush
          actions={
            <span class="number muted">
              {clock(course.from)} – {clock(course.from + course.step * course.points)}
            </span>
          }
        >
          <Courses links={course.links} />
        </Card>
      )}
    </>
  );
}

const Links = ({ links }: { readonly links: readonly LinkQuality[] | undefined }) => (
  <Table
    label={say('quality')}
    rows={links}
    bones={2}
    id={({ viewer, userId }) => `${viewer} ${userId}`}
    empty={<Empty icon="overview" title={say('noQuality')} text={say('noQualityText')} />}
    columns={[
      { name: say('viewer'), show: ({ viewer }: LinkQuality) => viewer },
      { name: say('sender'), show: ({ userId }) => userId },
      { name: say('grade'), show: ({ grade }) => <Pill tone={gradeTone(grade)}>{grade.toFixed(1)}</Pill> },
      { name: say('loss'), kind: 'number', show: ({ loss }) => percent(loss) },
      { name: say('delay'), kind: 'number', show: ({ rtt }) => milliseconds(rtt) },
      { name: say('jitter'), kind: 'number', show: ({ jitter }) => milliseconds(jitter) },
      {
        name: say('resolution'),
        kind: 'number',
        show: ({ width, height }) => (width === 0 ? '—' : `${width} × ${height}`),
      },
      { name: 'fps', kind: 'number', show: ({ fps }) => Math.round(fps) },
      { name: say('freezes'), kind: 'number', show: ({ freezes }) => freezes },
    ]}
  />
);

/** One row a link; all of them over the same time. */
const Courses = ({ links }: { readonly links: readonly LinkCourse[] }) => (
  <Table
    label={say('qualityCourse')}
    rows={links}
    id={({ viewer, userId }) => `${viewer} ${userId}`}
    empty={null}
    columns={[
      { name: say('viewer'), show: ({ viewer }: LinkCourse) => viewer },
      { name: say('sender'), show: ({ userId }) => userId },
      {
        name: say('loss'),
        show: ({ loss, grade }) => (
          <Spark label={say('loss')} values={loss} least={0.05} write={percent} grades={grade} />
        ),
      },
      {
        name: say('delay'),
        show: ({ rtt, grade }) => (
          <Spark label={say('delay')} values={rtt} least={100} write={milliseconds} grades={grade} />
        ),
      },
      {
        name: say('jitter'),
        show: ({ jitter, grade }) => (
          <Spark label={say('jitter')} values={jitter} least={30} write={milliseconds} grades={grade} />
        ),
      },
      {
        name: say('pictures'),
        show: ({ fps, grade }) => (
          <Spark label={say('pictures')} values={fps} least={15} write={pictures} grades={grade} />
        ),
      },
    ]}
  />
);
