/**
 * THE LIST of the pains that users of such systems report again and again, each with the tests, or groups of tests, that prove
 * that it is none here; a name begins with the number of its pain. By file, as several need servers of their own.
 *
 * @type {Readonly<Record<string, readonly string[]>>}
 */
export const pains = {
  'e2e/pains.test.ts': [
    '1. a killed app leaves no ghost call: both users are free within the lease',
    '1. a long call with live devices is cut by no lease',
    '2. webhooks come completely and in order through a failing receiver: the state can be rebuilt',
    '3. a call answered on one device stops ringing on the others, which cannot end it',
    '4. two who call each other at once end up in one call',
    '5. the server decides who is busy, and the record and the caller learn it',
    '6. an app that was dead rings as soon as it is there, and its decline counts',
    '6. an app that does not run is rung by a push, and declines with its token without a sign-in',
    '7. a device that comes too late does not ring for a call that is over',
    '8. a signature of a clock that is ahead is valid, and deadlines are in the time of the server',
    '9. a refused UserSig says why, to the caller and to the doctor',
    '10. the signature of a webhook holds for its bytes behind a proxy, and for nothing else',
    '12. a record is there at once, is complete, and pages through without a gap',
    '13. a self-hosted server has a console, and a link that lets a person in',
    '14. a group call goes on when one leaves, also the one who started it, and ends for the last',
  ],
  'e2e/kept-records.test.ts': [
    '12. a record is found by its id for as long as records are kept, also beyond the reach of lists',
  ],
  // When a node goes away, and when the store does: for all, and for one alone.
  'cluster/test/dead-node.test.ts': ['11. a server that dies'],
  'cluster/test/coming-back.test.ts': ['11. a server that dies'],
  'cluster/test/dead-node-pushes.test.ts': ['11. a server that dies'],
  'cluster/test/cut-off.test.ts': ['11. a node that alone has lost the database'],
  'cluster/faults/faults-postgres.test.ts': ['11. PostgreSQL'],
};

/** The pain that a test with this name is about; undefined for any other test. */
export function painOf(name) {
  const number = /^(\d+)\. /.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}
