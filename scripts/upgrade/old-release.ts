/**
 * A release of before, built from the history of this repository into `dmp-fhir-releases/[commit]` of the system's temporary
 * folder: its own source and packages, as it was served. Made once, and kept there; a build of ours clears its own folders.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packageRoot } from '../../src/asset-path.ts'
import { UsageError } from '../bench/command-line.ts'

export type Release = {
  readonly commit: string
  /** Of its server. */
  readonly main: string
  /** The last of its migrations. */
  readonly schema: string
}

const LOCK = 'package-lock.json'
const BUILT = '.built'

/** @param revision as git takes it @throws UsageError for one that is not there */
export function oldRelease(revision: string): Release {
  const commit = commitOf(revision)
  const folder = join(tmpdir(), 'dmp-fhir-releases', commit)
  if (!existsSync(join(folder, BUILT))) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const source = git(['archive', '--format=tar', commit])
    execFileSync('tar', ['-x', '-C', folder], { input: source })
    const isSame = readFileSync(join(folder, LOCK)).equals(readFileSync(join(packageRoot(), LOCK)))
    if (isSame) symlinkSync(join(packageRoot(), 'node_modules'), join(folder, 'node_modules'))
    else execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' })
    execFileSync(process.execPath, ['scripts/build.js'], {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    writeFileSync(join(folder, BUILT), '')
  }
  return { commit, main: join(folder, 'dist', 'main.js'), schema: lastMigration(folder) }
}

/** By the names of its files. */
export function lastMigration(folder: string): string {
  const names = readdirSync(join(folder, 'migrations')).sort()
  return names.findLast((name) => /^\d{4}_.*\.sql$/.test(name)) ?? 'none'
}

function commitOf(revision: string): string {
  try {
    return git(['rev-parse', '--verify', '--end-of-options', `${revision}^{commit}`])
      .toString('utf8')
      .trim()
  } catch (cause) {
    throw new UsageError(`${revision} is no commit of this repository`, { cause })
  }
}

function git(args: readonly string[]): Buffer {
  return execFileSync('git', args, {
    cwd: packageRoot(),
    maxBuffer: 1024 ** 3,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}
