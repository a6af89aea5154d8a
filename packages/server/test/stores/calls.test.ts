import { callStoreContract } from './support/call-store-contract.ts';
import { eachStoreOnce } from './support/each-store.ts';

eachStoreOnce('the contract of a call store', callStoreContract);
