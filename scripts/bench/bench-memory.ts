/**
 * `bench memory`: 20 transactions of 25 MB at once against the fhir profile: what the server's memory comes to, and that
 * each is answered, with 200 or with 503 and when to come again. And 8 pushes of 20 MB at once against the dmp profile: by how
 * much the server grows.
 */
import { largePushes } from './large-pushes.ts'
import type { Options } from './options.ts'
import { megabytes } from './report.ts'
import { makePlace, removePlace, withServer } from './server-process.ts'
import { largeTransaction, type Shape, type Siege, sendAtOnce } from './siege.ts'

const TRANSACTIONS = 20
const BYTES = 25_000_000
const PUSH = { bytes: 20 * 1024 * 1024, atOnce: 8 }
/** Megabytes, for all of them together. */
const GROWTH_TARGET = 40
const shapes: readonly Shape[] = ['many-resources', 'one-binary']

export async function benchMemory(options: Options): Promise<Record<string, unknown>> {
  const figures: Record<string, Siege> = {}
  for (const shape of shapes) {
    const place = await makePlace()
    try {
      const server = { profile: 'fhir', cpuProfile: options.profile } as const
      figures[shape] = await withServer(place, server, (running) =>
        sendAtOnce(running, largeTransaction(BYTES, shape), TRANSACTIONS),
      )
    } finally {
      removePlace(place)
    }
  }
  console.log(`\n${TRANSACTIONS} transactions of ${BYTES / 1e6} MB at once`)
  for (const [shape, { statuses, idle, peak, after, seconds }] of Object.entries(figures)) {
    const answered = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`)
    console.log(
      `${shape}: ${answered.join(', ')} in ${seconds.toFixed(1)} s; server ${megabytes(idle)} before, ` +
        `${megabytes(peak)} at most, ${megabytes(after)} after`,
    )
  }
  const pushes = await largePushes(PUSH.bytes, PUSH.atOnce, options.profile)
  const { idle, growth, growthInAll, seconds } = pushes
  console.log(
    `\n${PUSH.atOnce} pushes of ${PUSH.bytes / 1024 ** 2} MB at once, three times, after small ones`,
  )
  console.log(
    `server ${megabytes(idle)} before; grew by ${growth.map(megabytes).join(', ')}, ${megabytes(growthInAll)} in all ` +
      `(target ${GROWTH_TARGET}); ${seconds.map((s) => s.toFixed(1)).join(', ')} s`,
  )
  return { memory: figures, largePushes: pushes }
}
