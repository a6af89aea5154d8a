import { useEffect, useRef } from 'preact/hooks';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { count } from '../lib/format.ts';
import { look } from '../lib/look.ts';

interface ChartProps {
  readonly label: string;
  /** s. */
  readonly times: readonly number[];
  readonly series: readonly { readonly name: string; readonly color: string; readonly values: readonly number[] }[];
}

/** Bars over time. The same numbers are in a table for who does not see them. */
export function Chart({ label, times, series }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const chosen = look.value;
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
    const bars = UPlot.paths.bars?.({ size: [0.72, 40], radius: 0.15 });
    const chart = new UPlot(
      {
        width: parent.clientWidth || 600,
        height: 220,
        cursor: { y: false },
        legend: { live: true },
        scales: { y: { range: (_, __, most) => [0, Math.max(4, most * 1.15)] } },
        axes: [
          { ...axis, grid: { show: false } },
          {
            ...axis,
            grid: { stroke: color('line'), width: 1 },
            size: 42,
            incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10_000, 50_000, 100_000],
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
    const resize = new ResizeObserver(() => chart.setSize({ width: parent.clientWidth, height: 220 }));
    resize.observe(parent);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const redraw = () => chart.redraw();
    scheme.addEventListener('change', redraw);
    return () => {
      scheme.removeEventListener('change', redraw);
      resize.disconnect();
      chart.destroy();
    };
  }, [times, series, chosen]);
  return (
    <>
      <div class="chart" ref={box} aria-hidden="true" />
      <div class="hidden">
        <table>
          <caption>{label}</caption>
          <tbody>
            {times.map((time, place) => (
              <tr key={time}>
                <th scope="row">{new Date(time * 1000).toLocaleString()}</th>
                {series.map(({ name, values }) => (
                  <td key={name}>
                    {name}: {values[place]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
