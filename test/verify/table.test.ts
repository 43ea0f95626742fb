/**
 * The core of the table of chains; `test/verify-table` has all of it.
 */
import { rows } from './rows.js';
import { runRows } from './run-rows.js';

runRows(rows.filter(({ quick }) => quick === true));
