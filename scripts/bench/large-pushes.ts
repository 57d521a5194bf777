/**
 * Pushes (ITI-65) of PDFs of 20 MB, all at once, against a dmp server that has taken small pushes for a while: how much
 * memory they take of it, and how fast they go.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { residentMegabytes } from './processes.ts'
import { callers, openRecords, pdfOfBytes, pushDocuments, pushOf, withConnections } from './records.ts'
import { makePlace, removePlace, type ServerProcess, withServer } from './server-process.ts'

export type LargePushes = {
  readonly bytes: number
  readonly atOnce: number
  /** Megabytes of the server before the first round. */
  readonly idle: number
  /** The most in each round, beyond what it was before that round. */
  readonly growth: readonly number[]
  /** The most in all rounds, beyond what it was before the first. */
  readonly growthInAll: number
  readonly seconds: readonly number[]
}

const SMALL_PUSHES = 2_000
const ROUNDS = 3
const SAMPLE_MS = 5

/** One client asks for as much as many. */
const environment = { DMP_RATE_LIMIT: '0' }

export async function largePushes(
  bytes: number,
  atOnce: number,
  cpuProfile?: string | undefined,
): Promise<LargePushes> {
  const place = await makePlace()
  try {
    const as = await withServer(place, { profile: 'dmp' }, async ({ port }) => {
      const known = await callers(port)
      await openRecords(port, known, atOnce)
      return known
    })
    return await withServer(place, { profile: 'dmp', cpuProfile, environment }, async (server) => {
      await pushDocuments(server.port, as, atOnce, SMALL_PUSHES)
      const idle = residentMegabytes(server.pid) ?? 0
      const rounds: { readonly growth: number; readonly peak: number; readonly seconds: number }[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const requests = Array.from({ length: atOnce }, (_, n) =>
          pushOf(as, n, `9.${round}.${n}`, pdfOfBytes(bytes, round * atOnce + n)),
        )
        rounds.push(await atOnceWatched(server, requests))
      }
      return {
        bytes,
        atOnce,
        idle,
        growth: rounds.map(({ growth }) => growth),
        growthInAll: Math.max(...rounds.map(({ peak }) => peak)) - idle,
        seconds: rounds.map(({ seconds }) => seconds),
      }
    })
  } finally {
    removePlace(place)
  }
}

async function atOnceWatched({ port, pid }: ServerProcess, requests: readonly Buffer[]) {
  const before = residentMegabytes(pid) ?? 0
  let peak = before
  let isOver = false
  const watch = async (): Promise<void> => {
    while (!isOver) {
      peak = Math.max(peak, residentMegabytes(pid) ?? 0)
      await sleep(SAMPLE_MS)
    }
  }
  const watching = watch()
  const begun = performance.now()
  try {
    await withConnections(port, requests.length, (connections) =>
      Promise.all(
        connections.map(async (connection, n) => {
          const request = requests[n]
          const { status, body } = await connection.send(request ?? '')
          if (status !== 200) throw new Error(`A large push was answered ${status}: ${body.subarray(0, 500)}`)
        }),
      ),
    )
  } finally {
    isOver = true
  }
  await watching
  return { growth: peak - before, peak, seconds: (performance.now() - begun) / 1000 }
}
