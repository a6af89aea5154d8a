import { useEffect, useRef, useState } from 'preact/hooks';
import { type Call, type Client, createClient } from 'ringback-sdk';
import { api, may } from '../lib/api.ts';
import { href } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { tryProblem } from '../lib/try-problem.ts';
import { NeedApp } from '../parts/need-app.tsx';
import { Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { useBusy } from '../parts/use-busy.ts';

/** Two users side by side in this browser, who ring each other for real. */
export function TryCall() {
  return (
    <NeedApp title={say('tryCall')}>
      {(app) => (
        <Page title={say('tryCall')} lead={say('tryLead')}>
          {may('owner') ? (
            <div class="columns" key={app}>
              <Phone app={app} first="alice" other="bob" />
              <Phone app={app} first="bob" other="alice" />
            </div>
          ) : (
            <p class="notice warn">{say('ownerOnly')}</p>
          )}
        </Page>
      )}
    </NeedApp>
  );
}

interface PhoneProps {
  readonly app: number;
  readonly first: string;
  readonly other: string;
}

/** A device of one user, over the browser SDK. */
function Phone({ app, first, other }: PhoneProps) {
  const [user, setUser] = useState(first);
  const [client, setClient] = useState<Client>();
  const [call, setCall] = useState<Call>();
  const [, setTurn] = useState(0);
  const [callee, setCallee] = useState(other);
  const [problem, setProblem] = useState('');
  const [camera, setCamera] = useState(false);
  const { busy, act } = useBusy();
  const open = useRef<Client | undefined>(undefined);
  const stage = useRef<HTMLDivElement>(null);
  useEffect(() => () => open.current?.close(), []);

  const doing = async (work: () => Promise<unknown>) => {
    setProblem('');
    try {
      await work();
    } catch (error) {
      setProblem(await tryProblem(error, callee));
    }
  };
  const watch = (one: Call) => {
    setCall(one);
    one.on('changed', () => setTurn((now) => now + 1));
    one.on('connected', () => {
      setTurn((now) => now + 1);
      const mic = open.current?.media?.openMicrophone();
      mic?.catch(async (error: unknown) => setProblem(await tryProblem(error, callee)));
      for (const { userId } of one.view.members) {
        if (userId !== user && stage.current) one.media?.show(userId, stage.current);
      }
    });
    one.on('ended', () => {
      setTurn((now) => now + 1);
      setCamera(false);
    });
  };
  const signIn = () =>
    doing(async () => {
      const sign = async (): Promise<string> =>
        (await api.post<{ readonly userSig: string }>(`/apps/${app}/usersigs`, { user, expire: 3600 })).userSig;
      const made = createClient({
        sdkAppId: app,
        server: location.origin,
        getUserSig: sign,
        deviceId: `console-${first}-${Math.random().toString(36).slice(2, 10)}`,
      });
      made.on('call', ({ call: one }) => watch(one));
      made.on('state', ({ state }) => state === 'offline' && setClient(undefined));
      open.current = made;
      await made.signIn({ userId: user, userSig: await sign() });
      setClient(made);
    });
  const dial = (mediaType: 'Audio' | 'Video') =>
    doing(async () => {
      const { results } = (await client?.dial([callee], { mediaType })) ?? { results: [] };
      const missed = results.find(({ code }) => code !== 0);
      if (missed) setProblem(say('tryNoAccount', { name: missed.userId }));
    });
  const turnCamera = () =>
    doing(async () => {
      if (camera) client?.media?.closeCamera();
      else await client?.media?.openCamera();
      setCamera(!camera);
    });

  const live = call !== undefined && call.status !== 'ended' ? call : undefined;
  const rings = live?.status === 'ringing';
  return (
    <section class="card" aria-label={user}>
      <div class="card-head">
        <h2>{client ? user : say('tryDevice')}</h2>
        {client ? <Pill tone="good">{say('online')}</Pill> : <Pill>{say('offlineState')}</Pill>}
        {live && <Pill tone={rings ? 'warn' : 'accent'}>{rings ? say('ringing') : say('talking')}</Pill>}
      </div>
      <div class="card-body stack">
        <div class="stage" ref={stage} role="img" aria-label={say('tryStage')} />
        {client === undefined ? (
          <form
            class="row"
            onSubmit={(event) => {
              event.preventDefault();
              act(signIn);
            }}
          >
            <input
              class="input grow"
              aria-label={say('userId')}
              value={user}
              onInput={(event) => setUser(event.currentTarget.value)}
            />
            <button type="submit" class="button main" disabled={user === '' || busy}>
              {say('signIn')}
            </button>
          </form>
        ) : live === undefined ? (
          <div class="row wrap">
            <input
              class="input slim grow"
              aria-label={say('tryCallee')}
              value={callee}
              onInput={(event) => setCallee(event.currentTarget.value)}
            />
            <button type="button" class="button main" disabled={callee === ''} onClick={() => dial('Audio')}>
              {say('callAudio')}
            </button>
            <button type="button" class="button" disabled={callee === ''} onClick={() => dial('Video')}>
              {say('callVideo')}
            </button>
          </div>
        ) : (
          <div class="row wrap">
            {rings && live.role === 'callee' && (
              <>
                <button type="button" class="button main" onClick={() => doing(() => live.accept())}>
                  {say('accept')}
                </button>
                <button type="button" class="button danger" onClick={() => doing(() => live.reject())}>
                  {say('reject')}
                </button>
              </>
            )}
            {!(rings && live.role === 'callee') && (
              <button type="button" class="button danger" onClick={() => doing(() => live.hangUp())}>
                {say('hangUp')}
              </button>
            )}
            {!rings && (
              <button type="button" class="button" aria-pressed={camera} onClick={turnCamera}>
                {camera ? say('cameraOff') : say('cameraOn')}
              </button>
            )}
            <a class="button plain" target="_blank" rel="noreferrer" href={href('call', { id: live.id })}>
              {say('watchCall')}
            </a>
          </div>
        )}
        {call?.status === 'ended' && (
          <p class="muted">
            {say('tryEnded')}{' '}
            <a target="_blank" rel="noreferrer" href={href('call', { id: call.id })}>
              {say('watchCall')}
            </a>
          </p>
        )}
        {problem !== '' && (
          <p class="notice bad" role="alert">
            {problem}
          </p>
        )}
      </div>
    </section>
  );
}
