/** `/livez` and `/readyz` in turn, on a connection of their own, and how long they take while something else goes on. */
import { Durations, type Quantiles } from '../durations.ts'
import type { HttpConnection } from '../http-connection.ts'
import { withConnections } from '../records.ts'

const EVERY_MS = 100

export type Health = Quantiles & { readonly asked: number; readonly failed: number }

export function watchHealth(port: number): { stop(): Promise<Health> } {
  const took = new Durations()
  let [asked, failed] = [0, 0]
  let isOver = false
  const ask = async (connection: HttpConnection): Promise<void> => {
    while (!isOver) {
      const at = performance.now()
      const path = asked++ % 2 ? '/readyz' : '/livez'
      const { status } = await connection.send(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`)
      took.add(performance.now() - at)
      if (status !== 200) failed++
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
  }
  const done = withConnections(port, 1, async ([connection]) => connection && ask(connection))
  return {
    async stop() {
      isOver = true
      await done
      return { ...took.quantiles(), asked, failed }
    },
  }
}
