import 'os-truststore/register';
import { defineConfig } from 'vite';

export default defineConfig({
  server: { proxy: { '/api': { target: 'https://intranet.example', changeOrigin: true } } },
});
