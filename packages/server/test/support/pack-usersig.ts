import { constants, deflateSync } from 'node:zlib';

/** The JSON of a UserSig, packed as a generator does it; `level` as zlib counts. */
export const packUserSig = (json: string, level: number = constants.Z_DEFAULT_COMPRESSION): string =>
  deflateSync(json, { level }).toString('base64').replaceAll('+', '*').replaceAll('/', '-').replaceAll('=', '_');
