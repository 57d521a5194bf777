/** Fuzz after fuzz on one server and in one world, each with one planted fault or none. */
import { testApp } from '../support/app.ts'
import { plant } from './planting-switch.ts'
import { Random } from './random.ts'
import { type FuzzResult, fuzz, type Length } from './run-fuzz.ts'
import { makeWorld, type World } from './world.ts'

export type PlantedServer = AsyncDisposable & {
  /** @param leak the place in its list of the fault that is there meanwhile */
  readonly run: (leak: number | undefined, length: Length) => Promise<FuzzResult>
}

export async function plantedServer(seed: number): Promise<PlantedServer> {
  const app = await testApp({ LOG_LEVEL: 'warn' })
  const random = new Random(seed)
  let worlds = 0
  let world: World | undefined
  return {
    async run(leak, length) {
      const current = world ?? (await makeWorld(app, random, worlds++))
      // Anew, unless all went as the model says.
      world = undefined
      // Patients choose on a server without the fault: what they said is what it stores, whatever the fault is.
      const result = await fuzz(current, random, length, async (work) => {
        plant(leak)
        try {
          await work()
        } finally {
          plant(undefined)
        }
      })
      if (!result.isChangedWrongly) world = current
      return result
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  }
}
