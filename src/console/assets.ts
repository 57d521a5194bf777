/**
 * Scripts and styles of the console, as the build left them in `dist/console/`: named by their hash, so that a browser keeps
 * them for ever, and compressed already. Only those of the pages that are served are read: production does not hold the
 * others.
 * @see scripts/build-console.js
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CompressedBody } from '../http/compressed-body.ts'

/** `frame.css` → its address; undefined when there is none of that name. */
export type AssetUrl = (file: string) => string | undefined

export type Assets = {
  readonly url: AssetUrl
  /** By the name in its address. */
  readonly find: (name: string) => CompressedBody | undefined
}

const PATH = '/console/assets'
const mediaTypes: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
}

/** @param wanted the folders of src/console/browser whose files are served @throws when the build left none */
export function loadAssets(folder: string, root: string, wanted: readonly string[]): Assets {
  const manifest = new Map(Object.entries(readManifest(join(folder, 'manifest.json'))))
  const files = new Map<string, CompressedBody>()
  const urls = new Map<string, string>()
  for (const name of wanted) {
    for (const [extension, mediaType] of Object.entries(mediaTypes)) {
      const hashed = manifest.get(`${name}.${extension}`)
      if (hashed === undefined) continue
      const read = (suffix: string): Buffer => readFileSync(join(folder, hashed + suffix))
      files.set(hashed, { mediaType, plain: read(''), gzip: read('.gz'), br: read('.br') })
      urls.set(`${name}.${extension}`, `${root}${PATH}/${hashed}`)
    }
  }
  return { url: (file) => urls.get(file), find: (name) => files.get(name) }
}

function readManifest(path: string): Readonly<Record<string, string>> {
  if (!existsSync(path)) throw new Error(`${path} is missing: npm run build`)
  const read: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const entries = Object.entries(read ?? {}).map(([file, hashed]) => [file, String(hashed)])
  return Object.fromEntries(entries)
}
