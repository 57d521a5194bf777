/**
 * The fuzz finds leaks: each fault is planted in the source of a server, and a short run against it must disagree with the
 * oracle. A fault whose line is no longer in the source fails the test: it is to be planted anew.
 */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import tap from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import type { PlantedLeak } from './planted-leak.ts'
import type { runFuzz } from './run-fuzz.ts'

/** Enough that each fault was found with every seed that was tried; the run ends with the first answers that differ. */
const REQUESTS = 6_000
const SEED = 7

export function findEach(leaks: readonly PlantedLeak[]): void {
  tap.comment(`report: planted leaks: ${leaks.length}, each to be found by the fuzz`)
  for (const [i, leak] of leaks.entries()) {
    tap.test(`found: ${leak.name}`, async (t) => {
      const { faults, requests } = await (await served(leak, String(i)))(SEED, REQUESTS, 1)
      t.ok(faults.length > 0, `a disagreement within ${requests} requests`)
    })
  }
}

/** The fuzz, bundled with a server that has the fault. */
async function served(leak: PlantedLeak, name: string): Promise<typeof runFuzz> {
  const outfile = join(packageRoot(), '.build', 'leaks', `${process.pid}-${name}.mjs`)
  await build({
    entryPoints: [join(packageRoot(), 'test', 'leaks', 'run-fuzz.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    target: 'node20',
    outfile,
    logLevel: 'silent',
    plugins: [planting(leak)],
  })
  const bundled = (await import(pathToFileURL(outfile).href)) as { runFuzz: typeof runFuzz }
  return bundled.runFuzz
}

function planting({ file, instead, of }: PlantedLeak): Plugin {
  const path = resolve(packageRoot(), file)
  return {
    name: 'planting',
    setup({ onLoad }) {
      // esbuild itself tells the file from the hundreds of others: asking this process about each takes longer than the rest.
      onLoad({ filter: new RegExp(`^${path.replaceAll(/[.\\/]/g, '\\$&')}$`) }, () => {
        const source = readFileSync(path, 'utf8')
        if (source.split(of).length !== 2) throw new Error(`${file} has not, or not once: ${of}`)
        return { contents: source.replace(of, () => instead), loader: 'ts' }
      })
    },
  }
}
