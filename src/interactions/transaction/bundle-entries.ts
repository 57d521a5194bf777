/**
 * The entries of a submission (ITI-65), a transaction that creates, and marks what it replaces; each one is named in what
 * is said against it.
 * @see https://hl7.org/fhir/R4/http.html#transaction
 */
import { FhirError, refusal } from '../../fhir/fhir-error.ts'
import type { Issue } from '../../fhir/issue.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../fhir/json.ts'
import type { ReferableEntry } from './resolve-references.ts'

export type TransactionEntry = ReferableEntry & {
  /** Of a PATCH: what it patches, as the entry's URL says. */
  readonly patches?: string
}

/**
 * @param types resource types that this server creates in a transaction
 * @param patched the one that a PATCH with Parameters may address
 * @throws FhirError 422 naming every entry at fault, 413 for too many
 */
export function readEntries(
  bundle: JsonObject,
  types: readonly string[],
  patched: string,
  maxEntries: number,
): TransactionEntry[] {
  if (bundle.type !== 'transaction') {
    const params = { what: 'Bundle.type ≠ transaction' }
    throw refusal('unprocessable', 'non-pris-en-charge', { params, expression: 'Bundle.type' })
  }
  const entries = Array.isArray(bundle.entry) ? bundle.entry : []
  if (entries.length > maxEntries) {
    throw refusal('too-long', 'trop-long', { params: { what: 'Bundle.entry', limit: maxEntries } })
  }
  const issues: Issue[] = []
  const read = entries.flatMap((entry, index) => readEntry(entry, index, types, patched, issues))
  checkDistinct(read, issues)
  const [first, ...rest] = issues
  if (first) throw new FhirError('unprocessable', [first, ...rest])
  return read
}

function readEntry(
  entry: JsonValue,
  index: number,
  types: readonly string[],
  patched: string,
  issues: Issue[],
): TransactionEntry[] {
  const at = `Bundle.entry[${index}]`
  const fault = (
    error: Issue['error'],
    expression: string,
    params: Record<string, string>,
  ): TransactionEntry[] => {
    const type = error === 'element-requis' ? 'required' : 'not-supported'
    issues.push({ severity: 'error', type, error, params, expression })
    return []
  }
  if (!isJsonObject(entry) || !isJsonObject(entry.request)) {
    return fault('element-requis', `${at}.request`, { name: 'request' })
  }
  const { method, url, ifNoneExist } = entry.request
  const { resource } = entry
  const fullUrl = typeof entry.fullUrl === 'string' && entry.fullUrl !== '' ? entry.fullUrl : undefined
  if (method === 'PATCH' && typeof url === 'string' && new RegExp(`^${patched}[/?]`).test(url)) {
    if (isJsonObject(resource) && resource.resourceType === 'Parameters')
      return [{ index, fullUrl, type: 'Parameters', resource, patches: url }]
    return fault('non-pris-en-charge', `${at}.resource`, { what: 'PATCH ≠ Parameters' })
  }
  if (method !== 'POST' || ifNoneExist !== undefined) {
    return fault('non-pris-en-charge', `${at}.request`, { what: `request ≠ POST [type] | PATCH ${patched}` })
  }
  if (!isJsonObject(resource)) return fault('element-requis', `${at}.resource`, { name: 'resource' })
  const type = types.find((known) => known === resource.resourceType)
  if (type === undefined) {
    return fault('non-pris-en-charge', `${at}.resource`, { what: `resourceType ∉ {${types.join(', ')}}` })
  }
  if (url !== type) return fault('non-pris-en-charge', `${at}.request.url`, { what: `request.url ≠ ${type}` })
  return [{ index, fullUrl, type, resource }]
}

function checkDistinct(entries: readonly TransactionEntry[], issues: Issue[]): void {
  const seen = new Set<string>()
  for (const { fullUrl, index } of entries) {
    if (fullUrl === undefined) continue
    if (seen.has(fullUrl)) {
      issues.push({
        severity: 'error',
        type: 'duplicate',
        error: 'valeur-invalide',
        params: { name: 'fullUrl', cause: 'fullUrl × 2' },
        expression: `Bundle.entry[${index}].fullUrl`,
      })
    }
    seen.add(fullUrl)
  }
}
