/**
 * The List that heads a submission (ITI-65): what it says, and what must hold before it is accepted.
 *
 * NOT checked here: the authors of `source`, and what the profile says of which elements there are (validation does that:
 * minimal metadata leave `source` and `designationType` out).
 * @see PDSm SubmissionSet Comprehensive; MHD ITI-65
 */
import type { Identifier, List, Reference } from '@medplum/fhirtypes'
import type { Issue } from '../../fhir/issue.ts'
import type { CodeTable } from '../codes/code-table.ts'
import { outsideValueSet } from '../codes/value-set-check.ts'
import { isTooLong, maxUniqueIdLength } from './unique-id.ts'

const listTypes = 'profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes'
const mhd = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition'
export const submissionSetExtensions = {
  designationType: `${mhd}/ihe-designationType`,
  sourceId: `${mhd}/ihe-sourceId`,
} as const
/** MHD's own, and that of PDSm. */
const recipientExtensions: readonly string[] = [
  `${mhd}/ihe-intendedRecipient`,
  'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-intended-recipient',
]

const maxEntries = 100

export type SubmissionSet = {
  /** XDS uniqueId of the set: the identifier whose use is usual (MHD 4.2.0, 4.2.3) or whose type says so (later). */
  readonly uniqueId?: Identifier
  readonly entryUuid?: Identifier
  readonly sourceId?: Identifier
  readonly subject?: string
  readonly date?: string
  /** References of the entries, in order. */
  readonly entries: readonly string[]
}

export type SubmissionContext = {
  /** Each DocumentReference and folder of the bundle, as the set's entries name it. */
  readonly bundled: ReadonlySet<string>
  readonly contentTypes: CodeTable
}

export function isSubmissionSet(list: List): boolean {
  return isListType(list, 'submissionset')
}

export function isFolder(list: List): boolean {
  return isListType(list, 'folder')
}

export function readSubmissionSet(list: List): SubmissionSet {
  const identifier = (use: Identifier['use'], type: string) =>
    list.identifier?.find((i) => i.use === use || i.type?.coding?.some(({ code }) => code === type))
  const sourceId = list.extension?.find((e) => e.url === submissionSetExtensions.sourceId)?.valueIdentifier
  const uniqueId = identifier('usual', 'uniqueId')
  const entryUuid = identifier('official', 'entryUUID')
  return {
    ...(uniqueId === undefined ? {} : { uniqueId }),
    ...(entryUuid === undefined ? {} : { entryUuid }),
    ...(sourceId === undefined ? {} : { sourceId }),
    ...(list.subject?.reference === undefined ? {} : { subject: list.subject.reference }),
    ...(list.date === undefined ? {} : { date: list.date }),
    entries: (list.entry ?? []).flatMap((entry) => entry.item?.reference ?? []),
  }
}

/** For whom a lot is meant, and where that stands. */
export function intendedRecipients(
  list: List,
): { readonly reference: Reference; readonly expression: string }[] {
  return (list.extension ?? []).flatMap(({ url, valueReference }, i) =>
    recipientExtensions.includes(url) && valueReference
      ? [{ reference: valueReference, expression: `List.extension[${i}].valueReference` }]
      : [],
  )
}

export function checkSubmissionSet(list: List, { bundled, contentTypes }: SubmissionContext): Issue[] {
  const issues: Issue[] = []
  const demand = (holds: boolean, cause: string, element: string): void => {
    if (holds) return
    const expression = `List.${element}`
    issues.push({
      severity: 'error',
      type: 'business-rule',
      error: 'lot-incorrect',
      params: { cause },
      expression,
    })
  }
  const set = readSubmissionSet(list)
  demand(isSubmissionSet(list), 'List.code = submissionset', 'code')
  demand(list.status === 'current', 'List.status = current', 'status')
  demand(list.mode === 'working', 'List.mode = working', 'mode')
  demand(Boolean(list.subject?.reference ?? list.subject?.identifier), 'List.subject', 'subject')
  demand(set.date !== undefined, 'List.date', 'date')
  demand(set.sourceId?.value !== undefined, 'ihe-sourceId', 'extension')
  const uniqueId = set.uniqueId?.value
  demand(
    uniqueId === undefined || /^urn:(?:oid|uuid):\S+$/.test(uniqueId),
    'uniqueId = urn:oid:…',
    'identifier',
  )
  demand(!isTooLong(set.uniqueId ?? {}), `uniqueId ≤ ${maxUniqueIdLength}`, 'identifier')
  demand(set.entries.length > 0 && set.entries.length <= maxEntries, `List.entry: 1 – ${maxEntries}`, 'entry')
  demand(new Set(set.entries).size === set.entries.length, 'List.entry.item × 2', 'entry')
  set.entries.forEach((reference, i) => {
    demand(bundled.has(reference), 'List.entry.item ∉ Bundle.entry', `entry[${i}].item`)
  })
  for (const url of bundled) demand(set.entries.includes(url), 'Bundle.entry ∉ List.entry', 'entry')

  list.extension?.forEach(({ url, valueCodeableConcept }, i) => {
    if (url !== submissionSetExtensions.designationType) return
    const at = `List.extension[${i}].valueCodeableConcept`
    issues.push(...outsideValueSet(valueCodeableConcept?.coding ?? [], contentTypes, at))
  })
  return issues
}

/** PDSm's own query examples write the system with http. */
function isListType(list: List, type: 'submissionset' | 'folder'): boolean {
  return (list.code?.coding ?? []).some(
    ({ system, code }) =>
      code === type && (system === `https://${listTypes}` || system === `http://${listTypes}`),
  )
}
