import { readFileSync } from 'node:fs';
import { settingsOpenApi } from '../admin/http/openapi.ts';
import { exampleConfiguration } from '../config/example.ts';
import { asyncApi, signallingReference } from './asyncapi.ts';
import { commandExamples } from './command-examples.ts';
import { commandsReference } from './commands-reference.ts';
import { emulatorReference } from './emulator-reference.ts';
import { errorsReference } from './errors-reference.ts';
import { mediaReference } from './media-reference.ts';
import { openApi } from './openapi.ts';
import { webhooksReference } from './webhooks-reference.ts';

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

/** The version of the program. */
function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** All generated documents: their text by their path from the root of the checkout. */
export async function generate(): Promise<Record<string, string>> {
  return {
    'docs/reference/openapi.json': json(openApi(version())),
    'docs/reference/admin-openapi.json': json(settingsOpenApi()),
    'docs/reference/asyncapi.json': json(asyncApi()),
    'packages/console/src/texts/command-examples.ts': commandExamples(),
    'docs/reference/commands.md': commandsReference(),
    'docs/reference/errors.md': errorsReference(),
    'docs/reference/webhooks.md': webhooksReference(),
    'docs/reference/signalling.md': signallingReference(),
    'docs/reference/media.md': mediaReference(),
    'docs/reference/emulator.md': emulatorReference(),
    'docs/reference/ringback.example.yaml': exampleConfiguration(),
  };
}
