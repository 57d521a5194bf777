/**
 * Where the files lie that are not code: migrations, profiles, definitions, the watchdog's bundle. The build puts them
 * all into `dist/`; the same code runs from `dist/` and, compiled for tests, from `.build/`. So they are found from the
 * package root, which is the nearest folder above this module with a package.json: true in a checkout and in a
 * container that holds only package.json, dist/ and node_modules/.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error(`No package.json above ${fileURLToPath(import.meta.url)}`)
    folder = parent
  }
  return folder
}

/** `assetPath('migrations')`, `assetPath('watchdog.js')`: a path below `dist/`. */
export function assetPath(...relative: readonly string[]): string {
  return join(packageRoot(), 'dist', ...relative)
}
