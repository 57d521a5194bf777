/**
 * The fuzz finds leaks: each fault is planted in a server, and a short run against it must disagree with the oracle. All are
 * planted in one server, one at a time; without any of them it must agree, before and afterwards.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import tap from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import type { PlantedServer, plantedServer } from './fuzz-on-one-server.ts'
import { leaksOfAccess } from './leaks-of-access.ts'
import { leaksOfDocuments } from './leaks-of-documents.ts'
import { bundleWith } from './plant-leaks.ts'

type Bundled = { readonly plantedServer: typeof plantedServer }

/** Enough that each fault was found with every seed that was tried; the run ends with the first answers that differ. */
const REQUESTS = 6_000
/** Enough that what a fault has left behind on the server, or the planting itself, would be noticed. */
const SOUND_REQUESTS = 400
/** Many changes for few requests: some faults are of these, or show after them. */
const first = { perRound: 30, enough: 1 }
const SEED = 7

const leaks = [...leaksOfAccess, ...leaksOfDocuments]

tap.comment(`report: planted leaks: ${leaks.length}, each to be found by the fuzz`)
const server = await serverWithLeaks()
tap.teardown(() => server[Symbol.asyncDispose]())

findNone('before')
for (const [i, { name }] of leaks.entries()) {
  tap.test(`found: ${name}`, async (t) => {
    const { faults, requests } = await server.run(i, { requests: REQUESTS, ...first })
    t.ok(faults.length > 0, `a disagreement within ${requests} requests`)
  })
}
findNone('afterwards')

function findNone(when: string): void {
  tap.test(`nothing is found where nothing is planted, ${when}`, async (t) => {
    const { faults } = await server.run(undefined, { requests: SOUND_REQUESTS, ...first })
    t.same(faults, [])
  })
}

async function serverWithLeaks(): Promise<PlantedServer> {
  const outfile = join(packageRoot(), '.build', 'leaks', `${process.pid}.mjs`)
  await bundleWith(leaks, 'fuzz-on-one-server.ts', outfile)
  const { plantedServer } = (await import(pathToFileURL(outfile).href)) as Bundled
  return plantedServer(SEED)
}
