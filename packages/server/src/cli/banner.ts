import { join, resolve } from 'node:path';
import { makeUserSig } from '../auth/usersig.ts';
import type { App } from '../ports/apps.ts';

/** s; thirty days. */
const lifetime = 30 * 86_400;

const command = 'call_record_http_srv/get_record_by_filter';

/** What development mode tells its user: where everything is, and lines that can be pasted. `now` in ms. */
export function banner(options: {
  readonly addresses: { readonly http?: string; readonly https?: string; readonly ops?: string };
  readonly app: App;
  readonly data: string;
  /** True when the page of the demo is there. */
  readonly demo: boolean;
  readonly now: number;
  /** The secret of a link into the console, good once; undefined where the console was not built. */
  readonly link?: string | undefined;
}): string {
  const { addresses, app, data, demo, now, link } = options;
  const { http, https, ops } = addresses;
  const key = app.keys[app.keys.length - 1]?.secret ?? '';
  const userSig = makeUserSig({
    sdkAppId: app.sdkAppId,
    userId: 'administrator',
    key,
    expire: lifetime,
    now: Math.floor(now / 1000),
  });
  const path = `/v4/${command}?sdkappid=${app.sdkAppId}&identifier=administrator&usersig=${userSig}&random=1&contenttype=json`;
  const certificate = quote(join(resolve(data), 'dev-cert.pem'));
  const main = http ?? https;
  const where: [string, string | undefined][] = [
    ['HTTP', http],
    ['HTTPS', https],
    ['Signalling', main && `${main.replace(/^http/, 'ws')}/signalling`],
    ['Metrics', ops && `${ops}/metrics`],
    ['Health', ops && `${ops}/healthz`],
    ['Readiness', ops && `${ops}/readyz`],
    ['Data', resolve(data)],
  ];
  const dataFlag = data === '.ringback' ? '' : ` --data ${quote(data)}`;
  const curl = (base: string, trust: string): string => `  curl -s ${trust}${quote(`${base}${path}`)} -d '{}'`;
  const next = [
    [`npx ringback usersig make --app ${app.sdkAppId} --user alice${dataFlag}`, 'a signature for a device'],
    [`npx ringback calls${dataFlag}`, 'who is talking right now'],
    [`npx ringback console link${dataFlag}`, 'another link into the console'],
    [`npx ringback doctor${dataFlag}`, 'is anything wrong here?'],
  ] as const;
  return [
    '',
    'Ringback is running in development mode. It is not for production: the key below is on your screen.',
    '',
    ...(demo && main !== undefined ? ['Call between two tabs of your browser:', '', `  ${main}/demo/`, ''] : []),
    ...where.flatMap(([name, value]) => (value === undefined ? [] : [`  ${name.padEnd(14)}${value}`])),
    '',
    `  ${'Application'.padEnd(14)}${app.sdkAppId}`,
    `  ${'Key'.padEnd(14)}${key}`,
    `  ${'UserSig'.padEnd(14)}${userSig}`,
    `  ${''.padEnd(14)}(of administrator, for 30 days)`,
    ...(link === undefined || main === undefined
      ? []
      : [
          '',
          'Open the console, and choose a password (good once, for 15 minutes):',
          '',
          `  ${main}/console/#link=${link}`,
        ]),
    ...(http === undefined ? [] : ['', 'Paste this; it answers "ErrorCode":0:', '', curl(http, '')]),
    ...(https === undefined
      ? []
      : ['', http === undefined ? 'Paste this; it answers "ErrorCode":0:' : 'The same over HTTPS:', '']),
    ...(https === undefined ? [] : [curl(https, `--cacert ${certificate} `)]),
    '',
    'What next, in another terminal:',
    '',
    ...next.map(([line, why]) => `  ${line.padEnd(Math.max(...next.map(([one]) => one.length)))}  # ${why}`),
    '',
    'Ctrl-C stops the server.',
    '',
    '',
  ].join('\n');
}

/** A word as a shell takes it. */
const quote = (text: string): string => (/^[\w./:=@%-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
