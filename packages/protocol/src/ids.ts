/**
 * Branded identifiers, so that two strings cannot be swapped by mistake.
 * A brand exists at compile time only; the casts below are the one door in.
 */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** An application's number, 1 to 2^32 − 1. */
export type SdkAppId = Brand<number, 'SdkAppId'>;
/** A user of an application: 1 to 32 bytes of printable ASCII. */
export type UserId = Brand<string, 'UserId'>;
/** A call: a lower-case UUID v4 made by the server. */
export type CallId = Brand<string, 'CallId'>;
/** A device of a user, named by the device itself. */
export type DeviceId = Brand<string, 'DeviceId'>;
/** A group of users: 1 to 48 bytes of printable ASCII. */
export type GroupId = Brand<string, 'GroupId'>;
/** A server process. */
export type NodeId = Brand<string, 'NodeId'>;
/** One request, `Id-<32 hex>-O-Seq-<counter>` in the REST API. */
export type RequestId = Brand<string, 'RequestId'>;

/** Marks a checked number as an application id. */
export const sdkAppId = (value: number): SdkAppId => value as SdkAppId;
/** Marks a checked string as a user id. */
export const userId = (value: string): UserId => value as UserId;
/** Marks a checked string as a call id. */
export const callId = (value: string): CallId => value as CallId;
/** Marks a checked string as a device id. */
export const deviceId = (value: string): DeviceId => value as DeviceId;
/** Marks a checked string as a group id. */
export const groupId = (value: string): GroupId => value as GroupId;
/** Marks a string as a node id. */
export const nodeId = (value: string): NodeId => value as NodeId;
/** Marks a string as a request id. */
export const requestId = (value: string): RequestId => value as RequestId;
