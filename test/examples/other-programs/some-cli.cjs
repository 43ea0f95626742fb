#!/usr/bin/env node
fetch('https://intranet.example').then(({ status }) => console.log('some-cli', status));
