import { sdkAppId } from 'ringback-protocol';
import { Type } from 'typebox';
import type { AuditEntry } from '../ports/console.ts';
import { auditAnswer } from './answers/console.ts';
import { sdkAppIdField } from './fields.ts';
import { operation } from './operation.ts';

/** A page of the audit log. */
export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  /** Asks for the next page; absent on the last. */
  readonly next?: number;
}

export const auditLog = operation({
  name: 'audit.list',
  doc: 'Who changed what, the newest first, a page of it.',
  role: 'operator',
  http: ['GET', '/audit'],
  input: Type.Object(
    {
      who: Type.Optional(Type.String({ maxLength: 80, description: 'the name of an operator, cli, or token:<id>' })),
      app: Type.Optional(sdkAppIdField),
      before: Type.Optional(Type.Integer({ minimum: 1, description: 'the `next` of the page before' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'from 1 to 1000' })),
    },
    { additionalProperties: false },
  ),
  answer: Type.Object({ entries: Type.Array(auditAnswer), next: Type.Optional(Type.Integer()) }),
  async handle({ console }, { who, app, before, limit = 100 }): Promise<AuditPage> {
    const found = await console.auditLog({
      limit: limit + 1,
      ...(who !== undefined && { who }),
      ...(app !== undefined && { app: sdkAppId(app) }),
      ...(before !== undefined && { before }),
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const entries = page.map(({ place: _, ...entry }) => entry);
    return found.length > limit && last !== undefined ? { entries, next: last.place } : { entries };
  },
});
