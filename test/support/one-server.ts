/**
 * One server for the tests of a file, which begin one after the other: `const { testApp, matricule } = oneServer()`. Each has
 * patients of its own, and what is there already is not counted. A server and a database of its own cost a test a quarter of
 * a second of the processor; who looks at more than its own patients, or sets something, needs them.
 */
import t from 'tap'
import type { InsIdentifier } from '../../src/policy/caller.ts'
import { type TestApp, testApp } from './app.ts'
import { matricule } from './personas.ts'

/** More than any test has patients. */
const PATIENTS = 100

export function oneServer(): {
  readonly testApp: () => Promise<TestApp>
  readonly matricule: (n: number) => InsIdentifier
} {
  let server: Promise<TestApp> | undefined
  let tests = 0
  t.teardown(async () => (await server)?.[Symbol.asyncDispose]())
  return {
    async testApp() {
      server ??= testApp()
      tests++
      return sinceNow(await server)
    },
    matricule: (n) => matricule(tests * PATIENTS + n),
  }
}

async function sinceNow(app: TestApp): Promise<TestApp> {
  const [stored, traces, { length }] = [await app.stored(), await app.traces(), app.log()]
  return {
    ...app,
    async stored() {
      const now = Object.entries(await app.stored())
      return Object.fromEntries(now.map(([table, rows]) => [table, rows - (stored[table] ?? 0)]))
    },
    traces: async () => (await app.traces()) - traces,
    log: () => app.log().slice(length),
    // It goes on for the next test.
    [Symbol.asyncDispose]: async () => undefined,
  }
}
