/** Signatures made with the published generator, with its clock pinned. */
const key = '0123456789abcdef'.repeat(4);

export interface Vector {
  readonly name: string;
  readonly key: string;
  readonly sdkAppId: number;
  readonly userId: string;
  readonly time: number;
  readonly expire: number;
  /** Hex of the userbuf, where there is one. */
  readonly userbuf?: string;
  readonly room?: number | string;
  readonly privileges?: number;
  readonly sig: string;
  readonly userSig: string;
}

export const vectors: readonly Vector[] = [
  {
    name: 'V1',
    key,
    sdkAppId: 1400000000,
    userId: 'administrator',
    time: 1735689600,
    expire: 86400,
    sig: 'L/7uGVFlSbTzAZ32Yj4xF36P1IOHX3gR4HuDVHxotlk=',
    // biome-ignore format: one line, as it is pasted.
    userSig: 'eJw1yl0LgjAYBeD-8l6HObemDboIwgyEIkWqO2NL3vxkmyFF-z0wPXfnOecDaZw4L6VBgOe4sBg7StVYfODIuayxQWN1bls9HYws865DCYIwd8p-sVgrEMSnKx6s*axq6FArEAFnMxksQEC89Pt9FlbJPX1vb9S7PtkQUn4ih2N0ocWZRf0ui4bWVuUGvj*lkjOd',
  },
  {
    name: 'V2',
    key: 'unit-test-secret-key',
    sdkAppId: 88888888,
    userId: 'user_1-a',
    time: 1700000000,
    expire: 15552000,
    sig: 'iXeO1eEysMVmMqXXdOzww5q8wNzyYN+k0yA1Tsegdzw=',
    // biome-ignore format: one line, as it is pasted.
    userSig: 'eJw9ybEKwjAUheF3uatakkKwBBwc3Gw7WCROUsi1XEolTaoxEd9dbIP-dr7zhuZ4yp5oQUKeMVjPmzTeJ7rRzA*H9so3bfqc7ltjSIMsUotPNCBIvmWpRfFlyP5cCJH-1VEHEkhhzfEQXHkeylEpXUfvxVj4KoZLtepZ2PPGYaej38HnC4H-Myk_',
  },
  {
    name: 'V3',
    key,
    sdkAppId: 1400000000,
    userId: 'alice',
    time: 1735689600,
    expire: 3600,
    userbuf: '000005616c69636553724e000000303967749390000000ff00000000',
    room: 12345,
    privileges: 255,
    sig: 'tEDYN9y/vBJ3fEA08wXMf90iVJl1mRXLwagfoiZJgzE=',
    // biome-ignore format: one line, as it is pasted.
    userSig: 'eJw9jbsOgkAURP-l1gYXeQibUFwjFsRHogTBDmGX3ABKEAU1-rsRxalmzinmCf5yp9xEDRwmCoNRvykVp4Yk9TguKBE-cUnzuKooBa7q7JevaagUwNWpZpiWbQ5UdBXVArj2J9eLqI9XCRwQcRHtuyqaBH6S64iI7Wafstz41PkY*zjOcE0ZcGjcebS27*PbzNOki8xqw5W0GQVeoZbbcNnGmTzTwcsergOvN8xqQRg_',
  },
  {
    name: 'V4',
    key,
    sdkAppId: 1400000000,
    userId: 'alice',
    time: 1735689600,
    expire: 3600,
    userbuf: '010005616c69636553724e0000000000677493900000002a00000000000b726f6f6d69642d31323334',
    room: 'roomid-1234',
    privileges: 42,
    sig: '6claZIXh0VVhwP9fHo1jzIFx906Ut1x15gRi8mRUCn8=',
    // biome-ignore format: one line, as it is pasted.
    userSig: 'eJw9jrsOgkAURP-l1obsKiBsQkGMrwQTUUCxQ1j0ysMVEBHjv5sgOtXMOc28wLG2Us0LYDCUCAy6jRHPK4yxw0GKIe9FGSWBEBgBozLp8zUVZhwYHY8UVdPVH*WNwIIDG-3JveTF8R4DA9M2Z-6uEf7Qc8JENrvMI5IoXbt9gWmFmV4fd2liOdPnqrWN3xU8AQM1TIPDcn8mnnd*rPV4caWXdjlrdKK6FW2octqglm3cSa4Z8P4AS7pGsw__',
  },
];
