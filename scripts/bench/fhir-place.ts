/**
 * Where the fhir profile is measured: a data folder with the population in it, made for one run or kept for others, and
 * what is known of it: nobody has to count again what an import has brought.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Options } from './options.ts'
import { freePort, makePlace, type Place, removePlace } from './server-process.ts'

export type Loaded = {
  readonly seed: number
  /** As asked for. */
  readonly resources: number
  /** As loaded. */
  readonly total: number
  readonly patients: number
}

const FILE = 'population.json'

/** @param work gets what is loaded already; undefined: nothing */
export async function withFhirPlace<T>(
  { data, seed, resources }: Options,
  work: (place: Place, loaded: Loaded | undefined) => Promise<T>,
): Promise<T> {
  if (data === undefined) {
    const place = await makePlace()
    try {
      return await work(place, undefined)
    } finally {
      removePlace(place)
    }
  }
  const dataDir = resolve(data)
  mkdirSync(dataDir, { recursive: true })
  chmodSync(dataDir, 0o711)
  const loaded = readLoaded(dataDir)
  if (loaded && (loaded.seed !== seed || loaded.resources !== resources)) {
    throw new Error(`${data} holds another population: seed ${loaded.seed}, ${loaded.resources} resources`)
  }
  return work({ port: await freePort(), dataDir }, loaded)
}

export function writeLoaded({ dataDir }: Place, loaded: Loaded): void {
  writeFileSync(join(dataDir, FILE), JSON.stringify(loaded))
}

function readLoaded(dataDir: string): Loaded | undefined {
  const file = join(dataDir, FILE)
  // Written by a run of ours, after the last resource was in.
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Loaded) : undefined
}
