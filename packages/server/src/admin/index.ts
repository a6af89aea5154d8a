import type { Static, TObject } from 'typebox';
import { listTokens, makeToken, removeToken } from './api-tokens.ts';
import { addAdmin, removeAdmin } from './app-admins.ts';
import { allowOrigin, removeOrigin } from './app-origins.ts';
import { updateApp } from './app-update.ts';
import { addKey, createApp, disableApp, enableApp, listApps, removeKey, showApp } from './apps.ts';
import { auditLog } from './audit-log.ts';
import { callQuality } from './call-quality.ts';
import { callStream } from './call-stream.ts';
import { endCall, getCall, listCalls } from './calls.ts';
import { listOperators, makeConsoleLink, removeOperator, setOperatorRole } from './console-operators.ts';
import {
  addEndpoint,
  changeEndpoint,
  listEndpoints,
  pauseEndpoint,
  removeEndpoint,
  resumeEndpoint,
  retireSecret,
  rotateSecret,
  showSecrets,
} from './endpoints.ts';
import { getGroup, groupMembers, listGroups } from './groups.ts';
import type { Operation } from './operation.ts';
import {
  forgetPushTokens,
  listPushProviders,
  listPushTokens,
  removePushProvider,
  setPushProvider,
  testPush,
} from './push.ts';
import { pushLog } from './push-log.ts';
import { exportRecords } from './record-export.ts';
import { getRecord, listRecords } from './records.ts';
import { findRequest, listRequests, requestRates } from './requests.ts';
import { rotateSecrets, secretsStatus } from './secrets.ts';
import { callStatistics } from './stats.ts';
import { status } from './status.ts';
import type { AdminStream } from './stream.ts';
import { callTimeline } from './timeline.ts';
import { changeUser, deleteUser, getUser, importUsers, kickUser, listUsers } from './users.ts';
import { explainSig, makeUserSig } from './usersigs.ts';
import { webhookHealth } from './webhook-health.ts';
import { parkedWebhooks, replayWebhooks, testWebhook, triggerWebhook, webhookLog } from './webhooks.ts';

/** The list of what an operator can do. The control socket and the command line read it. */
export const operations = [
  createApp,
  listApps,
  showApp,
  updateApp,
  addKey,
  removeKey,
  disableApp,
  enableApp,
  addAdmin,
  removeAdmin,
  allowOrigin,
  removeOrigin,
  makeUserSig,
  explainSig,
  listCalls,
  getCall,
  endCall,
  callQuality,
  callTimeline,
  listRecords,
  getRecord,
  callStatistics,
  findRequest,
  listRequests,
  requestRates,
  listUsers,
  getUser,
  importUsers,
  changeUser,
  kickUser,
  deleteUser,
  listGroups,
  getGroup,
  groupMembers,
  listEndpoints,
  addEndpoint,
  changeEndpoint,
  removeEndpoint,
  showSecrets,
  rotateSecret,
  retireSecret,
  pauseEndpoint,
  resumeEndpoint,
  webhookHealth,
  webhookLog,
  parkedWebhooks,
  replayWebhooks,
  testWebhook,
  triggerWebhook,
  listPushProviders,
  setPushProvider,
  removePushProvider,
  listPushTokens,
  forgetPushTokens,
  testPush,
  pushLog,
  listOperators,
  makeConsoleLink,
  setOperatorRole,
  removeOperator,
  listTokens,
  makeToken,
  removeToken,
  secretsStatus,
  rotateSecrets,
  auditLog,
  status,
] as const;

/** The list of what an operator can read that is no single answer. The settings API alone has these. */
export const streams: readonly AdminStream[] = [
  callStream,
  exportRecords,
] as readonly unknown[] as readonly AdminStream[];

type Listed = (typeof operations)[number];

/** The name of an operation of the list. */
export type OperationName = Listed['name'];

type Named<Name extends OperationName> = Extract<Listed, { readonly name: Name }>;

/** What an operation takes. */
export type InputOf<Name extends OperationName> =
  Named<Name> extends Operation<Name, infer Input extends TObject, unknown> ? Static<Input> : never;

/** What an operation answers. */
export type AnswerOf<Name extends OperationName> = Awaited<ReturnType<Named<Name>['handle']>>;
