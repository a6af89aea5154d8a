import { asRingbackError, localError } from '../base/ringback-error.ts';
import type { InviteResults } from '../base/wire.ts';
import type { Call } from '../client/call.ts';
import type { Client } from '../client/client.ts';
import { configurePage, type PageConfig } from '../client/page-config.ts';
import { checkSupport } from '../media/support.ts';
import { CallError, TUICallCameraPosition, TUICallEvent } from './constants.ts';
import { deviceInfo, deviceKindOf } from './device-lists.ts';
import { type CreateOptions, EngineBase, entering, type Ok, ok } from './engine-base.ts';
import { TUICallEngineError } from './engine-error.ts';
import type { DeviceInfo } from './event-payloads.ts';
import {
  type CallsParams,
  calleesOf,
  callOptionsOf,
  type InviteParams,
  mediaTypeOf,
  requireText,
  roomOf,
  timeoutOf,
  userDataOf,
} from './parameters.ts';
import { isGroup, mediaNumber } from './payloads.ts';
import { qualityNameOf, qualityOf, type RenderParams, viewOptionsOf } from './render-params.ts';

let instance: TUICallEngine | undefined;

/** The call engine with the interface of the original; a thin layer over `Client`. One instance per page. */
export class TUICallEngine extends EngineBase {
  #quality = '720p';

  private constructor(options: CreateOptions) {
    super(options);
  }

  /** Sets what the original has no place for: where the server is, and where fresh signatures come from. */
  static configure(config: PageConfig): void {
    configurePage(config);
  }

  /** The one instance; options of later calls are not looked at. Throws without an SDKAppID. */
  static createInstance(options: CreateOptions): TUICallEngine {
    instance ??= new TUICallEngine(options ?? {});
    return instance;
  }

  /** `ready` is at once: there is nothing to load. */
  static once(event: string, handler: () => void): void {
    if (event === 'ready') handler();
  }

  static callExperimentalAPI(_json: string): Promise<Ok> {
    return Promise.resolve(ok());
  }

  destroyInstance(): Promise<void> {
    if (instance === this) instance = undefined;
    return this.dispose();
  }

  /** Calls one or more users. Resolves once the server has rung them. */
  calls(params: CallsParams): Promise<Ok> {
    return this.#dial('calls', params);
  }

  /** Calls one user; `calls` does the same. */
  call(params: Omit<CallsParams, 'userIDList'> & { readonly userID: string }): Promise<Ok> {
    return this.#dial('call', { ...params, userIDList: [params?.userID] });
  }

  /** Calls members of a group; `calls` does the same. */
  groupCall(params: CallsParams): Promise<Ok> {
    return this.#dial('groupCall', params);
  }

  #dial(name: string, params: CallsParams): Promise<Ok> {
    return this.run(name, async () => {
      const client = this.signedIn();
      const callees = calleesOf(params?.userIDList, client.me.userId, name);
      const options = callOptionsOf(params, name);
      return this.locks.run(name, async () => {
        await this.earlierLeft();
        const dial = async () => {
          const { call, results } = await client.dial(callees, options);
          this.#tellUnknown(call, unknownOf(results));
          return ok({ callId: call.id, callID: call.id, results });
        };
        return this.#withMicrophone(dial, { mayGoOn: () => client.mayDial(callees) });
      });
    });
  }

  /** Answers the call that rings. There is nothing to do when it has been answered here, or is over. */
  accept(_params?: object): Promise<Ok> {
    return this.run('accept', async () => {
      const { call } = this.signedIn();
      if (call === undefined || call.status !== 'ringing' || call.role === 'caller') return ok();
      return this.locks.run('accept', async () => {
        await this.#withMicrophone(() => call.accept(), { call });
        return ok({ callId: call.id });
      });
    });
  }

  reject(_params?: object): Promise<Ok> {
    return this.run('reject', async () => {
      const call = this.theCall();
      return this.locks.run('reject', async () => {
        await call.reject();
        return ok({ callId: call.id });
      });
    });
  }

  /** Declines as busy. */
  ignore(): Promise<Ok> {
    return this.run('ignore', async () => {
      const call = this.theCall();
      return this.locks.run('ignore', async () => {
        await call.ignore();
        return ok({ callId: call.id });
      });
    });
  }

  /** Cancels, declines or leaves, as the case may be. One that is pressed while the call is being made waits for it. */
  hangup(): Promise<Ok> {
    return this.run('hangup', async () => {
      this.signedIn();
      return this.locks.run('hangup', async () => {
        // Whoever still waits for the user to allow the microphone need not any more.
        const gaveUp = this.givePromptsUp();
        await this.locks.settled(...entering);
        if (gaveUp && this.client.call === undefined) return ok();
        const call = this.theCall();
        await call.hangUp();
        return ok({ callId: call.id });
      });
    });
  }

  inviteUser(params: InviteParams): Promise<Ok> {
    return this.run('inviteUser', async () => {
      const call = this.theCall();
      const present = new Set(call.view.members.map((one) => one.userId));
      const users = calleesOf(params?.userIDList, this.client.me.userId, 'inviteUser').filter((id) => !present.has(id));
      if (users.length === 0) {
        throw new TUICallEngineError(
          CallError.ERROR_PARAM_INVALID,
          'inviteUser: all of them are in the call already.',
          'inviteUser',
        );
      }
      return this.locks.run('inviteUser', async () => {
        const timeoutMs = timeoutOf(params.timeout, 'inviteUser');
        const userData = userDataOf(params.userData, 'inviteUser');
        const push = params.offlinePushInfo ?? undefined;
        const results = await call.invite(users, { timeoutMs, userData, push }).catch((error: unknown) => {
          const { reason, code } = asRingbackError(error);
          if (reason === 'unknown_account' || code === noRoomForAccount) this.#tellUnknown(call, users);
          throw error;
        });
        this.#tellUnknown(call, unknownOf(results));
        return ok({ callId: call.id, results });
      });
    });
  }

  /** Enters a running call. */
  join(params: { readonly callId: string }): Promise<Ok> {
    return this.run('join', async () => {
      const callId = requireText(params?.callId, 'callId', 'join');
      return this.#join('join', () => callId);
    });
  }

  /** Enters the running call of a room, of a group, or, where both are given, of both. */
  joinInGroupCall(params: {
    readonly callId?: string;
    readonly groupID?: string;
    readonly roomID?: number;
    readonly strRoomID?: string;
    readonly type?: number;
  }): Promise<Ok> {
    return this.run('joinInGroupCall', async () => {
      if (params?.callId) {
        const callId = requireText(params.callId, 'callId', 'joinInGroupCall');
        return this.#join('joinInGroupCall', () => callId);
      }
      const place = { ...roomOf(params ?? {}, 'joinInGroupCall'), chatGroupId: params?.groupID || undefined };
      if (place.roomId === undefined && place.chatGroupId === undefined)
        throw localError('bad_params', 'joinInGroupCall: groupID, roomID or strRoomID must be given.');
      return this.#join('joinInGroupCall', (client) => client.findCall(place));
    });
  }

  #join(name: string, find: (client: Client) => string | Promise<string>): Promise<Ok> {
    const client = this.signedIn();
    return this.locks.run(name, async () => {
      await this.earlierLeft();
      const callId = await find(client);
      const join = async () => {
        const call = await client.join(callId);
        return ok({ callId: call.id });
      };
      return this.#withMicrophone(join, { mayGoOn: () => client.call === undefined || client.call.id === callId });
    });
  }

  /** Between audio (1) and video (2), in a call of two. Failures are told by ERROR, too. */
  switchCallMediaType(type: number): Promise<Ok> {
    return this.run('switchCallMediaType', async () => {
      const call = this.theCall();
      const mediaType = mediaTypeOf(type, 'switchCallMediaType');
      if (isGroup(call.view)) {
        throw localError('unsupported', 'switchCallMediaType: not supported in a group call.');
      }
      if (mediaNumber(call.view.mediaType) === type) {
        throw localError('repeated', 'switchCallMediaType: the call is of this type already.');
      }
      try {
        await call.switchMedia(mediaType);
      } catch (error) {
        this.tellError(error, type === 1 ? CallError.FAILURE_SWITCH_TO_AUDIO : CallError.FAILURE_SWITCH_TO_VIDEO);
        throw error;
      }
      return ok();
    });
  }

  /** Turns the camera on and shows it in the element of that id, as soon as it is there. */
  openCamera(domID?: string | HTMLElement, isFrontCamera?: boolean): Promise<void> {
    return this.run('openCamera', async () => {
      const local = this.devices;
      if (local === undefined) return;
      const facing = isFrontCamera === undefined ? undefined : isFrontCamera ? 'user' : 'environment';
      await local.openCamera({ facing });
      if (domID === undefined || domID === null || domID === '') return;
      // Kits draw the element at the same moment.
      for (let tries = 0; tries < 10 && local.isOn('camera') && !local.preview(domID); tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    });
  }

  closeCamera(): Promise<void> {
    return this.run('closeCamera', async () => {
      this.local?.closeCamera();
      this.local?.hidePreview();
    });
  }

  openMicrophone(): Promise<void> {
    return this.run('openMicrophone', async () => this.devices?.openMicrophone());
  }

  closeMicrophone(): Promise<void> {
    return this.run('closeMicrophone', async () => this.local?.closeMicrophone());
  }

  /** 0 front, 1 back. */
  switchCamera(position: number): Promise<void> {
    return this.run('switchCamera', async () => {
      const facing = position === TUICallCameraPosition.BACK ? 'environment' : 'user';
      const local = this.devices;
      if (local?.isOn('camera') === true) await local.openCamera({ facing });
    });
  }

  /** Shows a member in the element of that id. Rejects when there is no such element. */
  startRemoteView(params: {
    readonly userID: string;
    readonly videoViewDomID: string | HTMLElement;
    readonly options?: RenderParams;
  }): Promise<void> {
    return this.run('startRemoteView', async () => {
      const userID = requireText(params?.userID, 'userID', 'startRemoteView');
      const { media } = this.theCall();
      if (this.devices === undefined || media === undefined) return;
      const { options = {} } = params;
      if (typeof options.muted === 'boolean') media.mute(userID, options.muted);
      if (media.show(userID, params.videoViewDomID, viewOptionsOf(options))) return;
      const text = `startRemoteView: there is no element with the id ${String(params.videoViewDomID)}.`;
      throw localError('bad_params', text);
    });
  }

  stopRemoteView(params: { readonly userID: string }): Promise<void> {
    return this.run('stopRemoteView', async () => {
      this.client.call?.media?.hide(requireText(params?.userID, 'userID', 'stopRemoteView'));
    });
  }

  /** How members, or one of them, or the own camera, are shown. */
  setVideoRenderParams(params: RenderParams & { readonly userID?: string }): Promise<void> {
    return this.run('setVideoRenderParams', async () => {
      const { userID, muted } = params ?? {};
      const options = viewOptionsOf(params ?? {});
      const media = this.client.call?.media;
      if (userID === undefined || userID === this.client.me.userId) this.local?.stylePreview(options);
      if (userID !== this.client.me.userId) media?.style(userID, options);
      if (typeof muted !== 'boolean') return;
      if (userID === undefined) this.trtcCloud.muteAllRemoteAudio(muted);
      else media?.mute(userID, muted);
    });
  }

  /** `360p`, `480p`, `540p`, `720p` or `1080p`, or the number of `TUIVideoQuality`; anything else changes nothing. */
  setVideoQuality(profile: string | number): Promise<void> {
    return this.run('setVideoQuality', async () => {
      const name = qualityNameOf(profile);
      if (name === undefined) return;
      this.#quality = name;
      await this.local?.setVideoQuality(qualityOf(name));
    });
  }

  getVideoQuality(): string {
    return this.#quality;
  }

  /** Cameras, microphones or loudspeakers; asks the user first when the browser wants that. */
  getDeviceList(type: string): Promise<DeviceInfo[]> {
    return this.run('getDeviceList', async () => {
      const kind = deviceKindOf(type);
      const local = this.devices;
      if (kind === undefined || local === undefined) return [];
      return (await local.devices(kind)).map(deviceInfo);
    });
  }

  switchDevice(params: { readonly deviceType: string; readonly deviceId: string }): Promise<boolean> {
    return this.run('switchDevice', async () => {
      const kind = deviceKindOf(params?.deviceType);
      const deviceId = requireText(params?.deviceId, 'deviceId', 'switchDevice');
      if (kind === undefined)
        throw localError('bad_params', `switchDevice: there is no kind of device called ${params.deviceType}.`);
      const local = this.devices;
      if (local === undefined) return false;
      await local.useDevice(kind, deviceId);
      await this.tellDevices();
      return true;
    });
  }

  /** The device in use, or chosen. */
  async getCurrentDevice(type: string): Promise<DeviceInfo | undefined> {
    return this.run('getCurrentDevice', async () => {
      const kind = deviceKindOf(type);
      const local = this.devices;
      if (kind === undefined || local === undefined) return undefined;
      const id = local.currentDevice(kind);
      const found = (await local.devices(kind, false)).find(({ deviceId }) => deviceId === id);
      return found === undefined ? undefined : deviceInfo(found);
    });
  }

  /** What the user is known to have allowed. */
  getDevicePermission(): { readonly audio: boolean; readonly video: boolean } {
    return this.local?.permissions ?? { audio: false, video: false };
  }

  /** Sets the own name and picture; what is empty or absent stays. */
  setSelfInfo(info: { readonly nickName?: string; readonly avatar?: string }): Promise<void> {
    return this.run('setSelfInfo', async () => {
      const { nickName, avatar } = info ?? {};
      const client = this.signedIn();
      if (nickName || avatar) await client.setProfile({ nick: nickName || undefined, avatar: avatar || undefined });
    });
  }

  async getGroupMemberProfile(params: { readonly groupID: string; readonly count?: number; readonly offset?: number }) {
    return this.run('getGroupMemberProfile', () => this.ownChat.getGroupMemberList(params));
  }

  /** Not offered; 0 (off) is accepted. */
  setBlurBackground(level: number): Promise<void> {
    return this.run('setBlurBackground', async () => {
      if (level > 0) throw unsupported('setBlurBackground');
    });
  }

  /** Not offered; an empty path (off) is accepted. */
  setVirtualBackground(path: string): Promise<void> {
    return this.run('setVirtualBackground', async () => {
      if (path !== '') throw unsupported('setVirtualBackground');
    });
  }

  /** Not offered; accepted without effect, since it never fails in the original. */
  setBeautyLevel(_params: object): Promise<void> {
    return Promise.resolve();
  }

  /** Not offered; off is accepted. */
  enableAIVoice(enable: boolean): Promise<void> {
    return this.run('enableAIVoice', async () => {
      if (enable) throw unsupported('enableAIVoice');
    });
  }

  /** Accepted without effect: whether several devices ring is a setting of the server. */
  enableMultiDeviceAbility(_enable: boolean): Promise<void> {
    return Promise.resolve();
  }

  setLogLevel(_level: number): void {}
  reportLog(_log: object): void {}
  /** Deprecated in the original, without effect. */
  startLocalView(_params?: object): Promise<void> {
    return Promise.resolve();
  }
  /** Deprecated in the original, without effect. */
  stopLocalView(_params?: object): Promise<void> {
    return Promise.resolve();
  }

  /** Accepted; nothing that it could ask for is known here. */
  callExperimentalAPI(_json: string): Promise<Ok> {
    return Promise.resolve(ok());
  }

  /** Applications wait for each whom they have called: who does not exist never answers, which they hear after the promise. */
  #tellUnknown(call: Call, userIDList: readonly string[]): void {
    if (userIDList.length === 0) return;
    setTimeout(() => {
      if (call.status !== 'ended') this.tell(TUICallEvent.NO_RESP, { userIDList, sponsor: call.view.caller });
    });
  }

  /** Takes the microphone, so that the user is asked first, and gives it back when nothing comes of the call. */
  async #withMicrophone<T>(
    work: () => Promise<T>,
    { call, mayGoOn = () => true }: { readonly call?: Call; readonly mayGoOn?: () => boolean },
  ): Promise<T> {
    if (!mayGoOn()) throw localError('already_in_call');
    const local = this.devices;
    try {
      if (local !== undefined) {
        checkSupport();
        await this.prompted(local, call, mayGoOn);
      }
      return await work();
    } catch (error) {
      if (this.client.call === undefined) local?.release();
      throw error;
    }
  }
}

/** What the server says where it would ring strangers, and has no room for the accounts of any of these. */
const noRoomForAccount = 70_398;

const unknownOf = (results: InviteResults): readonly string[] =>
  results.filter(({ code }) => code !== 0).map(({ userId }) => userId);

const unsupported = (name: string) =>
  new TUICallEngineError(CallError.ERROR_SCENE_NOT_SUPPORTED, `${name} is not supported by Ringback.`, name);
