const https = require('node:https');
const { app } = require('electron');
const { inject } = require('os-truststore');

inject();

app.whenReady().then(() => {
  https.get('https://intranet.example', (response) => console.log(response.statusCode));
});
