/**
 * The entries of a submission (ITI-65), each by what it is: the set, folders, documents with their bytes or as FHIR
 * document Bundles, the patches of what they replace, and the Patient they are about. One that this server would not
 * carry out is refused, none is left out.
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html §3.65.4.1.2 and https://hl7.org/fhir/R4/http.html#transaction
 */
import type { List } from '@medplum/fhirtypes'
import { isFolder } from '../../../dmp/documents/submission-set.ts'
import { FhirError, refusal } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../../fhir/json.ts'
import type { ReferableEntry } from '../../transaction/resolve-references.ts'

export type LotEntryKind = 'set' | 'folder' | 'document' | 'binary' | 'fhir-document' | 'patch' | 'patient'

export type LotEntry = ReferableEntry & {
  readonly kind: LotEntryKind
  readonly method: string
  /** As the entry's request says; what a PATCH, PUT or GET addresses. */
  readonly url: string
  readonly ifMatch?: string
}

/** What may be asked, by method and type. A GET has no resource, or one that is compared. */
const requests: readonly {
  readonly method: string
  readonly type: string
  readonly url: RegExp
  readonly kind: LotEntryKind
}[] = [
  { method: 'POST', type: 'List', url: /^List$/, kind: 'set' },
  { method: 'PUT', type: 'List', url: /^List[/?]/, kind: 'folder' },
  { method: 'POST', type: 'DocumentReference', url: /^DocumentReference$/, kind: 'document' },
  { method: 'POST', type: 'Binary', url: /^Binary$/, kind: 'binary' },
  { method: 'POST', type: 'Bundle', url: /^Bundle$/, kind: 'fhir-document' },
  { method: 'PATCH', type: 'Parameters', url: /^DocumentReference[/?]/, kind: 'patch' },
  { method: 'GET', type: 'Patient', url: /^Patient[/?]/, kind: 'patient' },
  { method: 'POST', type: 'Patient', url: /^Patient$/, kind: 'patient' },
  { method: 'PUT', type: 'Patient', url: /^Patient[/?]/, kind: 'patient' },
]
const types = [...new Set(requests.flatMap(({ type, kind }) => (kind === 'patch' ? [] : [type])))]

/** @throws FhirError 422 naming every entry at fault, 413 for too many */
export function readLotEntries(bundle: JsonObject, maxEntries: number): LotEntry[] {
  if (bundle.type !== 'transaction') {
    const params = { what: 'Bundle.type ≠ transaction' }
    throw refusal('unprocessable', 'non-pris-en-charge', { params, expression: 'Bundle.type' })
  }
  const entries = Array.isArray(bundle.entry) ? bundle.entry : []
  if (entries.length > maxEntries) {
    throw refusal('too-long', 'trop-long', { params: { what: 'Bundle.entry', limit: maxEntries } })
  }
  const issues: Issue[] = []
  const read = entries.flatMap((entry, index) => readEntry(entry, index, issues))
  checkDistinct(read, issues)
  const [first, ...rest] = issues
  if (first) throw new FhirError('unprocessable', [first, ...rest])
  return read
}

function readEntry(entry: JsonValue, index: number, issues: Issue[]): LotEntry[] {
  const at = `Bundle.entry[${index}]`
  const refuse = (error: Issue['error'], expression: string, params: Record<string, string>): LotEntry[] => {
    const type = error === 'element-requis' ? 'required' : 'not-supported'
    issues.push({ severity: 'error', type, error, params, expression })
    return []
  }
  if (!isJsonObject(entry) || !isJsonObject(entry.request))
    return refuse('element-requis', `${at}.request`, { name: 'request' })
  const { method, url, ifNoneExist, ifMatch } = entry.request
  if (typeof method !== 'string' || typeof url !== 'string' || ifNoneExist !== undefined)
    return refuse('non-pris-en-charge', `${at}.request`, { what: asked })
  const ofMethod = requests.filter((request) => request.method === method)
  const addressed = ofMethod.filter((request) => request.url.test(url))
  const [only] = addressed
  if (ofMethod.length === 0 || (method !== 'POST' && !only))
    return refuse('non-pris-en-charge', `${at}.request`, { what: asked })
  const { resource } = entry
  const fullUrl = typeof entry.fullUrl === 'string' && entry.fullUrl !== '' ? entry.fullUrl : undefined
  const common = { index, fullUrl, method, url, ...(typeof ifMatch === 'string' ? { ifMatch } : {}) }
  if (method === 'GET' && resource === undefined)
    return [{ ...common, type: 'Patient', kind: 'patient', resource: {} }]
  if (!isJsonObject(resource)) return refuse('element-requis', `${at}.resource`, { name: 'resource' })
  const request = ofMethod.find(({ type }) => type === resource.resourceType)
  if (!request) {
    const what = method === 'PATCH' ? 'PATCH ≠ Parameters' : `resourceType ∉ {${types.join(', ')}}`
    return refuse('non-pris-en-charge', `${at}.resource`, { what })
  }
  if (!request.url.test(url))
    return refuse('non-pris-en-charge', `${at}.request.url`, { what: `request.url ≠ ${request.type}` })
  const kind = kindOf(request.kind, resource)
  if (method === 'PUT' && kind === 'set')
    return refuse('non-pris-en-charge', `${at}.request`, { what: 'PUT List ≠ folder' })
  return [{ ...common, type: request.type, kind, resource }]
}

const asked = 'request ≠ POST [type] | PATCH DocumentReference | PUT List (folder) | GET, PUT Patient'

/** A List is what its code says, and a set unless it says folder. */
function kindOf(kind: LotEntryKind, resource: JsonObject): LotEntryKind {
  if (kind !== 'set' && kind !== 'folder') return kind
  return hasFolderCode(resource) ? 'folder' : 'set'
}

/** Of any JSON: whether it is a List at all, validation says. */
function hasFolderCode({ code }: JsonObject): boolean {
  if (!isJsonObject(code) || !Array.isArray(code.coding)) return false
  const coding = code.coding.filter(isJsonObject)
  return isFolder({ code: { coding } } as unknown as List)
}

function checkDistinct(entries: readonly LotEntry[], issues: Issue[]): void {
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
