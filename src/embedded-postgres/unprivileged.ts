/**
 * PostgreSQL refuses to run as root. Two ways out, in this order:
 *
 * - a user namespace (`unshare`) in which root is user 65534. Files stay root's, so a checkout below a folder of mode
 *   700 works;
 * - an existing unprivileged user, where namespaces are forbidden (a plain container). The data is given to that user.
 *
 * Started by anybody else than root, PostgreSQL runs as that user.
 */
import { spawnSync } from 'node:child_process'
import { lchownSync, lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'

export type Identity = {
  /** What stands before the program on its command line. */
  readonly prefix: readonly string[]
  /** The ids to switch to when spawning, if any. */
  readonly ids: { readonly uid?: number; readonly gid?: number }
  /** Who must own PostgreSQL's files, seen from this process. */
  readonly owner: { readonly uid: number; readonly gid: number }
}

const NAMESPACE = ['unshare', '--user', '--map-user=65534', '--map-group=65534'] as const
const FALLBACK_USERS = ['postgres', 'nobody'] as const

/** `mustReach`: folders the user must be able to enter, the programs' and the data's. */
export function unprivileged(mustReach: readonly string[]): Identity {
  const uid = process.getuid?.() ?? -1
  const gid = process.getgid?.() ?? -1
  if (uid !== 0) return { prefix: [], ids: {}, owner: { uid, gid } }
  const [program, ...options] = NAMESPACE
  if (spawnSync(program, [...options, 'true']).status === 0) {
    return { prefix: NAMESPACE, ids: {}, owner: { uid: 0, gid: 0 } }
  }
  for (const name of FALLBACK_USERS) {
    const user = { uid: idOf('-u', name), gid: idOf('-g', name) }
    if (user.uid === undefined || user.gid === undefined) continue
    const ids = { uid: user.uid, gid: user.gid }
    if (mustReach.every((folder) => spawnSync('test', ['-x', folder], ids).status === 0)) {
      return { prefix: [], ids, owner: ids }
    }
  }
  throw new EmbeddedPostgresError(
    'The embedded PostgreSQL cannot run as root here: user namespaces are forbidden, and no unprivileged user can ' +
      `enter ${mustReach.join(' and ')}. Run as another user, or set DATABASE_URL.`,
  )
}

/** Gives a file or folder, with all below it, to the identity, unless the top already is its own. */
export function giveTo({ owner }: Identity, path: string): void {
  const { uid } = lstatSync(path)
  if (uid !== owner.uid) giveTree(owner, path)
}

function giveTree(owner: Identity['owner'], path: string): void {
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) giveTree(owner, join(path, name))
  // The top last: an interrupted change is taken up again.
  lchownSync(path, owner.uid, owner.gid)
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' })
  const id = Number(stdout)
  return status === 0 && Number.isInteger(id) && id > 0 ? id : undefined
}
