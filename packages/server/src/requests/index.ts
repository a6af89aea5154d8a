import { accept } from './accept.ts';
import { call } from './call.ts';
import { createGroup } from './create-group.ts';
import { findCall } from './find-call.ts';
import { group } from './group.ts';
import { groupMembers } from './group-members.ts';
import { hangUp } from './hang-up.ts';
import { ignore } from './ignore.ts';
import { invite } from './invite.ts';
import { join } from './join.ts';
import { ping } from './ping.ts';
import { profile } from './profile.ts';
import { pushProviders } from './push-providers.ts';
import { registerPush } from './register-push.ts';
import { reject } from './reject.ts';
import { type ListedRequest, listed } from './request.ts';
import { resume } from './resume.ts';
import { ringing } from './ringing.ts';
import { setProfile } from './set-profile.ts';
import { signIn } from './sign-in.ts';
import { signOut } from './sign-out.ts';
import { signal } from './signal.ts';
import { switchMedia } from './switch-media.ts';
import { unregisterPush } from './unregister-push.ts';

/** Every request of the signalling protocol. */
export const requests: readonly ListedRequest[] = [
  listed(signIn),
  listed(signOut),
  listed(call),
  listed(ringing),
  listed(accept),
  listed(reject),
  listed(ignore),
  listed(hangUp),
  listed(invite),
  listed(join),
  listed(findCall),
  listed(switchMedia),
  listed(ping),
  listed(resume),
  listed(signal),
  listed(profile),
  listed(setProfile),
  listed(pushProviders),
  listed(registerPush),
  listed(unregisterPush),
  listed(group),
  listed(groupMembers),
  listed(createGroup),
];
