/**
 * What the Dockerfile does, done in a folder: its own lines are carried out, so that the two cannot differ. Nothing is
 * fetched but by its RUN lines; the base images are not there, so Node is the one of this machine.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { copyOf, type Stage } from './dockerfile.ts'

export type Folders = {
  /** The checkout. */
  readonly context: string
  /** The root of a stage, by its name; the last one has none. */
  readonly stage: (name: string | undefined) => string
}

/** @param tell each RUN line, before it is carried out */
export function buildStages(stages: readonly Stage[], folders: Folders, tell: (line: string) => void): void {
  for (const stage of stages) {
    const root = folders.stage(stage.name)
    let workdir = '/'
    for (const { name, value } of stage.instructions) {
      if (name === 'WORKDIR') workdir = value
      if (name === 'COPY') copy(value, join(root, workdir), root, folders)
      if (name === 'RUN') {
        tell(value)
        execFileSync('sh', ['-c', value], {
          cwd: join(root, workdir),
          stdio: ['ignore', 'ignore', 'inherit'],
          env: { PATH: process.env.PATH, HOME: process.env.HOME, npm_config_loglevel: 'error' },
        })
      }
      mkdirSync(join(root, workdir), { recursive: true })
    }
  }
}

function copy(value: string, workdir: string, root: string, { context, stage }: Folders): void {
  const { from, paths, to } = copyOf(value)
  const source = from === undefined ? context : stage(from)
  const target = to.startsWith('/') ? join(root, to) : join(workdir, to)
  for (const path of paths) {
    const found = join(source, path)
    const isFile = lstatSync(found).isFile()
    cpSync(found, isFile && to.endsWith('/') ? join(target, basename(path)) : target, {
      recursive: true,
      verbatimSymlinks: true,
    })
  }
}

/** Bytes of all files, as an image's layers have them: without the blocks of this file system. */
export function bytesBelow(path: string): number {
  const found = lstatSync(path)
  if (!found.isDirectory()) return found.size
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0)
}

/** Entered by whoever runs it. */
export function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
}
