/** The version that `--version` tells; a test keeps it equal to the manifest's. */
export const VERSION = '0.1.0';
