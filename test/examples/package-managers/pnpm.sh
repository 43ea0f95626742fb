npx os-truststore run -- pnpm install
