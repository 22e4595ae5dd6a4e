export { encodeBinaryPlist } from './binaryWriter.ts';
export { PlistError, type PlistErrorCode } from './errors.ts';
export { getArray, getBoolean, getData, getDate, getDict, getInteger, getNumber, getString, getValue, isDict } from './guards.ts';
export { DEFAULT_LIMITS, MAX_DEPTH, MAX_ENCODED_BYTES, type PlistLimits } from './limits.ts';
export { parsePlist } from './parse.ts';
export { PlistReal, PlistUid, type PlistDict, type PlistValue } from './types.ts';
export { encodeXmlPlist } from './xmlWriter.ts';
