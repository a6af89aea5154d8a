import { stringify } from 'yaml';
import { declarationOf, environmentName, flagName, settingKeys } from './settings.ts';

/** The example configuration: every setting with its sentence, its default, and its other names. */
export function exampleConfiguration(): string {
  const lines = [
    '# Ringback: every setting with its default. Put what you change into ringback.yaml in the data directory.',
    '# A flag wins over the environment, the environment over this file. Switches take true, yes, on, 1 and false, no, off, 0.',
  ];
  for (const key of settingKeys) {
    const { doc, default: standard, devDefault, secret } = declarationOf(key);
    lines.push('', `# ${doc}`);
    if (devDefault !== undefined) lines.push(`# In development mode: ${devDefault}`);
    if (secret === true) lines.push(`# Or ${key}File: a file with it, readable by its owner only.`);
    lines.push(`# ${environmentName(key)}, --${flagName(key)}`, `# ${stringify({ [key]: standard }).trim()}`);
  }
  return `${lines.join('\n')}\n`;
}
