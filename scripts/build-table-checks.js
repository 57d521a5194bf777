/**
 * Compiles the closed JSON Schemas of profiles/schemas into one module of checks, `profiles/schemas/checks.cjs`: a server
 * that compiles them at each start spends a second of processor on it, and makes code out of text while it runs.
 * @see https://ajv.js.org/standalone.html
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import standaloneCode from 'ajv/dist/standalone/index.js'
import { build } from 'esbuild'

const SCHEMAS = 'profiles/schemas'

export async function buildTableChecks(outDir) {
  const ajv = new Ajv({ strict: true, strictTuples: false, allowUnionTypes: true, code: { source: true } })
  const names = readdirSync(SCHEMAS).map((file) => file.replace(/\.json$/, ''))
  for (const name of names)
    ajv.addSchema(JSON.parse(readFileSync(join(SCHEMAS, `${name}.json`), 'utf8')), name)
  const source = standaloneCode.default(ajv, Object.fromEntries(names.map((name) => [name, name])))
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: process.cwd() },
    bundle: true,
    format: 'cjs',
    logLevel: 'warning',
    minify: true,
    platform: 'node',
    target: 'node20',
    write: false,
  })
  writeFileSync(join(outDir, SCHEMAS, 'checks.cjs'), outputFiles[0].contents)
}
