/** The options of `dmp push`, read and checked. */

import { statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { CommandError, exitCodes } from '../command.ts'
import { madeOid } from './identifiers.ts'

export const pushUsage = `usage: dmp push [options] <files or folders>

Deposits documents once each, however often it is run: CDA (.xml), HL7 v2 messages that carry
one (.hl7, .er7), and PDF, JPEG, TIFF, RTF, text with what is said of them in a .json beside
them, or in push.json for a whole folder. docs/push.md tells how.

  --simple               ITI-105, a document by itself, instead of ITI-65
  --batch N              documents of one patient in one submission, 1 to 50; 1 unless said
  --concurrency N        requests at once, 1 to 32; 4 unless said, fewer while the server asks for it
  --journal <file>       what was done; .dmp-push-<server>.jsonl in the first folder unless said
  --report <file>        what became of each file, as JSON
  --ack <folder>         an acknowledgement for each HL7 v2 message
  --source-id <oid>      the software that sends, as it is known to the server
  --give-up-after <min>  minutes without an answer; 15 unless said
  --max-bytes <n>        the largest document the server takes; 20971520 unless said
  --dry-run              tells what is wrong with the files, sends nothing
  --json                 one JSON object a line

  --token <token>        an access token; DMP_TOKEN unless said
  --token-command <cmd>  prints one; run again when it ends
  --structure <id>       one of the sandbox issuer, for this structure
  --cert, --key, --ca    PEM files: client certificate, its key, the server's authority

The server is DMP_URL (default http://127.0.0.1:8080/fhir).
Exit code: 0 everything is there, 1 some were refused, 64 wrong usage, 75 not finished: run it again.`

const options = {
  simple: { type: 'boolean' },
  batch: { type: 'string' },
  concurrency: { type: 'string' },
  journal: { type: 'string' },
  report: { type: 'string' },
  ack: { type: 'string' },
  'source-id': { type: 'string' },
  'give-up-after': { type: 'string' },
  'max-bytes': { type: 'string' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean' },
  token: { type: 'string' },
  'token-command': { type: 'string' },
  structure: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  ca: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

export type PushOptions = ReturnType<typeof readPushOptions>

export function readPushOptions(args: readonly string[], server: string) {
  const { values, positionals } = parsed(args)
  if (values.help !== true && positionals.length === 0)
    throw new CommandError(exitCodes.usage, 'say what to push: files or folders (dmp push --help)')
  if (values.simple && values.batch !== undefined && values.batch !== '1')
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
    named: positionals,
    sourceId: oid,
    batch: whole('--batch', values.batch, 1, 1, 50),
    concurrency: whole('--concurrency', values.concurrency, 4, 1, 32),
    giveUpAfterMs: whole('--give-up-after', values['give-up-after'], 15, 1, 10_000) * 60_000,
    maxDocumentBytes: whole('--max-bytes', values['max-bytes'], 20 * 1024 * 1024, 1_024, 2 ** 30),
    journalPath: values.journal ?? journalBeside(positionals[0] ?? '.', base),
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: true })
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    // What was written may be a token: it is not repeated.
    throw new CommandError(exitCodes.usage, 'an option is not known, or lacks its value (dmp push --help)', {
      cause,
    })
  }
}

function whole(name: string, text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < min || value > max)
    throw new CommandError(exitCodes.usage, `${name} is not a whole number from ${min} to ${max}`)
  return value
}

/** One for each server: what is at one is not at another. */
function journalBeside(first: string, base: string): string {
  const { host, pathname } = new URL(base)
  const server = `${host}${pathname === '/fhir' ? '' : pathname}`.replace(/[^A-Za-z0-9.]+/g, '-')
  const isFolder = statSync(first, { throwIfNoEntry: false })?.isDirectory() ?? false
  return join(isFolder ? first : dirname(first), `.dmp-push-${server}.jsonl`)
}
