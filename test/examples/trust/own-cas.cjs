// #region inject
const { inject } = require('os-truststore');

inject({ userCAs: { files: ['corp-root.pem'] } });
// #endregion

fetch(process.argv[2]).then(async (response) => console.log(await response.text()));
