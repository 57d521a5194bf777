/** Transactions as conformance cases send them. @see https://hl7.org/fhir/R4/http.html#transaction */
import type { Bundle, BundleEntry, Resource } from '@medplum/fhirtypes'
import { equal, present, status } from './check.ts'
import { type Fhir, type Received, resourceOf } from './client.ts'
import { byIdentifier } from './samples.ts'

export const bundleOf = (entry: readonly BundleEntry[]): Bundle => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [...entry],
})

export function send(fhir: Fhir, ...entry: BundleEntry[]): Promise<Received> {
  return fhir.post('', bundleOf(entry))
}

/** Sends a transaction that succeeds; its entries. */
export async function done(fhir: Fhir, ...entry: BundleEntry[]): Promise<BundleEntry[]> {
  const received = await send(fhir, ...entry)
  status(received, 200)
  const bundle = resourceOf(received, 'Bundle')
  equal(bundle.type, 'transaction-response', 'type')
  equal(bundle.entry?.length, entry.length, 'an entry for each, in the same order')
  return bundle.entry ?? []
}

export const post = (resource: Resource, fullUrl?: string, ifNoneExist?: string): BundleEntry => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  resource,
  request: {
    method: 'POST',
    url: resource.resourceType,
    ...(ifNoneExist === undefined ? {} : { ifNoneExist }),
  },
})
export const codeOf = (entry: BundleEntry | undefined): number => Number(entry?.response?.status?.slice(0, 3))
export const urn = (): string => `urn:uuid:${crypto.randomUUID()}`

export function createdId(entry: BundleEntry | undefined): string {
  return present(
    /([A-Za-z0-9\-.]+)\/_history\//.exec(entry?.response?.location ?? '')?.[1],
    'response.location',
  )
}

/** How many patients have this identifier. */
export async function matches(fhir: Fhir, value: string): Promise<number> {
  return resourceOf(await fhir.get(`/Patient?${byIdentifier(value)}`), 'Bundle').entry?.length ?? 0
}
