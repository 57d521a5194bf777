/**
 * The parts of a population, made at once: the first in this process, each other in one of its own. A part has whole records,
 * and the ids of a record come from its number alone: they are the same however many processes there are.
 *
 * A process takes a second to begin: they are started as soon as there is a database, and wait until they are told to begin.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { CommandError, exitCodes } from '../command.ts'
import { OtherPopulation } from './other-population.ts'
import type { Part, Seeded } from './seed-records.ts'

export type SeedPart = (part: Part, tell: (sofar: Seeded) => void, stop: AbortSignal) => Promise<Seeded>

/** How a process is told which part is its own: `--part 1/2`. */
export function readPart(text: string): Part | undefined {
  const [, part, parts] = /^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []
  return part !== undefined && Number(part) < Number(parts)
    ? { part: Number(part), parts: Number(parts) }
    : undefined
}

export type SeedProcesses = {
  /** @throws CommandError when one of the processes ends before its part is made; the others stop then */
  seed(seedPart: SeedPart, tell: (sofar: Seeded) => void): Promise<Seeded>
  /** Ends those that still wait, when it does not come to that. */
  end(): Promise<void>
}

const BEGIN = 'begin'

/** @param args of the command, as each of its processes reads them again */
export function startProcesses(
  parts: number,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  stop: AbortController,
): SeedProcesses {
  const script = process.argv[1]
  if (parts > 1 && script === undefined) throw new Error('A command without a script')
  const others = Array.from({ length: parts - 1 }, (_, i) =>
    fork(script ?? '', ['seed', ...args, '--part', `${i + 1}/${parts}`], {
      env,
      // Young objects are given room: most of what is made for a document dies with it.
      execArgv: ['--max-semi-space-size=32'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    }),
  )
  const interrupt = (): void => {
    for (const child of others) child.kill('SIGTERM')
  }
  stop.signal.addEventListener('abort', interrupt)
  const end = async (): Promise<void> => {
    interrupt()
    await Promise.all(others.map(gone))
    stop.signal.removeEventListener('abort', interrupt)
  }
  const seed: SeedProcesses['seed'] = async (seedPart, tell) => {
    const made: Seeded[] = Array.from({ length: parts }, () => ({ records: 0, documents: 0, bytes: 0 }))
    const note = (part: number, sofar: Seeded): void => {
      made[part] = sofar
      tell(sumOf(made))
    }
    try {
      await Promise.all([
        seedPart({ part: 0, parts }, (sofar) => note(0, sofar), stop.signal),
        ...others.map((child, i) => begun(child, (sofar) => note(i + 1, sofar))),
      ])
    } catch (error) {
      stop.abort()
      throw error
    }
    return sumOf(made)
  }
  return { seed, end }
}

/** In a process of a part: when it is told to begin, or to stop. */
export function toldToBegin(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    process.once('message', () => resolve())
    stop.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function begun(child: ChildProcess, note: (sofar: Seeded) => void): Promise<void> {
  child.on('message', (message) => {
    if (isSeeded(message)) note(message)
  })
  // One that is gone has nobody to be told; how it ended is told below.
  if (child.connected) child.send(BEGIN)
  await gone(child)
  const { exitCode: code, signalCode: signal } = child
  if (code === exitCodes.ok || code === exitCodes.stopped) return
  if (code === exitCodes.usage) throw new OtherPopulation('A part has found another population')
  throw new CommandError(exitCodes.unavailable, `a process that made a part of it ended (${code ?? signal})`)
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function isSeeded(message: unknown): message is Seeded {
  if (message === null || typeof message !== 'object') return false
  const { records, documents, bytes } = message as Readonly<Record<string, unknown>>
  return [records, documents, bytes].every((count) => typeof count === 'number')
}

function sumOf(parts: readonly Seeded[]): Seeded {
  const sum = (of: keyof Seeded): number => parts.reduce((all, part) => all + part[of], 0)
  return { records: sum('records'), documents: sum('documents'), bytes: sum('bytes') }
}
