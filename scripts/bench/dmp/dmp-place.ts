/**
 * Where the dmp profile is measured, and the data of a run: a population by `dmp seed` (the same for the same seed), two
 * records of a known size by it, and records of the bench's own with documents of 20 KB and of 2 MB, through the API. Made
 * for one run, or kept in a folder for others: a kept one grows with each run by what was pushed.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { assetPath } from '../../../src/asset-path.ts'
import { vacuumAnalyze } from '../database-time.ts'
import type { Options } from '../options.ts'
import { type Callers, openRecords, type Pushed, pushAll, pushLarge } from '../records.ts'
import { freePort, makePlace, type Place, removePlace, withServer } from '../server-process.ts'
import { authorise } from './authorise.ts'
import { type DataShape, fullShape, quickShape } from './data-shape.ts'
import { type People, people } from './people.ts'
import { readPopulation, type SeededPopulation } from './seeded-population.ts'

export type DmpData = {
  readonly shape: DataShape
  readonly as: People
  readonly population: SeededPopulation
  /** In the bench's own records, letter n in record n modulo how many there are. */
  readonly letters: readonly Pushed[]
  readonly large: readonly Pushed[]
}

export const LARGE_BYTES = 2_000_000

export function readLetters({ letters, shape }: DmpData): readonly Pushed[] {
  return letters.slice(0, shape.read)
}

export function patchedLetters({
  letters,
  shape,
}: DmpData): readonly (Pushed & { readonly record: number })[] {
  const { read, patched, records } = shape
  return letters.slice(read, read + patched).map((letter, n) => ({ ...letter, record: (read + n) % records }))
}

export function limitLetters({ letters, shape }: DmpData): readonly Pushed[] {
  return letters.slice(shape.read + shape.patched)
}

type Kept = Pick<DmpData, 'letters' | 'large'> & {
  readonly seed: number
  readonly shape: DataShape
}

const FILE = 'bench.json'

/** @param work gets the place without a server on it */
export async function withDmpPlace<T>(
  { data, seed, quick }: Pick<Options, 'data' | 'seed' | 'quick'>,
  work: (place: Place, known: DmpData) => Promise<T>,
): Promise<T> {
  const shape = quick ? quickShape : fullShape
  if (data === undefined) {
    const place = await makePlace()
    try {
      return await work(place, await prepare(place, shape, seed, undefined))
    } finally {
      removePlace(place)
    }
  }
  const dataDir = resolve(data, 'dmp')
  mkdirSync(dataDir, { recursive: true })
  for (const folder of [resolve(data), dataDir]) chmodSync(folder, 0o711)
  const place = { port: await freePort(), dataDir }
  const file = join(dataDir, FILE)
  // Written by a run of ours, after the last document was in.
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Kept) : undefined
  if (kept && (kept.seed !== seed || JSON.stringify(kept.shape) !== JSON.stringify(shape)))
    throw new Error(`${data} holds other data: seed ${kept.seed}, ${JSON.stringify(kept.shape)}`)
  const known = await prepare(place, shape, seed, kept)
  const { letters, large } = known
  if (!kept) writeFileSync(file, JSON.stringify({ seed, shape, letters, large } satisfies Kept))
  return work(place, known)
}

async function prepare(
  place: Place,
  shape: DataShape,
  seed: number,
  kept: Kept | undefined,
): Promise<DmpData> {
  return withServer(place, { profile: 'dmp' }, async ({ port, connection }) => {
    const as = await people(port, shape.professionals, shape.records)
    if (!kept) await seedRecords(place, shape, seed)
    const written = kept ?? (await writeOwn(port, shape, as))
    const population = await readPopulation(connection, shape.searched)
    if (!kept) await authorise(port, as.professionals, population.records)
    await vacuumAnalyze(connection)
    return { shape, as, population, letters: written.letters, large: written.large }
  })
}

async function writeOwn(
  port: number,
  { records, read, patched, changed, large }: DataShape,
  as: Callers,
): Promise<Pick<DmpData, 'letters' | 'large'>> {
  await openRecords(port, as, records)
  const letters = await pushAll(port, as, records, read + patched + changed, '1')
  return { letters, large: await pushLarge(port, as, large, LARGE_BYTES) }
}

/** Beside the server that runs on the same data. */
async function seedRecords(
  { dataDir }: Place,
  { patients, documents, searched }: DataShape,
  seed: number,
): Promise<void> {
  const sized = searched.flatMap((size) => ['--record', size])
  const args = ['--patients', patients, '--documents', documents, ...sized, '--seed', seed].map(String)
  const child = spawn(process.execPath, [assetPath('cli.js'), 'seed', ...args], {
    env: { PATH: process.env.PATH, DMP_DATA_DIR: dataDir, DMP_PROFILE: 'dmp' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`dmp seed ended with ${code}`)
}
