import { TUICallEngine, TUICallEvent, TUICallType } from 'ringback-sdk';
import { followChoices, listDevices } from './devices.ts';
import { measure } from './measure.ts';
import { at, attempt, idsOf, note, show } from './page.ts';
import * as quality from './quality.ts';
import { addTile, ownView, removeTile, removeTiles, viewOf } from './tiles.ts';

/** What the server of development mode signs for anybody who asks. */
interface Signed {
  readonly sdkAppId: number;
  readonly userId: string;
  readonly userSig: string;
}

/** The call on the screen. */
interface Shown {
  video: boolean;
  microphone: boolean;
  camera: boolean;
}

let engine: TUICallEngine;
let listens = false;
let me = '';
let call: Shown | undefined;

const field = (id: string): HTMLInputElement => at<HTMLInputElement>(id);

/** A name from the address, so that a link opens the other tab ready to go. */
field('name').value = new URLSearchParams(location.search).get('user') ?? 'alice';

at<HTMLFormElement>('sign-in').addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt('sign in', () => signIn(field('name').value));
});

async function signIn(user: string): Promise<void> {
  const response = await fetch(`./sign?user=${encodeURIComponent(user)}`);
  if (!response.ok) throw new Error(`The server does not sign here: ${await response.text()}`);
  const signed = (await response.json()) as Signed;
  engine = TUICallEngine.createInstance({ SDKAppID: signed.sdkAppId });
  // There is one engine a page, also after another sign-in.
  if (!listens) {
    listens = true;
    listen();
    followChoices(engine);
    setInterval(() => void measure(engine, quality.listed()).then(quality.measurements, () => {}), 2000);
  }
  await engine.login({ userID: signed.userId, userSig: signed.userSig });
  me = signed.userId;
  document.title = `${me} · Ringback`;
  at('who').textContent = `Signed in as ${me}`;
  const other = me === 'alice' ? 'bob' : 'alice';
  const link = document.createElement('a');
  link.href = `?user=${other}`;
  link.target = '_blank';
  link.textContent = `Open a second tab as ${other}`;
  at('second-tab').replaceChildren(link, ` and call ${other} from here.`);
  field('callees').value = other;
  show({ 'sign-in': false, lobby: true, devices: true });
  note(`signed in as ${me}`);
  await listDevices(engine);
}

/** Opens the screen of a call. */
async function enter(title: string, video: boolean): Promise<void> {
  call = { video, microphone: true, camera: false };
  removeTiles();
  addTile(ownView, `${me} (you)`);
  at('call-title').textContent = title;
  show({ lobby: false, ringing: false, call: true, quality: true });
  pressed();
  if (video) await camera(true);
}

function leave(text: string): void {
  call = undefined;
  note(text);
  removeTiles();
  quality.forget();
  show({ lobby: true, ringing: false, call: false, quality: false });
}

function pressed(): void {
  at('microphone').setAttribute('aria-pressed', String(call?.microphone === true));
  at('camera').setAttribute('aria-pressed', String(call?.camera === true));
  at('media-type').textContent = call?.video === true ? 'Voice only' : 'With video';
}

async function camera(on: boolean): Promise<void> {
  if (call === undefined) return;
  const done = await attempt('camera', () => (on ? engine.openCamera(ownView) : engine.closeCamera()));
  if (done && call !== undefined) call.camera = on;
  pressed();
}

async function microphone(on: boolean): Promise<void> {
  if (call === undefined) return;
  const done = await attempt('microphone', () => (on ? engine.openMicrophone() : engine.closeMicrophone()));
  if (done && call !== undefined) call.microphone = on;
  pressed();
}

at<HTMLFormElement>('dial').addEventListener('submit', (event) => {
  event.preventDefault();
  const video = (event.submitter as HTMLButtonElement | null)?.value !== 'audio';
  const userIDList = idsOf(field('callees').value);
  void attempt('call', async () => {
    await enter(`Calling ${userIDList.join(', ')} …`, video);
    try {
      await engine.calls({
        userIDList,
        type: video ? TUICallType.VIDEO_CALL : TUICallType.AUDIO_CALL,
        chatGroupID: field('group').value,
      });
    } catch (error) {
      leave('not called');
      throw error;
    }
  });
});

at<HTMLFormElement>('join').addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt('join', async () => {
    await engine.join({ callId: field('join-id').value.trim() });
    await enter('Joined', true);
  });
});

at<HTMLFormElement>('invite').addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt('invite', () => engine.inviteUser({ userIDList: idsOf(field('invitees').value) }));
});

at('accept').addEventListener('click', () => void attempt('accept', accept));
at('reject').addEventListener('click', () => void attempt('decline', () => engine.reject()));
at('hang-up').addEventListener('click', () => void attempt('hang up', () => engine.hangup()));
at('camera').addEventListener('click', () => void camera(call?.camera !== true));
at('media-type').addEventListener('click', () => {
  const type = call?.video === true ? TUICallType.AUDIO_CALL : TUICallType.VIDEO_CALL;
  void attempt('switch', () => engine.switchCallMediaType(type));
});
at('microphone').addEventListener('click', () => void microphone(call?.microphone !== true));

let rung = { from: '', video: false };

async function accept(): Promise<void> {
  await engine.accept();
  await enter(`With ${rung.from}`, rung.video);
}

/** Everything that the engine tells. */
function listen(): void {
  const on = <Payload>(event: string, heard: (payload: Payload) => void): void => {
    engine.on(event, (payload: Payload) => heard(payload ?? ({} as Payload)));
  };
  on<{ callerId: string; callMediaType: number; callId: string }>(TUICallEvent.ON_CALL_RECEIVED, (heard) => {
    rung = { from: heard.callerId, video: heard.callMediaType === TUICallType.VIDEO_CALL };
    at('ringing-title').textContent = `${heard.callerId} calls you with ${rung.video ? 'video' : 'voice'}`;
    show({ lobby: false, ringing: true });
    note(`${heard.callerId} calls (${heard.callId})`);
    at('accept').focus();
  });
  on<{ callId: string }>(TUICallEvent.ON_CALL_BEGIN, ({ callId }) => {
    at('call-id').textContent = callId;
    note(`call ${callId} has begun`);
    // Calls of a group stay what they are.
    at('media-type').hidden = engine.client.call?.view.callType !== 'SingleCall';
    void microphone(true);
  });
  on<{ userID: string }>(TUICallEvent.USER_ENTER, ({ userID }) => {
    note(`${userID} is in the call`);
    addTile(viewOf(userID), userID);
    at('call-title').textContent = `With ${userID}`;
  });
  on<{ userID: string }>(TUICallEvent.USER_LEAVE, ({ userID }) => {
    note(`${userID} has left`);
    removeTile(viewOf(userID));
    quality.forget(userID);
  });
  on<{ userID: string; isVideoAvailable: boolean }>(
    TUICallEvent.USER_VIDEO_AVAILABLE,
    ({ userID, isVideoAvailable }) => {
      note(`${userID}: camera ${isVideoAvailable ? 'on' : 'off'}`);
      addTile(viewOf(userID), userID);
      void attempt('view', () =>
        isVideoAvailable
          ? engine.startRemoteView({ userID, videoViewDomID: viewOf(userID), options: { objectFit: 'cover' } })
          : engine.stopRemoteView({ userID }),
      );
    },
  );
  on<{ newCallType: number }>(TUICallEvent.CALL_TYPE_CHANGED, ({ newCallType }) => {
    if (call === undefined) return;
    call.video = newCallType === TUICallType.VIDEO_CALL;
    note(`this is a ${call.video ? 'video' : 'voice'} call now`);
    void camera(call.video);
  });
  on<{ userID: string; isAudioAvailable: boolean }>(TUICallEvent.USER_AUDIO_AVAILABLE, ({ userID, isAudioAvailable }) =>
    note(`${userID}: microphone ${isAudioAvailable ? 'on' : 'off'}`),
  );
  on<{ volumeMap?: { userId: string; audioVolume: number }[] }>(TUICallEvent.USER_VOICE_VOLUME, ({ volumeMap = [] }) =>
    quality.volumes(volumeMap),
  );
  on<{ networkQualityList?: { userId: string; quality: number }[] }>(
    TUICallEvent.ON_USER_NETWORK_QUALITY_CHANGED,
    ({ networkQualityList = [] }) => quality.networks(networkQualityList),
  );
  for (const [event, word] of [
    [TUICallEvent.REJECT, 'declines'],
    [TUICallEvent.LINE_BUSY, 'is busy'],
    [TUICallEvent.ON_USER_INVITING, 'is being called'],
  ] as const) {
    on<{ userID: string }>(event, ({ userID }) => note(`${userID} ${word}`));
  }
  on<{ userIDList?: string[] }>(TUICallEvent.NO_RESP, ({ userIDList = [] }) =>
    note(`${userIDList.join(', ')}: no answer`),
  );
  on<{ userID: string; reason: number }>(TUICallEvent.ON_CALL_NOT_CONNECTED, ({ userID, reason }) =>
    leave(`not connected: ${reasons[reason] ?? reason} (${userID})`),
  );
  on<{ totalTime: number; reason: number }>(TUICallEvent.CALL_END, ({ totalTime, reason }) =>
    leave(`ended after ${totalTime} s: ${reasons[reason] ?? reason}`),
  );
  on<{ message?: string }>(TUICallEvent.KICKED_OUT, ({ message }) => {
    leave(`signed out: ${message ?? 'elsewhere'}`);
    show({ lobby: false, 'sign-in': true, devices: false });
  });
  on<{ code: number; message: string }>(TUICallEvent.ERROR, ({ code, message }) => note(`${message} (${code})`, true));
  on(TUICallEvent.DEVICED_UPDATED, () => void listDevices(engine));
}

const reasons = [
  'unknown',
  'hung up',
  'declined',
  'no answer',
  'offline',
  'busy',
  'cancelled',
  'answered on another device',
  'declined on another device',
  'ended by the server',
];
