/**
 * What the tests of /fhir/metadata share: the statement of a server, what is wrong with its answers, and which routes a
 * statement leaves out.
 */
import type {
  CapabilityStatement,
  CapabilityStatementRest,
  CapabilityStatementRestResource,
} from '@medplum/fhirtypes'
import type { RestCapability } from '../../src/interactions/capability-statement.ts'
import { type Client, type Received, resourceOf } from './http-client.ts'

const JSON_TYPE = 'application/fhir+json'
const AT_ONCE = 8

export async function statementOf(
  client: Client,
): Promise<{ statement: CapabilityStatement; rest: CapabilityStatementRest }> {
  const statement = resourceOf(await client.get('/metadata', { accept: JSON_TYPE }), 'CapabilityStatement')
  const [rest, ...others] = statement.rest ?? []
  if (!rest || others.length > 0) throw new Error('Not one rest')
  return { statement, rest }
}

/** Does the work for each, a few at a time, and gives what it complains of. */
export async function faultsOf<T>(
  items: readonly T[],
  work: (item: T) => Promise<readonly string[]>,
): Promise<string[]> {
  const queue = [...items]
  const faults: string[] = []
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift())
      faults.push(...(await work(next)))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return faults
}

export function expected(received: Received, status: number, what: string): string[] {
  if (received.status === status) return []
  return [`${what}: ${received.status}, not ${status} ${received.text.slice(0, 200)}`]
}

export function codesOf({ interaction = [] }: CapabilityStatementRestResource): string[] {
  return interaction.map(({ code }) => code ?? '')
}

export function entriesOf(received: Received): number {
  return received.status === 200 ? (resourceOf(received, 'Bundle').entry ?? []).length : -1
}

/** Routes whose claim is not in the statement. `conditional: patch` has no place in one of R4. */
export function unclaimedRoutes(
  routes: readonly { readonly method: string; readonly url: string; readonly rest: RestCapability }[],
  { resource: resources = [], interaction = [], operation = [] }: CapabilityStatementRest,
): string[] {
  const ofSystem = new Set<string | undefined>(interaction.map(({ code }) => code))
  const names = (list: CapabilityStatementRest['operation'] = []) => list.map(({ name }) => name)
  const isClaimed = (claim: RestCapability): boolean => {
    if ('system' in claim) return ofSystem.has(claim.system)
    if ('partOf' in claim)
      return ofSystem.has(claim.partOf) || resources.some((own) => codesOf(own).includes(claim.partOf))
    const own = resources.filter(({ type }) => claim.type === 'every' || type === claim.type)
    if ('operation' in claim) {
      const lists = claim.type === undefined ? [operation] : own.map((resource) => resource.operation)
      return lists.length > 0 && lists.every((list) => names(list).includes(claim.operation))
    }
    if (own.length === 0) return false
    if ('code' in claim) return own.every((resource) => codesOf(resource).includes(claim.code))
    return own.every((resource) => isConditional[claim.conditional](resource))
  }
  return routes.filter(({ rest }) => !isClaimed(rest)).map(({ method, url }) => `${method} ${url}`)
}

type Conditional = Extract<RestCapability, { readonly conditional: string }>['conditional']

const isConditional: Readonly<Record<Conditional, (resource: CapabilityStatementRestResource) => boolean>> = {
  create: ({ conditionalCreate }) => conditionalCreate === true,
  update: ({ conditionalUpdate }) => conditionalUpdate === true,
  delete: ({ conditionalDelete = 'not-supported' }) => conditionalDelete !== 'not-supported',
  patch: () => true,
}
