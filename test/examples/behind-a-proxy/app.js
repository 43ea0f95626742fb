const https = require('node:https');

https.get('https://intranet.example', (response) => console.log(response.statusCode));
