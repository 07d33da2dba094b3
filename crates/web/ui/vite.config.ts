import { fileURLToPath } from 'node:url'
import { baseCompile } from '@intlify/message-compiler'
import tailwind from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import type { Plugin, ProxyOptions } from 'vite'
import { defineConfig } from 'vitest/config'

// `npm run dev` serves the sources and hands everything else to a running server.
const target = process.env.THROUGHLINE_SERVER ?? 'http://127.0.0.1:8080'
// The server believes cookies only where the page is its own; here the page is another's.
const server: ProxyOptions = {
  target,
  configure: (proxy) => proxy.on('proxyReq', (request) => request.removeHeader('origin')),
}

/** Messages are compiled here, so that no compiler has to be loaded. */
const messages: Plugin = {
  name: 'compiled-messages',
  apply: 'build',
  enforce: 'pre',
  transform(code, id) {
    if (!/\/locales\/\w+\/[\w-]+\.json$/.test(id)) return null
    const compiled = (value: unknown): unknown => {
      if (typeof value === 'object')
        return Object.fromEntries(Object.entries(value ?? {}).map(([k, v]) => [k, compiled(v)]))
      const options = { jit: true, minify: true, optimize: true, location: false }
      return typeof value === 'string' ? baseCompile(value, options).ast : value
    }
    return { code: JSON.stringify(compiled(JSON.parse(code))), map: null }
  },
}

export default defineConfig(({ command }) => ({
  plugins: [vue(), tailwind(), messages],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_OPTIONS_API__: 'false',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
    __INTLIFY_DROP_MESSAGE_COMPILER__: String(command === 'build' && !process.env.VITEST),
  },
  build: {
    outDir: '../dist.new',
    target: 'es2022',
    // A built-in data: address would need a wider policy, and cannot be cached by itself.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    emptyOutDir: true,
  },
  server: { proxy: { '/api': server, '/hooks': server, '/health': server } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
}))
