import type { Static, TObject } from 'typebox';
import { addKey, createApp, disableApp, enableApp, listApps, removeKey, showApp } from './apps.ts';
import { endCall, listCalls } from './calls.ts';
import type { Operation } from './operation.ts';
import { status } from './status.ts';
import { explainSig, makeUserSig } from './usersigs.ts';

/** The list of what an operator can do. The control socket and the command line read it. */
export const operations = [
  createApp,
  listApps,
  showApp,
  addKey,
  removeKey,
  disableApp,
  enableApp,
  makeUserSig,
  explainSig,
  listCalls,
  endCall,
  status,
] as const;

type Listed = (typeof operations)[number];

/** The name of an operation of the list. */
export type OperationName = Listed['name'];

type Named<Name extends OperationName> = Extract<Listed, { readonly name: Name }>;

/** What an operation takes. */
export type InputOf<Name extends OperationName> =
  Named<Name> extends Operation<Name, infer Input extends TObject, unknown> ? Static<Input> : never;

/** What an operation answers. */
export type AnswerOf<Name extends OperationName> = Awaited<ReturnType<Named<Name>['handle']>>;
