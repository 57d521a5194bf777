/**
 * The packages that nearly every test loads are built into its files: each process found and read some thousand files of
 * theirs, which was most of its start. All others stay where they are, and so do all of them in `dist/`.
 */
import { builtinModules } from 'node:module'
import { fileURLToPath } from 'node:url'

const BUILT_IN = new Set([
  ...['tap', 'fast-check', 'fastify', 'pino', 'pg', 'jose', 'prom-client'],
  ...['saxes', '@xmldom/xmldom', 'xml-crypto', 'aws4'],
])
/** An optional part of pg, which is not installed. */
const ABSENT = 'pg-native'

const ours = (file) => fileURLToPath(new URL(file, import.meta.url))
const tap = ours('./tap.js')

/** Options of esbuild, in the place of `packages: 'external'`. */
export const testPackages = {
  // Those that are CommonJS ask for these.
  banner: {
    js: [
      "import { createRequire as __requireOf } from 'node:module'",
      "import { dirname as __folderOf } from 'node:path'",
      "import { fileURLToPath as __pathOf } from 'node:url'",
      'const require = __requireOf(import.meta.url)',
      'const __filename = __pathOf(import.meta.url), __dirname = __folderOf(__filename)',
      // As of Node 21. Without it pg looks for another runtime by making a Response, and with it all of undici.
      "globalThis.navigator ??= { userAgent: 'Node.js' }",
    ].join('\n'),
  },
  plugins: [
    {
      name: 'test-packages',
      setup(build) {
        build.onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
          if (kind === 'entry-point' || path.startsWith('node:') || builtinModules.includes(path)) return
          if (path === 'tap' && importer !== tap) return { path: tap }
          if (path === 'async-hook-domain') return { path: ours('./no-async-hooks.js') }
          const name = path.split('/', path.startsWith('@') ? 2 : 1).join('/')
          const isBuiltIn = BUILT_IN.has(name) || importer.includes('/node_modules/')
          return isBuiltIn && path !== ABSENT ? undefined : { path, external: true }
        })
      },
    },
  ],
}
