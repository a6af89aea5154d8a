import { TUICallKit, TUICallKitServer, TUICallType } from '@tencentcloud/call-uikit-vue';
import { createApp, h } from 'vue';

// Everything here is the kit's own interface: that it runs on Ringback is the one alias in vite.config.mjs.
const user = new URLSearchParams(location.search).get('user') ?? 'alice';
const at = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;

createApp({ render: () => h(TUICallKit, { style: 'width: 50rem; height: 35rem; margin: 0 auto' }) }).mount('#kit');
at('me').textContent = document.title = user;
at<HTMLInputElement>('callee').value = user === 'alice' ? 'bob' : 'alice';

// In development mode the server signs for anybody; in production, yours does.
const signed = await (await fetch(`/demo/sign?user=${encodeURIComponent(user)}`)).json();
await TUICallKitServer.init({ SDKAppID: signed.sdkAppId, userID: signed.userId, userSig: signed.userSig });
at<HTMLButtonElement>('call').disabled = false;

at('dial').addEventListener('submit', (event) => {
  event.preventDefault();
  const userIDList = [at<HTMLInputElement>('callee').value];
  void TUICallKitServer.calls({ userIDList, type: TUICallType.VIDEO_CALL, timeout: 60 });
});
