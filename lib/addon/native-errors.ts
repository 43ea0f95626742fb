/**
 * Converts read errors of the addon to the form that callers see.
 */
import type { ErrorCode, StoreError } from '../types.js';
import type { NativeError } from './native-binding.js';

export function fromNativeError(error: NativeError): StoreError {
  return {
    code: error.code as ErrorCode,
    operation: error.operation,
    message: error.message,
    ...(error.path === '' ? {} : { path: error.path }),
    ...(error.osStatus === 0
      ? {}
      : { osStatus: { number: error.osStatus, text: error.osStatusText } }),
  };
}
