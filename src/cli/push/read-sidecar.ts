/**
 * What is said of a file beside it: `letter.pdf.json`, or else `letter.json`, before the push.json of its folder and of
 * those above it, the nearest first. Element by element, `patient` and the like as a whole.
 */
import { readFileSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { FoundFile } from './find-files.ts'
import type { Reason } from './item.ts'
import { checkMetadata, type Metadata } from './metadata-schema.ts'

export type SaidOf = { readonly metadata: Metadata } | { readonly reasons: readonly [Reason, ...Reason[]] }

const MAX_BYTES = 100_000
const FOLDER_FILE = 'push.json'

export class Sidecars {
  readonly #folders = new Map<string, SaidOf | undefined>()

  of({ path, folders }: FoundFile): SaidOf {
    const own = readFile(`${path}.json`) ?? readFile(`${path.slice(0, -extname(path).length)}.json`)
    return merged(this.ofFolders(folders), own)
  }

  /** What is said for every file of a folder, the outermost first. */
  ofFolders(folders: readonly string[]): SaidOf {
    let said: SaidOf = { metadata: {} }
    for (const folder of folders) said = merged(said, this.#ofFolder(folder))
    return said
  }

  #ofFolder(folder: string): SaidOf | undefined {
    if (!this.#folders.has(folder)) this.#folders.set(folder, readFile(join(folder, FOLDER_FILE)))
    return this.#folders.get(folder)
  }
}

function merged(outer: SaidOf, inner: SaidOf | undefined): SaidOf {
  if ('reasons' in outer || inner === undefined) return outer
  return 'reasons' in inner ? inner : { metadata: { ...outer.metadata, ...inner.metadata } }
}

function readFile(path: string): SaidOf | undefined {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found?.isFile()) return undefined
  if (found.size > MAX_BYTES) return refused(path, `larger than ${MAX_BYTES} bytes`)
  let value: unknown
  try {
    // Software on Windows begins it with a mark of the order of bytes.
    value = JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    if (error instanceof SyntaxError) return refused(path, 'not JSON')
    return refused(path, 'cannot be read')
  }
  const checked = checkMetadata(value)
  if ('metadata' in checked) return checked
  const [first = 'not understood', ...rest] = checked.faults
  return refused(path, first, ...rest)
}

function refused(at: string, text: string, ...more: readonly string[]): SaidOf {
  const reason = (text: string): Reason => ({ code: 'metadata', text, at })
  return { reasons: [reason(text), ...more.map(reason)] }
}
