npx os-truststore run -- npm install
