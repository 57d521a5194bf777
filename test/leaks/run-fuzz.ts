/**
 * Random requests of random callers against random records, in rounds: the patients choose, the clock moves, then
 * everybody asks, many at once; every answer is held against the oracle.
 */
import { testApp } from '../support/app.ts'
import type { Client } from '../support/http-client.ts'
import { chooseAnew, patchSome } from './changes.ts'
import { Random } from './random.ts'
import { fault, type Request, randomRequest } from './requests.ts'
import { makeWorld, type World } from './world.ts'

export type FuzzResult = {
  readonly requests: number
  readonly changes: number
  /** `kind status` → how many. */
  readonly seen: ReadonlyMap<string, number>
  /** The first answers that differ from the oracle's. */
  readonly faults: readonly string[]
  /** Whether one of them is of a change: then the model is no longer what the records hold. */
  readonly isChangedWrongly: boolean
}

export type Length = {
  readonly requests: number
  /** Between changes. */
  readonly perRound: number
  /** Faults after which it ends. */
  readonly enough: number
}

const AT_ONCE = 12
/** Less than they live, by the server's clock. */
const TOKEN_MS = 120_000

/** On a server of its own. */
export async function runFuzz(seed: number, length: Length): Promise<FuzzResult> {
  await using app = await testApp({ LOG_LEVEL: 'warn' })
  const random = new Random(seed)
  return await fuzz(await makeWorld(app, random, 0), random, length)
}

/** @param under in what is asked what is held against the oracle; what patients choose is outside */
export async function fuzz(
  world: World,
  random: Random,
  { requests, perRound, enough }: Length,
  under: (work: () => Promise<void>) => Promise<void> = (work) => work(),
): Promise<FuzzResult> {
  const clients = clientsOf(world)
  const seen = new Map<string, number>()
  const faults: string[] = []
  let done = 0
  let changes = 0
  let isChangedWrongly = false
  const worker = async (queue: Request[]): Promise<void> => {
    for (let next = queue.pop(); next && faults.length < enough; next = queue.pop()) {
      const status = await check(clients, next, faults)
      const key = `${next.kind} ${status}`
      seen.set(key, (seen.get(key) ?? 0) + 1)
      done++
    }
  }
  while (done < requests && faults.length < enough) {
    changes += await chooseAnew(world, random)
    await under(async () => {
      const patched = await patchSome(world, random)
      changes += patched.made
      faults.push(...patched.faults)
      isChangedWrongly ||= patched.faults.length > 0
      const queue = Array.from({ length: perRound }, () => randomRequest(world, random))
      await Promise.all(Array.from({ length: AT_ONCE }, () => worker(queue)))
    })
  }
  return { requests: done, changes, seen, faults, isChangedWrongly }
}

async function check(clients: (who: string) => Client, request: Request, faults: string[]): Promise<number> {
  const client = clients(request.who)
  const answer = await client.get(request.path, request.headers)
  const wrong = await fault(request, answer, (url) => client.get(url, request.headers))
  if (wrong !== undefined) {
    const mode = request.headers['dmp-mode-acces'] ?? 'normal'
    faults.push(`${request.kind} by ${request.who} (${mode}) ${request.path}: ${wrong}`)
  }
  return answer.status
}

/** One token for each caller, while it lasts. */
function clientsOf({ app, cast }: World): (who: string) => Client {
  const tokens = new Map<string, { readonly token: Promise<string>; readonly since: number }>()
  return (who) => {
    const persona = cast.get(who)
    if (!persona) throw new Error(`Nobody is ${who}`)
    const known = tokens.get(who)
    if (known && app.now() - known.since < TOKEN_MS) return app.withToken(known.token)
    const token = app.token(persona)
    tokens.set(who, { token, since: app.now() })
    return app.withToken(token)
  }
}
