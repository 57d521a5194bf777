/**
 * `npm run upgrade -- <revision>`: from that commit to what lies here, without a pause and under load; whether every promise
 * was held (scripts/chaos). Exit code 1 when one was broken.
 * @see docs/operations.md "Upgrade"
 */
import { writeFileSync } from 'node:fs'
import { packageRoot } from '../../src/asset-path.ts'
import { CommandLine, UsageError } from '../bench/command-line.ts'
import { describeMachine } from '../bench/machine.ts'
import { machineLine } from '../bench/report.ts'
import { details, table } from '../chaos/report.ts'
import { tryFault } from '../chaos/try-fault.ts'
import { lastMigration, oldRelease } from './old-release.ts'
import { twoReleases } from './two-releases.ts'

const usage = `usage: npm run upgrade -- <revision> [options]

  <revision>        the release to come from, as git takes it
  --seconds 10      both releases serve so long
  --set NAME=value  a setting of this release's server, for as long as the old one runs; may be repeated
  --json <file>     what was found, for machines`

const MIGRATED_MS = 3_000
const known = {
  seconds: { type: 'string' },
  set: { type: 'string', multiple: true },
  json: { type: 'string' },
} as const

async function main(args: readonly string[]): Promise<void> {
  const line = new CommandLine(usage)
  const { values, positionals } = line.withWords(args, known)
  const [revision, another] = positionals
  if (revision === undefined || another !== undefined) throw line.wrong()
  const seconds = line.within(values.seconds, 10, 1, 3_600)
  const settings = Object.fromEntries((values.set ?? []).map((text) => setting(line, text)))
  const machine = describeMachine()
  console.log(machineLine(machine))
  const old = oldRelease(revision)
  const schemas = { old: old.schema, new: lastMigration(packageRoot()) }
  console.log(`from ${old.commit.slice(0, 12)} (${schemas.old}) to this release (${schemas.new})`)
  await using upgrade = await twoReleases(old, settings, {
    migratedMs: MIGRATED_MS,
    bothMs: seconds * 1_000,
  })
  const found = await tryFault(upgrade.run, upgrade.fault)
  console.log(details(found))
  console.log(`\n${table([found])}`)
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ machine, from: old.commit, schemas, found }, null, 2)}\n`)
  if (found.broken.length > 0) process.exitCode = 1
}

function setting(line: CommandLine, text: string): readonly [string, string] {
  const end = text.indexOf('=')
  if (end < 1) throw line.wrong(`${text} is no NAME=value`)
  return [text.slice(0, end), text.slice(end + 1)]
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
})
