/**
 * `dmp push`: a hospital's documents into the records of their patients, once each.
 * @see docs/push.md
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { assetPath } from '../asset-path.ts'
import { loadProfiles } from '../definitions/load-profiles.ts'
import { buildTerminology } from '../dmp/codes/terminology.ts'
import { type Command, type CommandIo, command, type ExitCode, exitCodes } from './command.ts'
import { Acknowledgements } from './push/acknowledgements.ts'
import { Connection } from './push/connection.ts'
import { type Found, findFiles } from './push/find-files.ts'
import type { PrepareWith } from './push/hl7-items.ts'
import { nameOf } from './push/item.ts'
import { Journal } from './push/journal.ts'
import { type PushOptions, readPushOptions } from './push/options.ts'
import { Pace } from './push/pace.ts'
import { prepare } from './push/prepare.ts'
import { Report } from './push/report.ts'
import { type Ended, runPush } from './push/run-push.ts'
import { named, Tell } from './push/tell.ts'
import { type TokenSource, tokenSource } from './push/token-source.ts'
import { pushTable } from './tables/push.ts'
import { defaultServer } from './tables/settings.ts'

export const push: Command = command(pushTable, async (input, io) => {
  const options = readPushOptions(input, io.env.DMP_URL || defaultServer)
  const tokens = options['dry-run']
    ? undefined
    : tokenSource(options.base, {
        token:
          options.token ?? (options['token-command'] || options.structure ? undefined : io.env.DMP_TOKEN),
        command: options['token-command'],
        structure: options.structure,
      })
  const found = findFiles(options.named)
  const terminology = buildTerminology(loadProfiles(assetPath('profiles')))
  const using = { terminology, maxDocumentBytes: options.maxDocumentBytes }
  const tell = new Tell({
    json: options.json,
    terminal: process.stderr.isTTY === true && io.env.TERM !== 'dumb',
    out: io.out,
    paint: io.paint,
    // How far it has come is no data: what stands on standard output can be kept.
    write: (text) => void process.stderr.write(text),
    now: () => performance.now(),
    columns: () => process.stderr.columns || 80,
  })
  const report = new Report(options.report)
  return tokens ? send(found, using, report, tell, options, tokens, io) : dryRun(found, using, report, tell)
})

async function dryRun(found: Found, using: PrepareWith, report: Report, tell: Tell): Promise<ExitCode> {
  let ready = 0
  for await (const item of prepare(found.files, using)) {
    if (item.kind === 'document' || item.kind === 'deletion') ready++
    else {
      const reasons = item.kind === 'unusable' ? item.reasons : [item.reason]
      const outcome = item.kind === 'unusable' ? 'refused' : 'ignored'
      const line = { file: nameOf(item.origin), outcome, reasons } as const
      report.note(line)
      tell.document(line)
    }
  }
  const { refused } = report.counts
  report.end({ ready, passedBy: found.passedBy })
  tell.end(`${[`${ready} can be sent`, ...named(report.counts)].join(', ')}; nothing was sent (--dry-run)`, {
    ready,
    ...report.counts,
  })
  return refused > 0 ? exitCodes.refused : exitCodes.ok
}

async function send(
  found: Found,
  using: PrepareWith,
  report: Report,
  tell: Tell,
  options: PushOptions,
  tokens: TokenSource,
  io: CommandIo,
): Promise<ExitCode> {
  const acknowledgements = options.ack === undefined ? undefined : new Acknowledgements(options.ack)
  const files = { cert: options.cert, key: options.key, ca: options.ca }
  const connection = new Connection(options.base, files, options.concurrency)
  const journal = await Journal.open(options.journalPath, options.base)
  const stop = new AbortController()
  const release = onSignal(stop, io)
  const pace = new Pace(options.concurrency, {
    now: () => performance.now(),
    sleep: async (milliseconds, signal) => {
      await sleep(milliseconds, undefined, { signal }).catch(() => undefined)
    },
    random: Math.random,
  })
  try {
    const ended = await runPush(prepare(found.files, using), {
      connection,
      pace,
      tokens,
      source: { sourceId: options.sourceId, terminology: using.terminology },
      simple: options.simple,
      giveUpAfterMs: options.giveUpAfterMs,
      journal,
      report,
      tell,
      acknowledgements,
      batch: options.batch,
      concurrency: options.concurrency,
      stop,
      expected: found.files.length,
    })
    return conclude(ended, found, report, tell, connection, options)
  } finally {
    release()
    connection.close()
    await journal.close()
  }
}

function conclude(
  { unfinished, gaveUp }: Ended,
  { passedBy }: Found,
  report: Report,
  tell: Tell,
  { requests }: Connection,
  { journalPath }: PushOptions,
): ExitCode {
  const { counts } = report
  const rest = {
    finished: !unfinished,
    ...(gaveUp === undefined ? {} : { gaveUp }),
    requests,
    passedBy,
    journal: journalPath,
  }
  report.end(rest)
  const lines = [
    named(counts).join(', ') || 'nothing to be sent',
    ...(passedBy > 0 ? [`${passedBy} files of other kinds were passed by`] : []),
    ...(gaveUp === undefined ? [] : [gaveUp]),
    ...(unfinished || counts.failed > 0
      ? ['not finished: the same command goes on where this one stopped']
      : []),
  ]
  tell.end(lines.join('\n'), { ...counts, ...rest })
  if (unfinished || counts.failed > 0) return exitCodes.stopped
  return counts.refused > 0 ? exitCodes.refused : exitCodes.ok
}

/** The first signal lets what is under way end; the second does not. */
function onSignal(stop: AbortController, io: CommandIo): () => void {
  const signals = ['SIGINT', 'SIGTERM'] as const
  const act = (): void => {
    if (stop.signal.aborted) process.exit(exitCodes.stopped)
    io.err('stopping: what is under way ends first (again: at once)')
    stop.abort()
  }
  for (const signal of signals) process.on(signal, act)
  return () => {
    for (const signal of signals) process.off(signal, act)
  }
}
