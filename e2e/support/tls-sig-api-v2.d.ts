declare module 'tls-sig-api-v2' {
  /** The published signer, as far as the tests use it. */
  class Api {
    constructor(sdkAppId: number, key: string);
    /** `expire` in s. */
    genUserSig(userId: string, expire: number): string;
  }
  const signer: { readonly Api: typeof Api };
  // biome-ignore lint/style/noDefaultExport: as the package has it.
  export default signer;
}
