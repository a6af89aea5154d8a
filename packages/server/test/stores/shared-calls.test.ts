import { eachSharedStore } from './support/each-store.ts';
import { sharedCallsContract } from './support/shared-calls-contract.ts';

eachSharedStore('what others do to calls', sharedCallsContract);
