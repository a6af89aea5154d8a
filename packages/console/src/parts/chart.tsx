import { useEffect, useRef, useState } from 'preact/hooks';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { count, moment } from '../lib/format.ts';
import { axisTimes } from '../lib/format-axis.ts';
import { look } from '../lib/look.ts';
import { language, say } from '../lib/say.ts';

interface ChartProps {
  readonly label: string;
  /** s. */
  readonly times: readonly number[];
  readonly series: readonly { readonly name: string; readonly color: string; readonly values: readonly number[] }[];
  readonly height?: number;
}

/** Bars over time. The same numbers are in a table for who does not see them. */
export function Chart({ label, times, series, height = 220 }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  const chosen = look.value;
  const spoken = language.value;
  /** How often the system has turned dark or light: a canvas keeps the colours that it was drawn with. */
  const [turns, setTurns] = useState(0);
  useEffect(() => {
    const parent = box.current;
    if (parent === null) return;
    const style = getComputedStyle(parent);
    // Colours of the page as the canvas takes them; `light-dark()` is resolved by an element that wears it.
    const probe = document.createElement('i');
    parent.append(probe);
    const color = (name: string): string => {
      probe.style.color = `var(--${name})`;
      return getComputedStyle(probe).color;
    };
    const axis = { stroke: color('muted'), font: `12px ${style.fontFamily}`, ticks: { show: false } };
    const bars = UPlot.paths.bars?.({ size: [0.78, 40], radius: 0.12 });
    const half = times.length > 1 ? ((times[1] ?? 0) - (times[0] ?? 0)) / 2 : 30;
    const chart = new UPlot(
      {
        width: parent.clientWidth || 600,
        height,
        cursor: { y: false, points: { show: false }, drag: { x: false } },
        legend: { show: false },
        hooks: { setCursor: [({ cursor }) => setAt(cursor.idx ?? null)] },
        scales: {
          x: { range: (_, least, most) => [least - half, most + half] },
          y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 28,
            space: 64,
            values: (_, ticks, __, ___, step) => axisTimes(ticks, step) as string[],
          },
          {
            ...axis,
            grid: { stroke: color('line'), width: 1 },
            size: 46,
            incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000, 1_000_000],
            values: (_, ticks) => ticks.map((tick) => count(tick)),
          },
        ],
        series: [
          {},
          ...series.map((one) => ({
            label: one.name,
            stroke: color(one.color),
            fill: color(one.color),
            width: 0,
            points: { show: false },
            ...(bars && { paths: bars }),
          })),
        ],
      },
      [times as number[], ...series.map(({ values }) => values as number[])],
      parent,
    );
    probe.remove();
    const resize = new ResizeObserver(() => chart.setSize({ width: parent.clientWidth, height }));
    resize.observe(parent);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const turned = () => setTurns((before) => before + 1);
    scheme.addEventListener('change', turned);
    return () => {
      scheme.removeEventListener('change', turned);
      resize.disconnect();
      chart.destroy();
    };
  }, [times, series, chosen, spoken, turns, height]);
  return (
    <>
      <div class="legend" aria-hidden="true">
        {series.map(({ name, color, values }) => (
          <span key={name}>
            <i style={{ background: `var(--${color})` }} />
            {name} {at !== null && <b>{count(values[at] ?? 0)}</b>}
          </span>
        ))}
        <span class="number">{at === null ? '' : moment((times[at] ?? 0) * 1000)}</span>
      </div>
      <div class="chart" ref={box} aria-hidden="true" style={{ minHeight: `${height}px` }} />
      <div class="hidden">
        <table>
          <caption>{label}</caption>
          <thead>
            <tr>
              <th scope="col">{say('time')}</th>
              {series.map(({ name }) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {times.map((time, place) => (
              <tr key={time}>
                <th scope="row">{moment(time * 1000)}</th>
                {series.map(({ name, values }) => (
                  <td key={name}>{count(values[place] ?? 0)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
