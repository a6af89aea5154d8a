import { commands } from '../commands/index.ts';
import { errorsByCode, gatewayErrors, isSignallingError, type NamedError } from './gateway-errors.ts';

/** Where an error is met: by callers of the REST API, by devices, or by both. */
function placeOf(code: number, rows: readonly NamedError[]): string {
  const names = new Set(rows.map(({ name }) => name));
  const gateway = gatewayErrors.some((name) => names.has(name));
  const own = commands.filter((command) => command.errors.some((name) => names.has(name))).map(({ path }) => path);
  const places = [
    ...(gateway ? ['every REST command'] : own.map((path) => `\`${path}\``)),
    ...(code < 0 || rows.some(({ name }) => isSignallingError(name)) ? ['devices'] : []),
  ];
  return places.length === 0 ? '' : `Met by ${places.join(', ')}.\n\n`;
}

/** The reference page of all errors: every number with its causes and what to do. */
export function errorsReference(): string {
  const byCode = new Map<number, NamedError[]>();
  for (const row of errorsByCode()) byCode.set(row.code, [...(byCode.get(row.code) ?? []), row]);
  const sections = [...byCode].map(([code, rows]) => {
    const reasons = rows.map(
      ({ name, text, cause, fix }) => `**${text}** (\`${name}\`)\n\n* Cause: ${cause}\n* What to do: ${fix}`,
    );
    return `## ${code}\n\n${placeOf(code, rows)}${reasons.join('\n\n')}`;
  });
  const order = gatewayErrors.map((name, index) => {
    const row = errorsByCode().find((one) => one.name === name) as NamedError;
    return `| ${index + 1} | [${row.code}](#${row.code}) | ${row.text} |`;
  });
  return `${[
    '# Errors',
    '<!-- Generated from packages/protocol/src/errors.ts by `npm run docs`. -->',
    'The REST API answers `ErrorCode` with one of these numbers and `ErrorInfo` with a sentence, which is often more exact than the one here. A device gets the number as `error.code` and the name as `error.data.name`. One number may have several causes.',
    '## The gateway',
    'The checks before a command, in the order in which they are made. The first that fails answers; the last three are about the command itself.',
    `| | code | |\n| --- | --- | --- |\n${order.join('\n')}`,
    ...sections,
  ].join('\n\n')}\n`;
}
