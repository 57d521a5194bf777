/**
 * Random requests of random callers against random records, in rounds: the patients choose, the clock moves, then
 * everybody asks, many at once; every answer is held against the oracle.
 */
import { testApp } from '../support/app.ts'
import type { Client } from '../support/http-client.ts'
import { changeWorld } from './changes.ts'
import { Random } from './random.ts'
import { fault, type Request, randomRequest } from './requests.ts'
import { makeWorld, type World } from './world.ts'

export type FuzzResult = {
  readonly seed: number
  readonly requests: number
  readonly changes: number
  /** `kind status` → how many. */
  readonly seen: ReadonlyMap<string, number>
  /** The first answers that differ from the oracle's. */
  readonly faults: readonly string[]
}

const PER_ROUND = 100
const AT_ONCE = 12
/** Less than they live, by the server's clock. */
const TOKEN_MS = 120_000

/** @param enough faults after which it ends */
export async function runFuzz(seed: number, requests: number, enough = 5): Promise<FuzzResult> {
  await using app = await testApp({ LOG_LEVEL: 'warn' })
  const random = new Random(seed)
  const world = await makeWorld(app, random)
  const clients = clientsOf(world)
  const seen = new Map<string, number>()
  const faults: string[] = []
  let done = 0
  let changes = 0
  while (done < requests && faults.length < enough) {
    const changed = await changeWorld(world, random)
    changes += changed.made
    faults.push(...changed.faults)
    const queue = Array.from({ length: PER_ROUND }, () => randomRequest(world, random))
    done += queue.length
    const worker = async (): Promise<void> => {
      for (let next = queue.pop(); next; next = queue.pop()) {
        const status = await check(clients, next, faults)
        const key = `${next.kind} ${status}`
        seen.set(key, (seen.get(key) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
  }
  return { seed, requests: done, changes, seen, faults }
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
