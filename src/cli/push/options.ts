/** The options of `dmp push`, with what its table cannot say. */
import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CommandError, exitCodes } from '../command.ts'
import type { Input } from '../command-table.ts'
import type { pushTable } from '../tables/push.ts'
import { madeOid } from './identifiers.ts'

export type PushOptions = ReturnType<typeof readPushOptions>

export function readPushOptions({ options: values, words: named }: Input<typeof pushTable>, server: string) {
  if (named.length === 0)
    throw new CommandError(exitCodes.usage, 'say what to push: files or folders (dmp push --help)')
  if (values.simple && values.batch !== 1)
    throw new CommandError(exitCodes.usage, '--simple sends documents one by one: no --batch')
  const base = server.replace(/\/+$/, '')
  if (!/^https?:\/\//.test(base) || !URL.canParse(base))
    throw new CommandError(exitCodes.usage, `not a URL: ${server}`)
  const sourceId = values['source-id'] ?? madeOid('source')
  const oid = sourceId.startsWith('urn:oid:') ? sourceId : `urn:oid:${sourceId}`
  if (!/^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/.test(oid))
    throw new CommandError(exitCodes.usage, '--source-id is no OID')
  return {
    ...values,
    base,
    named,
    sourceId: oid,
    giveUpAfterMs: values['give-up-after'] * 60_000,
    maxDocumentBytes: values['max-bytes'],
    journalPath: values.journal ?? journalBeside(named[0] ?? '.', base),
  }
}

/** One for each server: what is at one is not at another. */
function journalBeside(first: string, base: string): string {
  const { host, pathname } = new URL(base)
  const server = `${host}${pathname === '/fhir' ? '' : pathname}`.replace(/[^A-Za-z0-9.]+/g, '-')
  const isFolder = statSync(first, { throwIfNoEntry: false })?.isDirectory() ?? false
  return join(isFolder ? first : dirname(first), `.dmp-push-${server}.jsonl`)
}
