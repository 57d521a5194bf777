/**
 * Several processes that serve at one address (DMP_WORKERS): a process of Node uses one core. The primary prepares the
 * database, starts the workers, starts another for one that ended, and stops them; it serves nothing itself.
 * @see https://nodejs.org/api/cluster.html, docs/operations.md "Workers"
 */
import cluster, { type Worker } from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { AggregatorRegistry, type PrometheusContentType } from 'prom-client'
import type { ConnectionSettings } from '../storage/connection/connection-settings.ts'
import type { Serving } from '../wiring/serve.ts'
import type { Order, Said } from './order.ts'
import { WorkerError } from './worker-error.ts'

/** One that ends as soon as it has started must not take the machine with it. */
const RESTART_MS = 1_000

/**
 * One that is killed while another serves already (by the machine, short of memory) is started again, as it is later.
 * @throws WorkerError when one of the first workers does not come to serve; the others are then stopped
 */
export async function startWorkers(
  count: number,
  connection: ConnectionSettings,
  onRestart: (message: string) => void,
): Promise<Serving> {
  let isStopping = false
  let all: AggregatorRegistry<PrometheusContentType> | undefined
  const living = new Set<Worker>()
  let areServing = 0

  const start = async (place: number): Promise<void> => {
    const worker = cluster.fork()
    living.add(worker)
    worker.once('exit', () => living.delete(worker))
    await serving(worker, { connection, withJobs: place === 0 })
    areServing++
    worker.once('exit', (code, signal) => {
      areServing--
      if (isStopping) return
      onRestart(`worker ${place + 1} has ended (${signal ?? `exit code ${code}`})`)
      replace(place)
    })
  }
  /** Until one serves in this place again. */
  const replace = async (place: number): Promise<void> => {
    while (!isStopping) {
      await sleep(RESTART_MS)
      if (isStopping) return
      try {
        return await start(place)
      } catch (error) {
        if (!isStopping) onRestart(`worker ${place + 1}: ${String(error)}`)
      }
    }
  }
  const startFirst = async (place: number): Promise<void> => {
    try {
      await start(place)
    } catch (error) {
      if (!(error instanceof WorkerError && error.wasKilled) || areServing === 0) throw error
      onRestart(`worker ${place + 1}: ${String(error)}`)
      // Not waited for: the server is up, and can be told to stop.
      void replace(place)
    }
  }
  const stop = async (): Promise<void> => {
    isStopping = true
    await Promise.all([...living].map(ended))
  }
  try {
    await Promise.all(Array.from({ length: count }, (_, place) => startFirst(place)))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    stop,
    metrics: () => {
      all ??= new AggregatorRegistry()
      return all.clusterMetrics()
    },
    renewCertificates() {
      for (const worker of living) worker.process.kill('SIGHUP')
    },
  }
}

/** Gives the order, and waits until it is carried out. */
function serving(worker: Worker, order: Order): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (said: Said) => {
      if (said === 'listening') worker.send(order)
      if (said === 'serving') resolve()
    })
    worker.once('exit', (code, signal) => {
      reject(new WorkerError(code, signal))
    })
  })
}

/** Asked to stop; a worker that a signal to the whole group has reached already is waited for. */
function ended(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    worker.once('exit', () => resolve())
    worker.process.kill('SIGTERM')
  })
}
