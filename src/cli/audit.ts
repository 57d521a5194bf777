/**
 * `dmp audit`: what an operator and an auditor do with traces: see whether they are all there as they were written, and let
 * go of those whose time has come.
 * @see docs/audit.md
 */
import { purgeTraces } from './audit/purge.ts'
import { verifyAudit } from './audit/verify.ts'
import { type Command, CommandError, exitCodes } from './command.ts'

export const auditUsage = `usage: dmp audit verify [options]    are the traces as they were written?
       dmp audit purge [--dry-run]   removes those whose time has come

  Each request to the server leaves one trace. Each trace bears a seal, which shows
  that it was changed. Each process that writes traces numbers them, and signs every
  few seconds which numbers it has written: this shows that one was removed, added
  or moved, even by who owns the database. Verify reads them all and names the first
  that is not as it was. Run it every night, and after each restore:

      dmp audit verify && echo sound

  An auditor who must not have the secrets of the server verifies the signatures
  with its public keys alone, on a copy of the database too:

      curl https://dmp.example/.well-known/dmp-seal-keys.json > keys.json
      DATABASE_URL=postgres://… dmp audit verify --public-keys keys.json

dmp audit verify --help and dmp audit purge --help say more; docs/audit.md says all.`

const words: Readonly<Record<string, Command>> = { verify: verifyAudit, purge: purgeTraces }

export const audit: Command = async ([word, ...rest], io) => {
  if (word === undefined || word === '--help' || word === '-h') {
    io.out(auditUsage)
    return word === undefined ? exitCodes.usage : exitCodes.ok
  }
  const command = Object.hasOwn(words, word) ? words[word] : undefined
  if (!command)
    throw new CommandError(exitCodes.usage, `${word} is neither verify nor purge (dmp audit --help)`)
  return command(rest, io)
}
