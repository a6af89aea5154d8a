import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { withoutSecret } from '../stores/without-secret.ts';
import { sentenceOf } from './failure.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** ms that all questions together may take. */
const patience = 5000;

/** Round trips that are timed; the middle one counts. */
const trips = 5;

/** ms of a round trip beyond which devices on other nodes hear noticeably later. */
const slow = 20;

/** The oldest Redis that serves. Every Valkey does; it calls itself 7.2 towards those who ask for a Redis. */
const oldest = [6, 2] as const;

/** A Redis or a Valkey between nodes: whether it can be had, passes messages on, is new and near enough, and forgets nothing. */
export async function checkRedis(url: string): Promise<readonly Finding[]> {
  const where = withoutSecret(url);
  const options = { lazyConnect: true, connectTimeout: patience, retryStrategy: () => null, maxRetriesPerRequest: 0 };
  const [redis, listening] = [new Redis(url, options), new Redis(url, options)];
  let reason = '';
  for (const one of [redis, listening]) {
    one.on('error', (error: Error) => {
      reason ||= sentenceOf(error);
    });
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patience / 1000} s`)), patience);
  });
  try {
    return await Promise.race([look(where, redis, listening), late]);
  } catch (error) {
    const fix = 'Look whether it runs, and whether host, port and password are right. Nodes serve on without it.';
    const why = reason === '' || /no answer/.test(sentenceOf(error)) ? sentenceOf(error) : reason;
    return [fail('redis', `${where} cannot be used: ${why.replace(/\.$/, '')}.`, fix)];
  } finally {
    clearTimeout(timer);
    redis.disconnect();
    listening.disconnect();
  }
}

async function look(where: string, redis: Redis, listening: Redis): Promise<readonly Finding[]> {
  await Promise.all([redis.connect(), listening.connect()]);
  const times: number[] = [];
  for (let n = 0; n < trips; n += 1) {
    const begun = performance.now();
    await redis.ping();
    times.push(performance.now() - begun);
  }
  const ms = times.sort((a, b) => a - b)[Math.floor(trips / 2)] ?? 0;
  await passesOn(redis, listening);
  const info = await redis.info();
  const version = fieldOf(info, 'redis_version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const findings: Finding[] = [];
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    findings.push(
      fail('redis', `${where} is Redis ${version}, which is too old.`, `Use ${oldest.join('.')} or newer, or Valkey.`),
    );
  }
  const policy = fieldOf(info, 'maxmemory_policy');
  if (policy !== '' && policy !== 'noeviction') {
    const text = `${where} throws away what is in use when its memory is full (maxmemory-policy ${policy}).`;
    findings.push(warn('redis', text, 'Set maxmemory-policy noeviction, or devices seem offline that are not.'));
  }
  if (ms > slow) {
    const text = `${where} answers in ${Math.round(ms)} ms; devices on other nodes hear as much later.`;
    findings.push(warn('redis', text, 'Put it near the nodes: within one data centre it answers in less than 2 ms.'));
  }
  if (findings.length > 0) return findings;
  const name =
    fieldOf(info, 'valkey_version') === '' ? `Redis ${version}` : `Valkey ${fieldOf(info, 'valkey_version')}`;
  return [ok('redis', `${where}, ${name}, passes messages on and answers in ${ms.toFixed(1)} ms.`)];
}

/** Rejects unless what is published is heard. */
async function passesOn(redis: Redis, listening: Redis): Promise<void> {
  const channel = `ringback:doctor:${randomBytes(6).toString('hex')}`;
  const heard = new Promise<void>((resolve) => listening.once('message', () => resolve()));
  await listening.subscribe(channel);
  await redis.publish(channel, 'look');
  await heard;
}

const fieldOf = (info: string, name: string): string => new RegExp(`^${name}:([^\r\n]*)`, 'm').exec(info)?.[1] ?? '';
