/**
 * The folder of PostgreSQL's Unix socket: new at each start, below the temporary directory, because a socket's path may
 * have at most 107 bytes (103 on macOS) and a checkout's path is longer than one thinks.
 */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmbeddedPostgresError } from './embedded-postgres-error.ts'
import { PORT } from './settings.ts'

const LONGEST = process.platform === 'darwin' ? 103 : 107
const PREFIX = 'dmp-pg-'

export function makeSocketFolder(candidates: readonly string[] = [tmpdir(), '/tmp']): string {
  for (const candidate of candidates) {
    const socket = join(candidate, `${PREFIX}XXXXXX`, `.s.PGSQL.${PORT}`)
    // mkdtemp makes it with mode 700 and a name nobody can have taken before.
    if (Buffer.byteLength(socket) <= LONGEST) return mkdtempSync(join(candidate, PREFIX))
  }
  throw new EmbeddedPostgresError(
    `No temporary directory is short enough for a Unix socket (${candidates.join(', ')}): set TMPDIR or DATABASE_URL.`,
  )
}
