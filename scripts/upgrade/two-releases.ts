/**
 * Servers of an old release and of this one on one database, under load, as in an upgrade without a pause: the schema is
 * migrated under the old one, both serve, the old one is stopped. The clients ask both in turn while there are both, so each
 * reads, changes and searches what the other wrote.
 * @see docs/operations.md "Upgrade"
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { commandLine } from '../../src/cli/command-line.ts'
import { type ServerProcess, serverProcess } from '../../test/support/server-process.ts'
import type { Fault } from '../chaos/fault.ts'
import { openRun, type Run } from '../chaos/open-run.ts'
import { openPlace, type Place } from '../chaos/place.ts'
import type { Release } from './old-release.ts'

export type Upgrade = AsyncDisposable & { readonly run: Run; readonly fault: Fault }

export type Phases = {
  readonly migratedMs: number
  readonly bothMs: number
}

/** @param settings of this release's servers while those of the old one run, beside those of both */
export async function twoReleases(
  old: Release,
  settings: Readonly<Record<string, string>>,
  { migratedMs, bothMs }: Phases,
): Promise<Upgrade> {
  const first = await openPlace('plain', old.main)
  const serving: ServerProcess[] = [first.server]
  let turn = 0
  const asked = (): string => serving[turn++ % serving.length]?.base ?? first.server.base
  let second: ServerProcess | undefined
  // The processes that are counted are those of the server that is there to stay.
  const place: Place = { ...first, server: { ...first.server, pid: () => (second ?? first.server).pid() } }
  const fault: Fault = {
    name: 'upgrade',
    setting: 'plain',
    what: 'servers of two releases on one database; the old one is stopped',
    takesProcesses: true,
    async happen() {
      await migrate(first)
      await sleep(migratedMs)
      second = await serverProcess(
        { owner: first.postgres.address },
        { ...first.serverEnvironment, DMP_PUBLIC_URL: new URL(first.server.base).origin, ...settings },
      )
      await second.start()
      serving.push(second)
      await sleep(bothMs)
      serving.shift()
      const code = await first.server.stop()
      if (code !== 0) throw new Error(`the old server ended with ${code}`)
    },
  }
  const run = await openRun(place, asked)
  return {
    run: { ...run, place },
    fault,
    async [Symbol.asyncDispose]() {
      await second?.[Symbol.asyncDispose]()
      await first[Symbol.asyncDispose]()
    },
  }
}

async function migrate({ environment }: Place): Promise<void> {
  const said: string[] = []
  const say = (text: string): void => void said.push(text)
  const code = await commandLine(['migrate'], { out: say, err: say, env: environment })
  if (code !== 0) throw new Error(`dmp migrate ended with ${code}: ${said.join(' ')}`)
}
