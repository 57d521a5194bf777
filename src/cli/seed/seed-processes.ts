/**
 * The parts of a population, made at once: the first in this process, each other in one of its own. A part has whole records,
 * and the ids of a record come from its number alone: they are the same however many processes there are.
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

/**
 * @param args of the command, as each of its processes reads them again
 * @throws CommandError when one of the processes ends before its part is made; the others stop then
 */
export async function seedInProcesses(
  parts: number,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  seedPart: SeedPart,
  tell: (sofar: Seeded) => void,
  stop: AbortController,
): Promise<Seeded> {
  const made: Seeded[] = Array.from({ length: parts }, () => ({ records: 0, documents: 0, bytes: 0 }))
  const note = (part: number, sofar: Seeded): void => {
    made[part] = sofar
    tell(sumOf(made))
  }
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
  try {
    await Promise.all([
      seedPart({ part: 0, parts }, (sofar) => note(0, sofar), stop.signal),
      ...others.map((child, i) => ended(child, (sofar) => note(i + 1, sofar))),
    ])
  } catch (error) {
    stop.abort()
    await Promise.all(others.map(gone))
    throw error
  } finally {
    stop.signal.removeEventListener('abort', interrupt)
  }
  return sumOf(made)
}

async function ended(child: ChildProcess, note: (sofar: Seeded) => void): Promise<void> {
  child.on('message', (message) => {
    if (isSeeded(message)) note(message)
  })
  const [code, signal] = await once(child, 'exit')
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
