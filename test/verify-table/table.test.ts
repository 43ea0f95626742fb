/**
 * The whole table of chains, for the `verify` lane of the matrix.
 */
import { rows } from '../verify/rows.js';
import { runRows } from '../verify/run-rows.js';

runRows(rows);
