/**
 * The files to be pushed, in the order of their names: what was named, and what lies in the folders that were. Hidden
 * files and symbolic links in folders are passed by, and what is of no kind that can be pushed is counted.
 */
import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { CommandError, exitCodes } from '../command.ts'

export type FileKind = 'cda' | 'hl7' | 'plain'

export type FoundFile = {
  readonly path: string
  readonly kind: FileKind
  /** The folders in which defaults may lie (push.json), the outermost first. */
  readonly folders: readonly string[]
}

export type Found = { readonly files: readonly FoundFile[]; readonly passedBy: number }

const kinds: Readonly<Record<string, FileKind>> = {
  '.xml': 'cda',
  '.cda': 'cda',
  '.hl7': 'hl7',
  '.er7': 'hl7',
  '.pdf': 'plain',
  '.jpg': 'plain',
  '.jpeg': 'plain',
  '.tif': 'plain',
  '.tiff': 'plain',
  '.rtf': 'plain',
  '.txt': 'plain',
}
const MAX_DEPTH = 32

/** @throws CommandError for what is not there, or was named and is of no known kind */
export function findFiles(named: readonly string[]): Found {
  const files: FoundFile[] = []
  let passedBy = 0
  const walk = (folder: string, above: readonly string[]): void => {
    if (above.length >= MAX_DEPTH)
      throw new CommandError(exitCodes.usage, `${folder}: folders lie ${MAX_DEPTH} deep`)
    const folders = [...above, folder]
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name)
      if (entry.name.startsWith('.')) continue
      if (entry.isDirectory()) walk(path, folders)
      else {
        const kind = entry.isFile() ? kindOf(path) : undefined
        if (kind) files.push({ path, kind, folders })
        else if (extname(path).toLowerCase() !== '.json') passedBy++
      }
    }
  }
  for (const path of named) {
    const found = lstatSync(path, { throwIfNoEntry: false }) && statSync(path, { throwIfNoEntry: false })
    if (!found) throw new CommandError(exitCodes.usage, `${path} is not there`)
    if (found.isDirectory()) {
      walk(path, [])
      continue
    }
    const kind = kindOf(path)
    if (!kind)
      throw new CommandError(
        exitCodes.usage,
        `${path}: of no kind that is pushed (${Object.keys(kinds).join(' ')})`,
      )
    files.push({ path, kind, folders: [dirname(path)] })
  }
  return { files, passedBy }
}

function kindOf(path: string): FileKind | undefined {
  return kinds[extname(path).toLowerCase()]
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (cause) {
    throw new CommandError(exitCodes.usage, `${folder} cannot be read`, { cause })
  }
}
