/**
 * The entries of a transaction, understood before anything is looked up: every write with its resource checked and its
 * links to other entries known. All faults of all entries are told together.
 * @see https://hl7.org/fhir/R4/http.html#trules
 */
import { FhirError, refusal } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { JsonObject, JsonValue } from '../../../fhir/json.ts'
import { parseReference } from '../../../fhir/reference.ts'
import type { Exchange } from '../../exchange.ts'
import {
  danglingAt,
  EntryReferences,
  isPlaceholder,
  type ReferableEntry,
} from '../../transaction/resolve-references.ts'
import { readPatch } from '../read-patch.ts'
import type { RestEngine } from '../rest-engine.ts'
import { createRequest, deleteRequest, patchRequest, updateRequest } from '../write/build-request.ts'
import { checked } from '../write/checked.ts'
import { located } from '../write/fault-location.ts'
import type { WriteRequest } from '../write/write-request.ts'
import { type BundleEntry, readEntry } from './read-entry.ts'

export type TransactionWrite = ReferableEntry & {
  readonly entry: BundleEntry
  readonly request: WriteRequest
}

/** What is to be done about the links of an entry. */
export type LinkWork = {
  /** Whether one of them leads to another entry. */
  readonly leads: boolean
  /** References that are searches: https://hl7.org/fhir/R4/http.html#trules */
  readonly conditional: readonly { readonly text: string; readonly path: string }[]
}

export type ReadTransaction = {
  readonly writes: readonly TransactionWrite[]
  readonly reads: readonly BundleEntry[]
  readonly references: EntryReferences<TransactionWrite>
  readonly linkWork: ReadonlyMap<TransactionWrite, LinkWork>
  /** What validation had to say without refusing. */
  readonly remarks: readonly Issue[]
}

/** @throws FhirError with the category of the first fault, and every fault */
export function readTransaction(
  engine: RestEngine,
  exchange: Exchange,
  bundle: JsonObject,
  values: readonly JsonValue[],
): ReadTransaction {
  const faults = new Faults()
  const writes: TransactionWrite[] = []
  const reads: BundleEntry[] = []
  const fullUrls = new Set<string>()
  for (const [index, value] of values.entries()) {
    faults.collect(() => {
      const entry = readEntry(value, index, engine.base)
      if (entry.fullUrl !== undefined && fullUrls.has(entry.fullUrl)) throw sameFullUrl(entry)
      if (entry.fullUrl !== undefined) fullUrls.add(entry.fullUrl)
      const { method } = entry.request
      if (method === 'GET' || method === 'HEAD') reads.push(entry)
      else writes.push(readWrite(engine, exchange, entry))
    })
  }
  const referable = writes.filter(({ request }) => request.change.method !== 'DELETE')
  const references = new EntryReferences(referable, engine.base, engine.registry)
  const linkWork = new Map<TransactionWrite, LinkWork>()
  for (const write of referable) {
    const { change } = write.request
    // A JSON Patch is opaque here: bytes in a Binary.
    if (change.method === 'PATCH' && change.patch.kind === 'json') continue
    faults.collect(() => void linkWork.set(write, workOn(references, write, engine.base)))
  }
  let remarks: readonly Issue[] = []
  // As a whole: what a reference leads to is known then, and where a fault is too.
  faults.collect(() => {
    remarks = checked(engine, exchange, bundle)
  })
  faults.refuse()
  return { writes, reads, references, linkWork, remarks }
}

function workOn(
  references: EntryReferences<TransactionWrite>,
  write: TransactionWrite,
  base: string,
): LinkWork {
  const links = references.links(write)
  const unled = links.filter(({ kind, target }) => kind === 'reference' && !target)
  const [first, ...rest] = unled.filter(({ text }) => isPlaceholder(text)).map(({ path }) => danglingAt(path))
  if (first) throw new FhirError('unprocessable', [first, ...rest])
  const conditional = unled.filter(({ text }) => parseReference(text, base)?.kind === 'conditional')
  return { leads: links.some(({ target }) => target !== undefined), conditional }
}

function readWrite(engine: RestEngine, exchange: Exchange, entry: BundleEntry): TransactionWrite {
  try {
    const request = { ...requestOf(engine, exchange, entry), at: entry.at }
    const { index, fullUrl, resource = {} } = entry
    return { entry, request, index, fullUrl, type: request.type, resource }
  } catch (error) {
    throw located(error, entry.at)
  }
}

/** `Patient`, `Patient/1`, `Patient?identifier=…`, `Patient/1?…`: a query beside an id means nothing, and is refused. */
const URL = /^([A-Z][A-Za-z]{1,63})(?:\/([A-Za-z0-9\-.]{1,64})|\?(.*))?$/

function requestOf(engine: RestEngine, exchange: Exchange, entry: BundleEntry): WriteRequest {
  const { method, url, ifMatch, ifNoneMatch, ifNoneExist } = entry.request
  const [, type, id, query] = URL.exec(url) ?? []
  if (type === undefined || !engine.registry.isResourceType(type)) throw unfitting(entry)
  const particulars = {
    type,
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  }
  if (method === 'POST') {
    if (id !== undefined || query !== undefined) throw unfitting(entry)
    return createRequest(particulars, resourceOf(entry), ifNoneExist)
  }
  if (id === undefined && query === undefined) throw unfitting(entry)
  const address = id === undefined ? { condition: [...new URLSearchParams(query)] } : { id }
  switch (method) {
    case 'PUT':
      return updateRequest(particulars, address, resourceOf(entry))
    case 'PATCH':
      return patchRequest(particulars, address, readPatch(engine, exchange, entry.request.body))
    default:
      return deleteRequest(particulars, address)
  }
}

function resourceOf({ at, resource }: BundleEntry): JsonObject {
  if (resource) return resource
  throw refusal('required', 'element-requis', {
    params: { name: 'resource' },
    expression: `${at}.resource`,
  })
}

function unfitting({ at, request }: BundleEntry): Error {
  const what = `${request.method} ∉ {[type], [type]/[id], [type]?…}`
  return refusal('not-supported', 'non-pris-en-charge', {
    params: { what },
    expression: `${at}.request.url`,
  })
}

/** @see bdl-7 of https://hl7.org/fhir/R4/bundle.html#invs */
function sameFullUrl({ at }: BundleEntry): Error {
  return refusal('unprocessable', 'valeur-invalide', {
    type: 'duplicate',
    params: { name: 'fullUrl', cause: 'fullUrl × 2' },
    expression: `${at}.fullUrl`,
  })
}

/** Refusals of entries, told in one. */
class Faults {
  #first: FhirError | undefined
  readonly #issues: Issue[] = []

  collect(work: () => void): void {
    try {
      work()
    } catch (error) {
      if (!(error instanceof FhirError)) throw error
      this.#first ??= error
      this.#issues.push(...error.issues)
    }
  }

  refuse(): void {
    const [first, ...rest] = this.#issues
    if (this.#first && first) throw new FhirError(this.#first.category, [first, ...rest])
  }
}
