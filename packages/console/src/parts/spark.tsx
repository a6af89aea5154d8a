import { say } from '../lib/say.ts';

/** CSS pixels of a plot; it is as wide as its column. */
const [width, height] = [160, 30];

const tone = (grade: number): string => (grade <= 2 ? 'good' : grade <= 4 ? 'warn' : 'bad');

interface SparkProps {
  /** What is shown. */
  readonly label: string;
  /** One for each stretch of time, null where nothing is known. */
  readonly values: readonly (number | null)[];
  /** How good all was in each, 1 to 5: the colour. */
  readonly grades: readonly (number | null)[];
  /** What the axis reaches at least, so that little does not look like much. */
  readonly least: number;
  readonly write: (value: number) => string;
}

/** Small bars over time, in a cell of a table; their range stands beside them, and in words for who does not see them. */
export function Spark({ label, values, grades, least, write }: SparkProps) {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return <span class="muted">—</span>;
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const top = Math.max(least, high);
  const step = width / values.length;
  return (
    <span class="spark">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={say('sparkRange', { what: label, low: write(low), high: write(high) })}
      >
        <line x1="0" x2={width} y1={height - 0.5} y2={height - 0.5} />
        {values.map((value, place) => {
          if (value === null) return null;
          const tall = Math.max(1.5, (value / top) * (height - 1));
          return (
            <rect
              key={place}
              class={tone(grades[place] ?? 1)}
              x={place * step}
              width={Math.max(1, step * 0.82)}
              y={height - tall}
              height={tall}
            >
              <title>{write(value)}</title>
            </rect>
          );
        })}
      </svg>
      <span class="number muted" aria-hidden="true">
        {write(high)}
      </span>
    </span>
  );
}
