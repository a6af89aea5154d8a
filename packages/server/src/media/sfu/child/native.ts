import type * as NodeDataChannel from 'node-datachannel';

/** The native module that speaks ICE, DTLS and SRTP. */
export type Native = typeof NodeDataChannel;

/** Loads the native module; rejects with a sentence where there is none for this system. */
export async function loadNative(): Promise<Native> {
  try {
    return await import('node-datachannel');
  } catch (error) {
    const [why] = String(error instanceof Error ? error.message : error).split('\n');
    throw new Error(
      `The built-in SFU cannot run here: node-datachannel has no binary for ${process.platform} ${process.arch} (${why}).`,
    );
  }
}
