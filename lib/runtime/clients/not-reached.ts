/**
 * Warns about objects of other libraries that stand where Node's own would; they are left as they are.
 */
import { warn } from '../../base/log.js';
import { ErrorCodes } from '../../errors.js';
import { className } from './global-dispatchers.js';

/**
 * Warns once for each kind of object.
 *
 * @param place - where the object stands
 * @param consequence - what does not happen because of it
 */
export function warnNotReached(place: string, object: unknown, consequence: string): void {
  const name = object === undefined ? 'nothing that can be read' : className(object);
  warn(
    ErrorCodes.NOT_REACHED,
    `${place} (${name}) is not Node’s own, and is left as it is: ${consequence}.`,
  );
}
