import type { CallRecord } from 'ringback-engine';
import type { HistoryEntry } from '../ports/store.ts';

/** s; how long a device may be silent. */
const leaseSeconds = 15;

/** Why a step happened: a code that pages say in words, and what the words need. */
export interface Reason {
  readonly reason: string;
  readonly data?: Readonly<Record<string, string | number | readonly string[]>>;
}

/** `record`: of the call, once it has ended. */
export function reasonOfStep(entry: HistoryEntry, record: Pick<CallRecord, 'result'> | undefined): Reason {
  const changed = entry.events.flatMap((event) => event.changed);
  const those = (action: string): readonly string[] =>
    changed.filter((change) => change.action === action).map(({ userId }) => userId);
  switch (entry.type) {
    case 'start':
      return { reason: entry.cause === 'rest' ? 'startedByServer' : 'started' };
    case 'accept':
      return { reason: 'answered' };
    case 'reject':
      return { reason: 'rejected' };
    case 'ignore':
      return { reason: 'busy' };
    case 'hangUp':
      return { reason: those('Reject').length > 0 ? 'rejected' : 'hungUp' };
    case 'invite':
      return { reason: 'invited', data: { users: those('Invite') } };
    case 'join':
      return { reason: those('Answer').length > 0 ? 'answered' : 'joined' };
    case 'switchMedia':
      return { reason: 'mediaSwitched' };
    case 'end':
      return { reason: entry.cause === 'operator' ? 'endedByOperator' : 'endedByServer' };
    case 'timeout':
      return { reason: 'rangOut', data: { users: those('NotAnswer') } };
    case 'leaseLost': {
      const ends = entry.events.some(({ kind }) => kind === 'EndCall');
      // Of a lost node only the end tells.
      if (ends && record?.result === 'Interrupt') return { reason: 'nodeLost' };
      return { reason: 'leaseLost', data: { seconds: leaseSeconds } };
    }
    case 'signOut':
      return { reason: 'signedOut' };
    case 'removed':
      return { reason: 'kicked', data: { users: those('Offline') } };
    case 'mediaFailed':
      return { reason: 'mediaLost' };
    default:
      return { reason: entry.type };
  }
}
