/** The sub-protocol that a device must offer when it connects. */
export const signallingProtocol = 'ringback.v1';

/** The path of the signalling socket. */
export const signallingPath = '/signalling';
