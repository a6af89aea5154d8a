import {
  callViewSchema,
  errorDataSchema,
  frameIdSchema,
  memberChangeSchema,
  memberViewSchema,
  type NoticeMethod,
  serviceMessageSchema,
  signallingNotices,
} from 'ringback-protocol';
import type { TSchema } from 'typebox';

/** JSON that is only read. */
export type Plain = Readonly<Record<string, unknown>>;

/** All notices, in the order of their declaration. */
export const noticeMethods = Object.keys(signallingNotices) as NoticeMethod[];

/** Schemas that several messages share stand in one place of the document. */
export const sharedSchemas: Readonly<Record<string, TSchema>> = {
  Call: callViewSchema,
  Member: memberViewSchema,
  MemberChange: memberChangeSchema,
  ErrorData: errorDataSchema,
  FrameId: frameIdSchema,
  MediaMessage: serviceMessageSchema,
};

/** By their text, because a schema that was made optional is a copy. */
const sharedNames: ReadonlyMap<string, string> = new Map(
  Object.entries(sharedSchemas).map(([name, schema]) => [JSON.stringify(schema), name]),
);

/** The schema as plain JSON, with shared parts as references; but one that is itself being defined is written out. */
export const plainSchema = (schema: TSchema, isDefinition = false): Plain =>
  JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => {
      const isPart = typeof value === 'object' && value !== null && !(isDefinition && key === '');
      const name = isPart ? sharedNames.get(JSON.stringify(value)) : undefined;
      return name === undefined ? value : { $ref: `#/components/schemas/${name}` };
    }),
  ) as Plain;
