/** Where lockdownd listens on every device. */
export const LOCKDOWN_PORT = 62078;

/** The protocol version of `Pair` and `Unpair`. */
export const PAIRING_PROTOCOL_VERSION = '2';
