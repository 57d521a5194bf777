/**
 * What the documents of a lot replace, and the patches in which an ITI-65 sender repeats it: `status` to superseded, and
 * nothing else.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html (IHE.MHD.Patch.Parameters); docs/policy.md D2
 */
import { FhirError, refusal } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { isJsonObject, type JsonObject } from '../../../fhir/json.ts'
import { sameJson } from '../../../fhir/json-equality.ts'
import { numericallyEqual } from '../../../fhir/numerically-equal.ts'
import { parseReference } from '../../../fhir/reference.ts'
import { parseToken } from '../../../search/parameter-types/token.ts'
import type { ClaimedDocument } from '../../../storage/documents/store-documents.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import { refuseUnlessMet } from '../../rest/write/preconditions.ts'
import { whereIs } from '../../transaction/resolve-references.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { metadataOf } from '../documents/next-document.ts'
import { parametersPatch } from '../documents/read-document-patch.ts'
import { claimsDocument } from './document-claims.ts'
import { type Lot, masterIdentifierOf } from './lot.ts'
import type { LotEntry } from './lot-entries.ts'
import { findReplaced, type Replaced } from './replaced-document.ts'

/** @throws FhirError what `findReplaced` refuses, 422 for one document that is replaced twice */
export async function findAllReplaced(
  engine: DmpEngine,
  exchange: DmpExchange,
  lot: Lot,
  subject: Subject,
  known: readonly ClaimedDocument[],
): Promise<ReadonlyMap<LotEntry, Replaced>> {
  const all = new Map<LotEntry, Replaced>()
  for (const entry of lot.documents) {
    // What lies there already has replaced whatever it replaced.
    const uniqueId = masterIdentifierOf(entry.resource)
    if (known.some((claimed) => claimsDocument(claimed, uniqueId))) continue
    const replaced = await findReplaced(engine, exchange, subject, lot.documentOf(entry), whereIs(entry))
    if (!replaced) continue
    if ([...all.values()].some(({ stored }) => stored.id === replaced.stored.id))
      throw incorrect('relatesTo replaces × 2', replaced.at)
    all.set(entry, replaced)
  }
  return all
}

/**
 * @param isRepeated whether documents of the lot lie there already: what they replaced is not looked for again
 * @throws FhirError 422 for a patch of another document, or of more than its status, 412 for one of another version
 */
export function checkPatches(
  engine: DmpEngine,
  lot: Lot,
  replaced: readonly Replaced[],
  isRepeated: boolean,
): ReadonlyMap<LotEntry, Replaced> {
  const patched = new Map<LotEntry, Replaced>()
  for (const entry of lot.patches) {
    const target = replaced.find(({ stored }) => names(engine, entry.url, metadataOf(stored)))
    if (!target) {
      if (isRepeated) continue
      throw incorrect('PATCH ≠ relatesTo.target', `Bundle.entry[${entry.index}].request.url`)
    }
    refuseUnlessMatched(entry, target.stored)
    const before = metadataOf(target.stored)
    const after = patchedBy(engine, entry, before)
    if (!sameJson(after, { ...before, status: 'superseded' }, numericallyEqual))
      throw incorrect('PATCH ≠ { status: superseded }', whereIs(entry))
    patched.set(entry, target)
  }
  return patched
}

/** @throws FhirError 412 for a patch of another version than the one that is replaced */
function refuseUnlessMatched({ ifMatch, index }: LotEntry, { version }: Replaced['stored']): void {
  if (ifMatch === undefined) return
  try {
    refuseUnlessMet({ ifMatch }, { method: 'PATCH', version })
  } catch (error) {
    if (!(error instanceof FhirError)) throw error
    throw told(error, () => `Bundle.entry[${index}].request.ifMatch`)
  }
}

/** @throws FhirError for what is no patch, or does not fit, told of the entry */
function patchedBy(engine: DmpEngine, entry: LotEntry, document: JsonObject): JsonObject {
  try {
    return parametersPatch(engine, entry.resource)(document)
  } catch (error) {
    if (!(error instanceof FhirError)) throw error
    throw told(error, (expression = 'Parameters') => expression.replace(/^Parameters/, whereIs(entry)))
  }
}

function told(error: FhirError, where: (expression: string | undefined) => string): FhirError {
  const [first, ...rest] = error.issues
  const at = (issue: Issue): Issue => ({ ...issue, expression: where(issue.expression) })
  return new FhirError(error.category, [at(first), ...rest.map(at)])
}

/** Whether the URL of a patch leads to this document. */
function names(engine: DmpEngine, url: string, document: JsonObject): boolean {
  const parsed = parseReference(url, engine.base)
  if (parsed?.kind === 'relative') return parsed.id === document.id
  if (parsed?.kind !== 'conditional') return false
  const [pair, ...others] = [...new URLSearchParams(parsed.query)]
  const token = pair?.[0] === 'identifier' && others.length === 0 ? parseToken(pair[1]) : undefined
  const identifiers = [
    document.masterIdentifier,
    ...(Array.isArray(document.identifier) ? document.identifier : []),
  ]
  return identifiers.some(
    (identifier) =>
      isJsonObject(identifier) && identifier.system === token?.system && identifier.value === token?.code,
  )
}

function incorrect(cause: string, expression: string): FhirError {
  return refusal('unprocessable', 'lot-incorrect', { params: { cause }, expression })
}
