/**
 * `npm run bench:groups`: what lists of groups and of their members cost, small and large.
 *
 * Fills applications of a server of their own over the API: 1 000, 10 000 and 100 000 groups of ten members, ten accounts
 * for each, and in each application one group with 6 000 members. Then it asks for pages, one request at a time over one
 * connection, and takes the median of the time until an answer is there. Pages lie anywhere: the list is walked from end to
 * end, members are asked for at random offsets. A ratio is the time at the largest size through that at the smallest, for
 * pages with the same number of entries. `--groups=<sizes>` changes the sizes, `--rounds` how often is asked.
 */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tlsSig from 'tls-sig-api-v2';
import { options } from './lib/options.mjs';
import { startNode, stop } from './lib/process.mjs';
import { median, round, table } from './lib/stats.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const ringback = join(here, '../packages/server/bin/ringback.mjs');
const { groups: sizes, rounds } = options('What lists of groups and of their members cost, small and large.', {
  groups: [[1000, 10_000, 100_000], 'groups of the applications that are filled'],
  rounds: [20, 'times that each page is asked for'],
});
const accountsPerGroup = 10;
const crowd = 6000;
const key = randomBytes(32).toString('hex');
const data = mkdtempSync(join(tmpdir(), 'ringback-bench-'));
const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const settings = {
  RINGBACK_LIMITS_APP_RATE: '1000000',
  RINGBACK_LIMITS_COMMAND_RATE: '1000000',
  RINGBACK_GATEWAY_OVERLOAD_DELAY_MS: '60000',
};

let port = 0;

/** Sends a command; resolves with the answer and the ms until it was there. */
function ask(app, command, body) {
  const path = `/v4/${command}?sdkappid=${app.id}&identifier=administrator&usersig=${app.usersig}&random=1&contenttype=json`;
  return new Promise((resolve, reject) => {
    const from = performance.now();
    const request = http.request({ host: '127.0.0.1', port, path, method: 'POST', agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const ms = performance.now() - from;
        const answer = JSON.parse(Buffer.concat(chunks).toString());
        if (answer.ErrorCode === 0) resolve({ answer, ms });
        else reject(new Error(`${command}: ${answer.ErrorCode} ${answer.ErrorInfo}`));
      });
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}

/** Runs `work` for 0 to `count` − 1, so many at once. */
async function many(count, work, atOnce = 64) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

const user = (index) => `user${String(index).padStart(7, '0')}`;

async function fill(app, groups) {
  const accounts = Math.max(groups * accountsPerGroup, crowd);
  await many(Math.ceil(accounts / 100), (batch) =>
    ask(app, 'im_open_login_svc/multiaccount_import', {
      Accounts: Array.from({ length: Math.min(100, accounts - batch * 100) }, (_, i) => user(batch * 100 + i)),
    }),
  );
  await many(groups, (index) =>
    ask(app, 'group_open_http_svc/create_group', {
      Type: index % 2 === 0 ? 'Public' : 'Private',
      Name: `Group ${index}`,
      Owner_Account: user((index * accountsPerGroup) % accounts),
      ...(index === 0 ? { GroupId: 'crowd' } : {}),
      MemberList: Array.from({ length: 9 }, (_, i) => ({
        Member_Account: user((index * accountsPerGroup + i + 1) % accounts),
      })),
    }),
  );
  const rest = crowd - 10;
  for (let from = 0; from < rest; from += 300) {
    await ask(app, 'group_open_http_svc/add_group_member', {
      GroupId: 'crowd',
      MemberList: Array.from({ length: Math.min(300, rest - from) }, (_, i) => ({
        Member_Account: user(10 + from + i),
      })),
    });
  }
}

/** The times of all pages of the list, walked from the first to the last, at least `rounds` pages. */
async function listTimes(app, groups, limit) {
  const times = [];
  while (times.length < rounds) {
    let next = 0;
    let seen = 0;
    do {
      const { answer, ms } = await ask(app, 'group_open_http_svc/get_appid_group_list', { Limit: limit, Next: next });
      times.push(ms);
      seen += answer.GroupIdList.length;
      next = answer.Next;
    } while (next !== 0);
    if (seen !== groups) throw new Error(`The pages hold ${seen} groups of ${groups}.`);
  }
  return median(times);
}

async function memberTimes(app, limit) {
  const times = [];
  for (let i = 0; i < rounds * (limit < crowd ? 10 : 1); i += 1) {
    const offset = Math.floor(Math.random() * (crowd - limit + 1));
    const body = { GroupId: 'crowd', Limit: limit, Offset: offset };
    const { answer, ms } = await ask(app, 'group_open_http_svc/get_group_member_info', body);
    if (answer.MemberNum !== crowd || answer.MemberList.length !== limit) throw new Error('Members are missing.');
    times.push(ms);
  }
  return median(times);
}

let server;
try {
  const doors = ['--http', '127.0.0.1:0', '--https', 'off', '--ops', 'off'];
  server = await startNode([ringback, 'serve', '--dev', '--data', data, ...doors], {
    ready: /http:\/\/127\.0\.0\.1:(\d+)/,
    env: settings,
  });
  port = Number(server.match[1]);
  const rows = [];
  const seen = [];
  const smallest = Math.min(...sizes);
  for (const [index, groups] of sizes.entries()) {
    const id = 1400000100 + index;
    execFileSync(process.execPath, [ringback, 'app', 'create', '--id', String(id), '--key', key, '--data', data], {
      stdio: 'ignore',
      env: { ...process.env, ...settings },
    });
    const app = { id, usersig: new tlsSig.Api(id, key).genUserSig('administrator', 86_400) };
    const from = performance.now();
    await fill(app, groups);
    const filled = (performance.now() - from) / 1000;
    // Warm: a page of each kind.
    await listTimes(app, groups, 10_000);
    await memberTimes(app, crowd);
    const one = {
      groups,
      whole: await listTimes(app, groups, 10_000),
      same: await listTimes(app, groups, smallest),
      short: await listTimes(app, groups, 100),
      members: await memberTimes(app, crowd),
      fewMembers: await memberTimes(app, 100),
    };
    seen.push(one);
    const ms = (value) => value.toFixed(2);
    rows.push([
      String(groups),
      String(Math.max(groups * accountsPerGroup, crowd)),
      filled.toFixed(1),
      ms(one.whole),
      ms(one.same),
      ms(one.short),
      ms(one.members),
      ms(one.fewMembers),
    ]);
  }
  const head = ['groups', 'accounts', 'filled in s', 'list ms', `of ${smallest}`, 'of 100', 'members ms', 'of 100'];
  table(head, rows);
  const [first, last] = [seen[0], seen.at(-1)];
  console.log(
    JSON.stringify({
      groups: last.groups,
      list_ms: round(last.whole),
      list_100_ms: round(last.short),
      list_ms_ratio: round(last.same / first.same),
      list_100_ms_ratio: round(last.short / first.short),
      members_ms: round(last.members),
      members_100_ms: round(last.fewMembers),
      members_ms_ratio: round(last.members / first.members),
      members_100_ms_ratio: round(last.fewMembers / first.fewMembers),
    }),
  );
} finally {
  if (server !== undefined) await stop(server.child);
  agent.destroy();
  rmSync(data, { recursive: true, force: true });
}
