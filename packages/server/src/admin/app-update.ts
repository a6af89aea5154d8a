import { Type } from 'typebox';
import { commands } from '../commands/index.ts';
import { isIpRule } from '../config/ip-rules.ts';
import type { AppSettings } from '../ports/apps.ts';
import { appAnswer } from './answers/app.ts';
import { type AppView, appView, changeApp } from './app-view.ts';
import { nameField, sdkAppIdField, timeField } from './fields.ts';
import { operation } from './operation.ts';
import { refuse } from './refusals.ts';

/** Of this application alone; null gives it back to the settings of the server. */
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(field: T, description: string) =>
  Type.Optional(Type.Union([field, Type.Null()], { description }));

const number = (minimum: number, maximum: number) => Type.Integer({ minimum, maximum });

const settingsField = Type.Object(
  {
    maxMembers: orNull(number(2, 100), '2 to 100, or null'),
    multiDevice: orNull(Type.Enum(['ring-all', 'single'] as const), 'ring-all, single, or null'),
    glare: orNull(Type.Enum(['merge', 'busy'] as const), 'merge, busy, or null'),
    unknownCallee: orNull(Type.Enum(['refuse', 'ring'] as const), 'refuse, ring, or null'),
    groupsRequired: orNull(Type.Boolean(), 'true, false, or null'),
    groupMembers: orNull(number(1, 1_000_000), '1 to 1000000, or null'),
    groupsJoined: orNull(number(1, 1_000_000), '1 to 1000000, or null'),
    maxInFlight: orNull(number(1, 100_000), '1 to 100000, or null'),
    rates: orNull(
      Type.Record(Type.String({ maxLength: 128 }), number(1, 1_000_000)),
      'requests a second by command (`service/command`), `*` for all of them, or null',
    ),
  },
  { additionalProperties: false, description: 'an object of settings; null gives one back to the server' },
);

const listOf = (items: number, description: string) =>
  Type.Array(Type.String({ minLength: 1, maxLength: 128 }), { maxItems: items, description });

/** `service/command` of each command of the API. */
const commandNames: ReadonlySet<string> = new Set(commands.map(({ path }) => path));

export const updateApp = operation({
  name: 'app.update',
  doc: 'Changes the name, the allow-list, commands that are switched off, the expiry or the settings of an application.',
  role: 'owner',
  http: ['PATCH', '/apps/:id'],
  input: Type.Object(
    {
      id: sdkAppIdField,
      name: Type.Optional(nameField),
      allowIps: Type.Optional(listOf(1000, 'a list of addresses and ranges, such as 203.0.113.0/24')),
      disabledCommands: Type.Optional(listOf(200, 'a list of commands, service/command')),
      packageExpiresAt: Type.Optional(timeField),
      settings: Type.Optional(settingsField),
    },
    { additionalProperties: false },
  ),
  answer: appAnswer,
  async handle({ apps }, { id, settings = {}, ...plain }): Promise<AppView> {
    const wrong = plain.allowIps?.find((rule) => !isIpRule(rule));
    if (wrong !== undefined) throw refuse('ip_rule_form', { rule: wrong }, 'allowIps');
    const known = (name: string): boolean => commandNames.has(name);
    const strange = plain.disabledCommands?.find((name) => !known(name));
    if (strange !== undefined) throw refuse('command_unknown', { command: strange }, 'disabledCommands');
    const limited = Object.keys(settings.rates ?? {}).find((name) => name !== '*' && !known(name));
    if (limited !== undefined) throw refuse('command_unknown', { command: limited }, 'settings');
    const changed = await changeApp(apps, id, (app) => {
      const overrides: Record<string, unknown> = { ...app.overrides };
      for (const [name, value] of Object.entries(settings)) {
        if (value === null) delete overrides[name];
        else if (value !== undefined) overrides[name] = value;
      }
      return {
        ...app,
        ...(plain.name !== undefined && { name: plain.name }),
        ...(plain.allowIps !== undefined && { allowIps: [...new Set(plain.allowIps)] }),
        ...(plain.disabledCommands !== undefined && { disabledCommands: [...new Set(plain.disabledCommands)] }),
        ...(plain.packageExpiresAt !== undefined && { packageExpiresAt: plain.packageExpiresAt }),
        overrides: overrides as Partial<AppSettings>,
      };
    });
    return appView(changed, false);
  },
});
