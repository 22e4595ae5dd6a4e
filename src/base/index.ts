export { AbortError, abortErrorOf, CodedError, errorText, isAbortError, throwIfAborted } from './errors.ts';
export { concatBytes, GiB, KiB, MiB, toSafeNumber, viewOf } from './bytes.ts';
export { ByteQueue, UnexpectedEnd } from './byteQueue.ts';
export { delay, type Clock } from './clock.ts';
export { Disposable, toDisposable, type IDisposable } from './disposable.ts';
export { Emitter, type Event } from './event.ts';
export { silentLogger, type Logger } from './log.ts';
export { redacted } from './redact.ts';
