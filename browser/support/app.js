// An application as it is written for the original engine: this file names nothing but what that has.
const { TUICallEngine, TUICallEvent } = RingbackSDK;
const query = new URLSearchParams(location.search);
const events = [];
let engine;

// Several browsers share a small machine: small pictures, and of many members few of them, and sound as it comes.
const size = query.has('small')
  ? { width: 160, height: 120, frameRate: 5 }
  : { width: 320, height: 240, frameRate: 15 };
if (query.has('small')) globalThis.fewPackets = true;
const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
// A camera of one's own, by its number, where many look at once.
const camera = query.get('camera');
async function ownCamera() {
  if (camera === null) return {};
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
  // The second of Chromium's makes pictures of depth, which no video has.
  cameras.splice(1, 1);
  return { deviceId: { exact: cameras[Number(camera)].deviceId } };
}
if (!query.has('full'))
  navigator.mediaDevices.getUserMedia = async ({ audio, video }) =>
    ask({
      ...(audio && { audio: { ...audio, ...plain } }),
      ...(video && { video: { ...video, ...size, ...(await ownCamera()) } }),
    });

async function signIn({ server, sdkAppId, userID, userSig, ...more }) {
  TUICallEngine.configure({ server, ...more });
  engine = TUICallEngine.createInstance({ SDKAppID: sdkAppId });
  for (const name of new Set(Object.values(TUICallEvent)))
    engine.on(name, (payload) => events.push({ name, payload: payload ?? null, at: Date.now() }));
  engine.getTRTCCloudInstance().on('onAutoPlayFailed', (event) => {
    globalThis.resume = event.resume;
    events.push({ name: 'onAutoPlayFailed', payload: null });
  });
  engine.on(TUICallEvent.USER_VIDEO_AVAILABLE, ({ userID: other, isVideoAvailable }) => {
    if (!isVideoAvailable) return;
    const view = viewOf(other) ?? document.createElement('div');
    Object.assign(view, { id: `view-${other}`, style: 'width: 160px; height: 120px' });
    document.getElementById('others').append(view);
    engine
      .startRemoteView({ userID: other, videoViewDomID: view.id })
      .catch((error) => events.push({ name: 'trouble', payload: error.message }));
  });
  await engine.login({ userID, userSig });
}

const viewOf = (userID) => document.getElementById(`view-${userID}`);
/** When an event came for the first time, in ms since 1970. */
const heardAt = (name) => events.find((event) => event.name === name)?.at;
const heard = (name) => events.filter((event) => event.name === name).map(({ payload }) => payload);

/** Microphone, and camera in a call of video, as applications do after dialling and accepting. */
async function openDevices(video = true) {
  await engine.openMicrophone();
  if (video) await engine.openCamera('own');
}

/** What happened last, for the message of a test that fails. */
const trail = () =>
  events
    .filter(({ name }) => !/Volume|NetworkQuality|DeviceUpdated/.test(name))
    .slice(-8)
    .map(({ name, payload }) => `${name} ${JSON.stringify(payload)}`);

const settled = (promise) =>
  promise.then(
    (value) => ({ value: value ?? null }),
    ({ name, code, message }) => ({ error: { name, code, message } }),
  );

/** What is decoded of whom: the picture in the view of each member, and the sound that is played of each. */
async function look() {
  const now = await probe();
  const users = [...document.querySelectorAll('#others > div')].map(({ id }) => id.slice('view-'.length));
  for (const { dataset } of document.querySelectorAll('audio[data-ringback-audio]')) users.push(dataset.ringbackAudio);
  const members = Object.fromEntries(users.map((user) => [user, probeMember(now, user, viewOf(user))]));
  return { members, encoded: now.encoded, paths: now.paths, open: now.open, made: now.made };
}
Object.assign(globalThis, { signIn, heard, heardAt, openDevices, settled, trail, look, viewOf, loaded: true });
