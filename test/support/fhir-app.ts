/**
 * Our server in the profile `fhir` (plain R4, no token) on a port and a database of its own, for the conformance suite:
 * `await using app = await fhirApp()`. It is asked over HTTP only.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/config/config.ts'
import { type App, createApp } from '../../src/wiring/app.ts'
import { testDatabase } from './database.ts'
import { HOST } from './free-port.ts'
import { listening } from './listening.ts'
import { testSpecification } from './specification.ts'

export type FhirApp = AsyncDisposable & {
  readonly base: string
  /** What the server logged at the level `warn` and above. */
  readonly log: () => string
}

export async function fhirApp(environment: Readonly<Record<string, string>> = {}): Promise<FhirApp> {
  const closing: (() => unknown)[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close()
  }
  try {
    const database = await testDatabase()
    closing.push(() => database[Symbol.asyncDispose]())
    const dataDir = mkdtempSync(join(tmpdir(), 'fhir-app-'))
    closing.push(() => rmSync(dataDir, { recursive: true, force: true }))
    const lines: string[] = []
    const create = (port: number): Promise<App> => {
      const config = readConfig({
        HOST,
        PORT: String(port),
        DMP_PROFILE: 'fhir',
        DMP_DATA_DIR: dataDir,
        DMP_MASTER_KEY: randomBytes(24).toString('base64'),
        LOG_LEVEL: 'warn',
        // A busy machine is not what is tested.
        DMP_MAX_WAIT_MS: '60000',
        DMP_SLOW_QUERY_MS: '60000',
        ...environment,
      })
      const logTo = { write: (line: string): void => void lines.push(line) }
      return createApp(config, database.server, Date.now, logTo, testSpecification(config))
    }
    const { app, port } = await listening(create)
    closing.push(() => app.close())
    return {
      base: `http://${HOST}:${port}/fhir`,
      log: () => lines.join(''),
      [Symbol.asyncDispose]: closeAll,
    }
  } catch (error) {
    await closeAll()
    throw error
  }
}
