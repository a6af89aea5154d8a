/** A reporter for vitest: writes errors that no test caught, which the JSON report leaves out, beside that report. */
import { writeFileSync } from 'node:fs';

/** @typedef {{ file: string, name: string }} Unhandled `file`: absolute, '' where unknown; `name`: what is wrong, in one line */

// biome-ignore lint/style/noDefaultExport: vitest takes reporters in no other way.
export default class UnhandledReporter {
  onTestRunEnd(_modules, errors) {
    const to = process.env.UNHANDLED_REPORT;
    if (to !== undefined) writeFileSync(to, JSON.stringify(errors.map(describeUnhandled)));
  }
}

/** @returns {Unhandled} */
export function describeUnhandled(error) {
  const [message = ''] = String(error.message ?? error).split('\n');
  const where = error.VITEST_TEST_NAME ? ` (during: ${error.VITEST_TEST_NAME})` : '';
  const name = `nobody caught ${error.name ?? 'an error'}: ${message.slice(0, 300)}${where}`;
  return { file: error.VITEST_TEST_PATH ?? '', name };
}
