import path from 'node:path';

import { defineConfig } from 'vite';

import { precompress } from './build/precompress.ts';

const RELAY_URL = 'http://localhost:5000';

export default defineConfig({
  root: path.join(import.meta.dirname, 'page'),
  plugins: [precompress()],
  // For `npm run dev --workspace services/web`, beside a running `npm start`.
  server: { proxy: { '/api': RELAY_URL, '/config.json': RELAY_URL } },
  build: {
    outDir: path.join(import.meta.dirname, 'dist'),
    emptyOutDir: true,
    target: 'es2022',
    // The policy of the page allows no `data:` URL.
    assetsInlineLimit: 0,
    // Every browser of the target has it.
    modulePreload: { polyfill: false },
  },
});
