/**
 * Faults of machines, which `os-truststore doctor` finds without a host.
 */
import { storeSetups } from './machines/stores.js';
import { surroundingSetups } from './machines/surroundings.js';
import { variableSetups } from './machines/variables.js';
import { testMachines } from './machines.js';
import { installServers } from './servers.js';

installServers();

testMachines('variables', variableSetups);
testMachines('stores', storeSetups);
testMachines('surroundings', surroundingSetups);
