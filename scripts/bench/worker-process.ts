/** A process of the benchmark's own that is given orders, one at a time, and ends when its parent does. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { packageRoot } from '../../src/asset-path.ts'

type Outcome<Result> = { readonly result: Result } | { readonly error: string }

export class WorkerProcess<Order, Result> {
  readonly #child: ChildProcess
  readonly pid: number

  /** @param name of the bundle in `.build/bench` @param execArgv options of Node */
  constructor(name: string, execArgv: readonly string[] = []) {
    this.#child = fork(join(packageRoot(), '.build', 'bench', `${name}.js`), [], { execArgv: [...execArgv] })
    if (this.#child.pid === undefined) throw new Error(`${name} did not start`)
    this.pid = this.#child.pid
  }

  async order(order: Order): Promise<Result> {
    const gone = new AbortController()
    const ended = once(this.#child, 'exit', gone).then(
      () => {
        throw new Error('The worker process ended')
      },
      (error: unknown) => {
        if (!gone.signal.aborted) throw error
        return []
      },
    )
    this.#child.send(order as object)
    const [outcome] = (await Promise.race([once(this.#child, 'message', gone), ended])) as [Outcome<Result>]
    gone.abort()
    if ('error' in outcome) throw new Error(outcome.error)
    return outcome.result
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
  }
}

/** The other end, in the process itself. */
export function serveOrders<Order, Result>(work: (order: Order) => Promise<Result>): void {
  process.on('disconnect', () => process.exit(0))
  process.on('message', (order: Order) => {
    const answer = (outcome: Outcome<Result>): void => {
      process.send?.(outcome)
    }
    work(order).then(
      (result) => answer({ result }),
      (error: unknown) =>
        answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
}
