import { randomFillSync } from 'node:crypto';
import { type RequestId, requestId } from 'ringback-protocol';

const idBytes = 16;
const pooled = 256;

/** Makes request ids, `Id-<32 hex>-O-Seq-<counter>`. Randomness is drawn in pools: one draw costs as much as 256. */
export function requestIdMaker(): () => RequestId {
  const pool = Buffer.alloc(idBytes * pooled);
  let hex = '';
  let next = pooled;
  // Samples of the documentation have counters of five digits and more.
  let counter = 10_000;
  return () => {
    if (next === pooled) {
      hex = randomFillSync(pool).toString('hex');
      next = 0;
    }
    const from = next * idBytes * 2;
    next += 1;
    counter += 1;
    return requestId(`Id-${hex.slice(from, from + idBytes * 2)}-O-Seq-${counter}`);
  };
}

/** As the legacy API writes it: the 32 hex digits alone. */
export const legacyRequestId = (id: RequestId): RequestId => requestId(id.slice(3, 3 + idBytes * 2));
