import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/commands/index.ts';
import { RawClient, Scene } from './support.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open({ settings: { commandRate: 1e6, appRate: 1e6 } });
  await scene.accounts('alice', 'bob');
});
afterAll(async () => {
  await scene.close();
});

/** Members that would reach the prototype of all objects where somebody merges without care, as text: in a value they would be lost. */
const bait = '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}';

/** Puts the bait into an object and all objects inside it. */
const baited = (json: string): string => json.replaceAll('{', `{${bait},`).replaceAll(',}', '}');

describe('members named as prototypes are', () => {
  it.each(commands.map(({ path, examples }) => [path, examples] as const))(
    'members like any other in the body of %s: no object of the server gets them',
    async (path, examples) => {
      const client = await RawClient.open(scene.port);
      for (const { request } of examples) {
        client.post(scene.target(path), baited(JSON.stringify(request)));
        const answer = await client.answer();
        expect(answer.status).toBe(200);
        expect(answer.body).not.toContain('polluted');
      }
      client.close();
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(scene.errors).toEqual([]);
    },
  );

  it('parameters like any other in the query', async () => {
    const client = await RawClient.open(scene.port);
    const target = scene.target('call_engine_http_srv/get_call_info');
    client.post(`${target}&__proto__=polluted&constructor=polluted&__proto__[polluted]=1`, '{"CallId":"x"}');
    expect((await client.answer()).json().ErrorCode).toBe(101004);
    client.close();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('no names of commands, applications or users', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const client = await RawClient.open(scene.port);
      client.post(scene.target(`call_engine_http_srv/${name}`), '{}');
      expect((await client.answer()).json().ErrorCode).toBe(60009);
      client.post(scene.target(`${name}/get_call_info`), '{}');
      expect((await client.answer()).json().ErrorCode).toBe(60009);
      client.post(scene.target('call_engine_http_srv/get_call_info', { identifier: name }), '{"CallId":"x"}');
      expect((await client.answer()).json().ErrorCode).toBe(60010);
      client.close();
    }
  });
});
