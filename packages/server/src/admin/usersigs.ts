import { sdkAppId, userId } from 'ringback-protocol';
import { Type } from 'typebox';
import { explainUserSig, type Finding } from '../auth/explain.ts';
import { decodeUserSig, makeUserSig as sign } from '../auth/usersig.ts';
import { findingAnswer } from './answers/others.ts';
import { appOf } from './app-view.ts';
import { pastedSigField, sdkAppIdField, userIdField } from './fields.ts';
import { operation } from './operation.ts';
import { pastedSig } from './pasted-sig.ts';

const closed = { additionalProperties: false } as const;

export const makeUserSig = operation({
  name: 'usersig.make',
  doc: 'Makes a UserSig with the newest key of an application, so that the key itself stays where it is.',
  role: 'owner',
  http: ['POST', '/apps/:app/usersigs'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      user: userIdField,
      expire: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'a whole number of seconds, 1 or more' }),
    },
    closed,
  ),
  answer: Type.Object({ userSig: Type.String(), keyId: Type.String() }),
  handle({ apps, clock }, { app, user, expire }): { readonly userSig: string; readonly keyId: string } {
    const { keys } = appOf(apps, app);
    const key = keys[keys.length - 1];
    if (key === undefined) throw new Error(`application ${app} has no key`);
    const now = Math.floor(clock.now() / 1000);
    return { userSig: sign({ sdkAppId: app, userId: user, key: key.secret, expire, now }), keyId: key.id };
  },
});

export const explainSig = operation({
  name: 'usersig.explain',
  doc: 'Says what a UserSig is and what is wrong with it.',
  role: 'viewer',
  http: ['POST', '/usersigs/explain'],
  input: Type.Object(
    {
      sig: pastedSigField,
      app: Type.Optional(sdkAppIdField),
      user: Type.Optional(Type.String({ description: 'the identifier of the request, as text' })),
    },
    closed,
  ),
  answer: Type.Array(findingAnswer),
  handle({ apps, accounts, clock }, { sig: pasted, app, user }): readonly Finding[] {
    const sig = pastedSig(pasted);
    const decoded = decodeUserSig(sig);
    const revokedAt = decoded.ok
      ? accounts.revokedAt(sdkAppId(decoded.fields.sdkAppId), userId(decoded.fields.identifier))
      : 0;
    return explainUserSig(sig, {
      apps: apps.list(),
      now: clock.now(),
      revokedAt,
      ...(app === undefined ? {} : { sdkAppId: app }),
      ...(user === undefined ? {} : { identifier: user }),
    });
  },
});
