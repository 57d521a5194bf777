/** CPU seconds that a server and its database have taken so far; NaN where /proc is not there. */
import { familyCpuSeconds, nodeCpuSeconds } from '../processes.ts'
import type { ServerProcess } from '../server-process.ts'

export type ServerSeconds = { readonly node: number; readonly postgres: number }

type Measured = Pick<ServerProcess, 'pid' | 'postmasterPid'>

export function secondsOf({ pid, postmasterPid }: Measured): ServerSeconds {
  return {
    node: nodeCpuSeconds(pid) ?? Number.NaN,
    postgres: familyCpuSeconds(postmasterPid) ?? Number.NaN,
  }
}

export function secondsSince(server: Measured, before: ServerSeconds): ServerSeconds {
  const { node, postgres } = secondsOf(server)
  return { node: node - before.node, postgres: postgres - before.postgres }
}

export function allSeconds({ node, postgres }: ServerSeconds): number {
  return node + postgres
}
