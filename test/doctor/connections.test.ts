/**
 * Connections that fail before or besides the chain; proxies and PostgreSQL.
 */
import { connectionSetups } from './hosts/connections.js';
import { distributionSetups } from './hosts/distributions.js';
import { middlemanSetups } from './hosts/middlemen.js';
import { installServers } from './servers.js';
import { testSetups } from './setups.js';

installServers();

testSetups('proxies and databases', middlemanSetups);
testSetups('distributions', distributionSetups);
testSetups('connections', connectionSetups);
