/** What a benchmark may be told. */
import { basename } from 'node:path';
import { readOptions } from '../../scripts/lib/options.mjs';

/** The options of the benchmark that runs, declared as in `readOptions`. */
export const options = (about, known) => readOptions(`bench:${basename(process.argv[1] ?? '', '.mjs')}`, about, known);
