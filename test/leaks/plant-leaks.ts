/**
 * Bundles a program of these tests with a server that has each of some faults when it is told to: a module with faults is in
 * it as it is, and once more for each of them, behind a module that shows the one which planting-switch.ts has chosen. A
 * fault whose line is no longer in the source is an error: it is to be planted anew.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type BuildOptions, build, type Plugin } from 'esbuild'
import { packageRoot } from '../../src/asset-path.ts'
import type { PlantedLeak } from './planted-leak.ts'

const here = join(packageRoot(), 'test', 'leaks')
const SOUND = 'sound'
const options: BuildOptions = {
  platform: 'node',
  format: 'esm',
  packages: 'external',
  target: 'node20',
  logLevel: 'silent',
}

/** @param entry a file of this folder @param outfile the bundle, an ES module */
export async function bundleWith(
  leaks: readonly PlantedLeak[],
  entry: string,
  outfile: string,
): Promise<void> {
  await build({
    ...options,
    entryPoints: [join(here, entry)],
    bundle: true,
    outfile,
    plugins: [planting(await modulesOf(leaks))],
  })
}

/** Path of a module → its source by the name of each variant, and the source of what stands before them. */
type Modules = ReadonlyMap<string, ReadonlyMap<string, string>>

async function modulesOf(leaks: readonly PlantedLeak[]): Promise<Modules> {
  const modules = new Map<string, Map<string, string>>()
  for (const [i, { file, of, instead }] of leaks.entries()) {
    const path = resolve(packageRoot(), file)
    const sound = readFileSync(path, 'utf8')
    if (sound.split(of).length !== 2) throw new Error(`${file} has not, or not once: ${of}`)
    const variants = modules.get(path) ?? new Map([[SOUND, sound]])
    modules.set(
      path,
      variants.set(
        String(i),
        sound.replace(of, () => instead),
      ),
    )
  }
  for (const [path, variants] of modules)
    variants.set('', switching(path, [...variants.keys()], await namesOf(path)))
  return modules
}

/** What a module exports, types apart. */
async function namesOf(path: string): Promise<readonly string[]> {
  const { metafile } = await build({ ...options, entryPoints: [path], write: false, metafile: true })
  return Object.values(metafile.outputs).flatMap((output) => output.exports)
}

/** Functions lead to the variant in force, even for who keeps them; what is no function is taken from it at each switch. */
function switching(path: string, variants: readonly string[], names: readonly string[]): string {
  const from = (variant: string): string => JSON.stringify(`${path}?${variant}`)
  const others = variants.filter((variant) => variant !== SOUND)
  return [
    `import { follow } from ${JSON.stringify(join(here, 'planting-switch.ts'))}`,
    ...variants.map((variant) => `import * as v_${variant} from ${from(variant)}`),
    `const variants = { ${others.map((variant) => `${variant}: v_${variant}`).join(', ')} }`,
    `let now = v_${SOUND}`,
    `const shown = (name) => typeof now[name] === 'function' ? (...given) => now[name](...given) : now[name]`,
    ...names.map((name) => `export let ${name} = shown('${name}')`),
    `follow((leak) => {`,
    `  now = variants[leak] ?? v_${SOUND}`,
    ...names.map((name) => `  if (typeof ${name} !== 'function') ${name} = now.${name}`),
    `})`,
  ].join('\n')
}

function planting(modules: Modules): Plugin {
  const paths = [...modules.keys()].map((path) => path.replaceAll(/[.\\/]/g, '\\$&'))
  return {
    name: 'planting',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\.ts\?\w+$/ }, ({ path }) => {
        const at = path.lastIndexOf('?')
        return { path: path.slice(0, at), suffix: path.slice(at) }
      })
      // esbuild itself tells these from hundreds of others: asking this process about each takes longer than the rest.
      onLoad({ filter: new RegExp(`^(?:${paths.join('|')})$`) }, ({ path, suffix }) => {
        const contents = modules.get(path)?.get(suffix.slice(1))
        if (contents === undefined) throw new Error(`No variant ${suffix} of ${path}`)
        return { contents, loader: 'ts' }
      })
    },
  }
}
