/**
 * Chains that are refused, from real servers.
 */
import { certificateSetups } from './hosts/certificates.js';
import { issuerSetups } from './hosts/issuers.js';
import { listSetups } from './hosts/lists.js';
import { otherProgramSetups } from './hosts/other-programs.js';
import { installServers } from './servers.js';
import { testSetups } from './setups.js';

installServers();

testSetups('issuers', issuerSetups);
testSetups('other programs', otherProgramSetups);
testSetups('lists', listSetups);
testSetups('certificates', certificateSetups);
