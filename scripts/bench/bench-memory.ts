/**
 * `bench memory`: 20 transactions of 25 MB at once against the fhir profile: what the server's memory comes to, and that
 * each is answered, with 200 or with 503 and when to come again.
 */
import type { Options } from './options.ts'
import { megabytes } from './report.ts'
import { makePlace, removePlace, withServer } from './server-process.ts'
import { largeTransaction, type Shape, type Siege, sendAtOnce } from './siege.ts'

const TRANSACTIONS = 20
const BYTES = 25_000_000
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
  return { memory: figures }
}
