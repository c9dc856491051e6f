/** How the console's pages are built: from the sources of every package, into files of one origin without anything inline. */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const conditions = ['source', 'browser', 'module', 'import'];
/** The first versions with light-dark(), which is otherwise rewritten into something that our theme does not answer to. */
const cssTarget = ['chrome123', 'firefox120', 'safari17.5'];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: { conditions },
  build: {
    outDir: 'dist/pages',
    emptyOutDir: true,
    target: 'es2022',
    cssTarget,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
