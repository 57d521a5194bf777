/** Faults around PostgreSQL: a full disk, processes of the server that die, a clock that jumps, an object store that fails. */
import { setTimeout as sleep } from 'node:timers/promises'
import { childProcesses } from '../../test/support/child-processes.ts'
import type { Fault } from './fault.ts'
import { type Place, WORKERS } from './place.ts'

const HOUR_S = 3_600
const UNAUTHENTICATED = [/^401 jeton-/]

export const otherFaults: readonly Fault[] = [
  {
    name: 'worker-kill',
    setting: 'plain',
    what: 'a worker of the server is killed (-9), three times in 6 s',
    takesProcesses: true,
    async happen({ server }) {
      for (let i = 0; i < 3; i++) {
        const [worker] = workersOf(server.pid())
        if (worker !== undefined) process.kill(worker, 'SIGKILL')
        await sleep(2_000)
      }
    },
  },
  {
    name: 'workers-kill',
    setting: 'plain',
    what: 'all workers of the server are killed (-9) at once',
    takesProcesses: true,
    async happen({ server }) {
      for (const worker of workersOf(server.pid())) process.kill(worker, 'SIGKILL')
    },
  },
  {
    name: 'disk-full',
    setting: 'small disk',
    what: 'the disk of PostgreSQL’s data is full for 6 s',
    happen: (place) => fullDisk(place),
  },
  {
    name: 'log-full',
    setting: 'small log disk',
    what: 'the disk of PostgreSQL’s write-ahead log is full for 6 s',
    happen: (place) => fullDisk(place),
  },
  {
    name: 'clock-forward',
    setting: 'jumping clock',
    what: 'the server’s clock is two hours ahead for 6 s',
    mayAlso: UNAUTHENTICATED,
    signedWithinMs: 25_000,
    happen: (place) => jumped(place, 2 * HOUR_S),
  },
  {
    name: 'clock-back',
    setting: 'jumping clock',
    what: 'the server’s clock is two hours late for 6 s',
    mayAlso: UNAUTHENTICATED,
    signedWithinMs: 25_000,
    happen: (place) => jumped(place, -2 * HOUR_S),
  },
  {
    name: 'store-down',
    setting: 'object store',
    what: 'the object store refuses all for 4 s, then breaks connections for 4 s',
    async happen({ store }) {
      if (!store) throw new Error('no object store')
      store.fails = 'down'
      await sleep(4_000)
      store.fails = 'hang up'
      await sleep(4_000)
      store.fails = undefined
    },
  },
  {
    name: 'store-silent',
    setting: 'object store',
    what: 'the object store takes requests and answers nothing for 15 s',
    // Three attempts of 10 s each, as docs/operations.md says.
    longestMs: 35_000,
    async happen({ store }) {
      if (!store) throw new Error('no object store')
      store.fails = 'silent'
      await sleep(15_000)
      store.fails = undefined
    },
  },
]

export function workersOf(primary: number): number[] {
  return childProcesses(primary).flatMap(({ pid, command }) => (command.includes('main.js') ? [pid] : []))
}

export function hasAllWorkers({ server }: Place): boolean {
  return workersOf(server.pid()).length === WORKERS
}

/** PostgreSQL may end by it. Then an operator starts it, once there is room. */
async function fullDisk({ disk, postgres }: Place): Promise<void> {
  if (!disk) throw new Error('no small disk')
  try {
    disk.fill()
    for (const end = performance.now() + 6_000; performance.now() < end; await sleep(100)) disk.fill()
  } finally {
    disk.free()
  }
  if (postgres.postmaster() === undefined) await postgres.start()
}

async function jumped({ clock }: Place, seconds: number): Promise<void> {
  if (!clock) throw new Error('no clock')
  clock.jump(seconds)
  await sleep(6_000)
  clock.jump(0)
}
