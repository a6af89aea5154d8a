import { randomBytes } from 'node:crypto';
import { deviceId, userId } from 'ringback-protocol';
import type { PushSetup } from '../../src/ports/push.ts';
import { Scene } from '../signalling/support.ts';
import { saveProvider } from '../support/save-provider.ts';
import { Receiver } from '../webhooks/receiver.ts';

/** The signalling socket over the real store, with a push service of the operator's own on loopback. */
export class PushScene {
  readonly scene: Scene;
  readonly service: Receiver;
  readonly secret = `whsec_${randomBytes(32).toString('base64')}`;

  private constructor(scene: Scene, service: Receiver) {
    this.scene = scene;
    this.service = service;
  }

  static async open(): Promise<PushScene> {
    const scene = await Scene.open();
    const made = new PushScene(scene, await Receiver.open());
    await made.provider('own', { kind: 'webhook', url: made.service.url, secrets: [made.secret] });
    return made;
  }

  async provider(name: string, setup: PushSetup): Promise<void> {
    await saveProvider(this.scene.store.pushProviders, { app: this.scene.app.sdkAppId, name, setup });
  }

  /** A device of a user that pushes can ring; nobody is connected. */
  async phone(name: string, device = `${name}-phone`, token = `token-of-${device}`): Promise<void> {
    await this.scene.accounts(name);
    await this.scene.push.register({
      app: this.scene.app.sdkAppId,
      userId: userId(name),
      device: deviceId(device),
      provider: 'own',
      channel: 'alert',
      token,
      platform: 'Android',
    });
  }

  /** What the push service was told of this application, in words. */
  get told(): readonly string[] {
    const mine = this.service.got.filter(({ body }) => body.push.app === String(this.scene.app.sdkAppId));
    return mine.map(({ body }) => `${body.type} ${body.device.deviceId} ${body.push.reason ?? ''}`.trim());
  }

  /** What happened to the pushes of a call, in words. */
  async notes(call: { readonly callId: string }): Promise<readonly string[]> {
    const all = await this.scene.store.pushLog.recent(this.scene.app.sdkAppId, Number.MAX_SAFE_INTEGER, 1000);
    return all
      .filter(({ callId }) => callId === call.callId)
      .map(({ event }) =>
        [event.what, 'why' in event && event.why, 'outcome' in event && event.outcome].filter(Boolean).join(' '),
      );
  }

  async close(): Promise<void> {
    await this.scene.close();
    await this.service.stop();
  }
}
