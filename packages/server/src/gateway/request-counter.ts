import type { Cell, Metrics } from '../observe/metrics.ts';
import type { GatewayMetrics } from './options.ts';

/** Counts requests in the metrics of the process. The cells are looked up once; then counting is an addition. */
export function requestCounter(metrics: Metrics): GatewayMetrics {
  const cells = new Map<string, Map<number, Cell>>();
  return {
    answered(command, code, ms) {
      let codes = cells.get(command);
      if (codes === undefined) {
        codes = new Map();
        cells.set(command, codes);
      }
      let cell = codes.get(code);
      if (cell === undefined) {
        cell = metrics.requests.cell(command, String(code));
        codes.set(code, cell);
      }
      cell.n += 1;
      metrics.requestSeconds.observe(ms / 1000);
    },
  };
}
