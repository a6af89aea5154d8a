import type { PushNote } from '../ports/push.ts';
import { spellTime } from './output.ts';

const skipped = {
  off: 'no push: the caller asked for none',
  noToken: 'no push: none of the devices has registered a token',
  full: 'no push: too many rings at once on this server',
} as const;

const decided = {
  offline: 'no device is online',
  silent: 'no device said within 2 s that it rings',
  takenOver: 'the server that looked after it is gone',
} as const;

const over = {
  answered: 'it was answered',
  rejected: 'it was declined',
  cancelled: 'it was withdrawn, or the call ended',
  timeout: 'nobody answered in time',
} as const;

/** A note of the push log, in a sentence. */
export function pushWords(note: PushNote): string {
  const { userId } = note;
  switch (note.what) {
    case 'rings':
      return `${userId}: ${note.device} says that it rings`;
    case 'skipped':
      return `${userId}: ${skipped[note.why]}`;
    case 'decided': {
      const online = note.devices.length === 0 ? '' : ` (online: ${note.devices.join(', ')})`;
      return `${userId}: ${decided[note.why]}${online}; ${note.tokens} ${note.tokens === 1 ? 'token is' : 'tokens are'} pushed`;
    }
    case 'over':
      return `${userId}: ${over[note.why]}; ${note.targets} ${note.targets === 1 ? 'device is' : 'devices are'} told`;
    case 'answered':
      return `${userId}: ${note.device} answered by its token: ${note.action}${note.refusal === '' ? '' : `, refused: ${note.refusal}`}`;
    default: {
      const what = note.what === 'push' ? 'push' : 'cancel';
      const said = note.status === 0 ? note.text : `HTTP ${note.status}${note.text === '' ? '' : `, ${note.text}`}`;
      const next = note.nextAt === 0 ? '' : `, again at ${spellTime(note.nextAt).slice(11)}`;
      const end = { sent: 'taken', gone: 'the token is void and was dropped', retry: 'not taken', failed: 'refused' }[
        note.outcome
      ];
      const omitted = note.omitted === undefined ? '' : `, too long, so without ${note.omitted.join(', ')}`;
      return `${userId}: ${what} ${note.attempt} to ${note.device} by ${note.provider}: ${end} (${said}; ${note.took} ms)${omitted}${next}`;
    }
  }
}
