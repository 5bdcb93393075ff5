import { startCloud } from '../../local/cloud/cloud.ts';

// A cloud in a process of its own, for tests that kill it.
const [assembly = '', dataDirectory = ''] = process.argv.slice(2);
const { apiUrl, controlUrl, awsUrl } = await startCloud({ assembly, dataDirectory });
console.log(JSON.stringify({ apiUrl, controlUrl, awsUrl }));
