import type { EmulatorState } from '../emulator/state.ts';

/** What an emulator tells who has started it: where everything is, and lines that can be pasted. */
export function emulatorBanner(options: {
  readonly state: EmulatorState;
  readonly control: string;
  readonly about: string;
  /** The secret of a link into the console, good once; undefined where the console was not built. */
  readonly link: string | undefined;
}): string {
  const { state, control, link, about } = options;
  const { url, signalling, sdkAppId, key, now, clock, users, curl, webhookSecret } = state;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['REST API', url],
    ['Signalling', signalling],
    ['Console', link === undefined ? undefined : `${url}/console/#link=${link}`],
    ['Control', `${control}/emulator`],
    ['Application', String(sdkAppId)],
    ['Key', key],
    ['Webhook secret', webhookSecret === '' ? undefined : webhookSecret],
    ['Time', `${now}, ${clock}`],
    ['Users', users.length === 0 ? 'none yet' : users.map((user) => (user as { id: string }).id).join(', ')],
  ];
  const flag = control === 'http://127.0.0.1:8090' ? '' : ` --control ${control}`;
  return [
    '',
    'Ringback is emulated: the real server on a test clock. It is on loopback, its key is on your screen, its data go when it ends.',
    ...(about === '' ? [] : ['', about]),
    '',
    ...rows.filter(([, value]) => value !== undefined).map(([name, value]) => `  ${name.padEnd(15)} ${value}`),
    '',
    'Ask something, as the server of your application does:',
    '',
    `  ${curl}`,
    '',
    'Move the clock, or let a user do something:',
    '',
    `  npx ringback emulate advance 60s${flag}`,
    `  curl -s ${control}/emulator/users/alice -d '{"call": ["bob"]}'`,
    '',
  ].join('\n');
}
