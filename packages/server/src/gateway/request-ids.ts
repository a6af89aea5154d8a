import { randomFillSync } from 'node:crypto';
import { type RequestId, requestId } from 'ringback-protocol';

/** Digits of the time, ms, and bytes of randomness behind them. */
const timeDigits = 12;
const idBytes = 10;
const digits = timeDigits + idBytes * 2;
const pooled = 256;

/**
 * Makes request ids, `Id-<32 hex>-O-Seq-<counter>`. They begin with the time, ms, so that what a database keeps by them comes
 * at the end of its index. Randomness is drawn in pools: one draw costs as much as 256.
 */
export function requestIdMaker(): (now: number) => RequestId {
  const pool = Buffer.alloc(idBytes * pooled);
  let hex = '';
  let next = pooled;
  // Samples of the documentation have counters of five digits and more.
  let counter = 10_000;
  let [at, time] = [-1, ''];
  return (now) => {
    if (next === pooled) {
      hex = randomFillSync(pool).toString('hex');
      next = 0;
    }
    const from = next * idBytes * 2;
    next += 1;
    counter += 1;
    if (now !== at) {
      at = now;
      time = Math.floor(now).toString(16).padStart(timeDigits, '0');
    }
    return requestId(`Id-${time}${hex.slice(from, from + idBytes * 2)}-O-Seq-${counter}`);
  };
}

/** As the legacy API writes it: the 32 hex digits alone. */
export const legacyRequestId = (id: RequestId): RequestId => requestId(id.slice(3, 3 + digits));
