/** Large bodies, all at once, and what they do to the memory of the server. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { closedLoop } from './closed-loop.ts'
import { peakMegabytes, residentMegabytes } from './processes.ts'

/** Thousands of small resources, which take the most memory once parsed, or a single Binary. */
export type Shape = 'many-resources' | 'one-binary'

export type Siege = {
  /** How often each status was answered; `503 without Retry-After` and `none` are faults. */
  readonly statuses: Readonly<Record<string, number>>
  readonly seconds: number
  /** Megabytes of the server. */
  readonly idle: number | undefined
  readonly peak: number | undefined
  readonly after: number | undefined
}

const ENTRIES = 10_000
const SETTLE_MS = 2_000

/** Of about so many bytes. */
export function largeTransaction(bytes: number, shape: Shape): Buffer {
  const small = entry(observation(1)).length + 1
  const count = Math.max(1, Math.min(ENTRIES, Math.floor(bytes / small)))
  const entries =
    shape === 'one-binary'
      ? [entry(binary(bytes))]
      : new Array<string>(count).fill(entry(observation(Math.floor(bytes / count) - small)))
  return Buffer.from(`{"resourceType":"Bundle","type":"transaction","entry":[${entries.join(',')}]}`)
}

function entry(resource: { readonly resourceType: string }): string {
  return JSON.stringify({ resource, request: { method: 'POST', url: resource.resourceType } })
}

function observation(padding: number) {
  return {
    resourceType: 'Observation',
    status: 'final',
    code: { text: 'a'.repeat(Math.max(1, padding)) },
    component: Array.from({ length: 20 }, (_, i) => ({
      code: { coding: [{ system: 'http://loinc.org', code: `${i}-0` }] },
      valueInteger: i,
    })),
  }
}

function binary(bytes: number) {
  return { resourceType: 'Binary', contentType: 'application/pdf', data: 'A'.repeat(bytes - (bytes % 4)) }
}

export async function sendAtOnce(
  server: { readonly port: number; readonly pid: number },
  body: Buffer,
  count: number,
): Promise<Siege> {
  const idle = residentMegabytes(server.pid)
  const statuses: Record<string, number> = {}
  const { seconds } = await closedLoop({ workers: count, pieces: count }, async () => {
    const status = await answerTo(server.port, body)
    statuses[status] = (statuses[status] ?? 0) + 1
  })
  const peak = peakMegabytes(server.pid)
  await sleep(SETTLE_MS)
  return { statuses, seconds, idle, peak, after: residentMegabytes(server.pid) }
}

/** The answer may come before the body is through, and the connection end with it. */
async function answerTo(port: number, body: Buffer): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  let head = ''
  socket.on('data', (chunk) => {
    if (head.length < 4096) head += chunk.toString('latin1')
    if (head.includes('\r\n\r\n')) socket.destroy()
  })
  // Without an answer before it, it is counted as `none`.
  socket.on('error', () => undefined)
  socket.write(
    'POST /fhir/ HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/fhir+json\r\n' +
      `content-length: ${body.length}\r\n\r\n`,
  )
  socket.write(body)
  await once(socket, 'close')
  const status = head.slice(9, 12)
  if (status === '') return 'none'
  return status === '503' && !/\r\nretry-after: \d/i.test(head) ? '503 without Retry-After' : status
}
