import type { Endpoint } from '../ports/endpoints.ts';
import { standardFormat } from './events/format.ts';
import type { Format } from './format.ts';
import { legacyFormat } from './legacy/format.ts';

/** What deliveries look like, by the format of their endpoint. */
export const formats: Readonly<Record<Endpoint['format'], Format>> = { v4: standardFormat, v1: legacyFormat };
