/**
 * A folder (classeur): a List of documents by a subject of their own, as a stay or a pregnancy.
 * @see PDSm Folder Comprehensive; MHD §3.65 (Folder type List)
 *
 * NOT checked here: the code of `designationType` and the profile's other constraints (validation does those).
 */
import type { Identifier, List } from '@medplum/fhirtypes'
import type { Issue } from '../../fhir/issue.ts'
import { submissionSetExtensions } from './submission-set.ts'
import { isTooLong, maxUniqueIdLength } from './unique-id.ts'

export type Folder = {
  /** XDS uniqueId: the identifier whose use is usual (MHD 4.2.0, 4.2.3) or whose type says so (later). */
  readonly uniqueId?: Identifier
  readonly title: string
  readonly status: string
  /** Codings of `designationType`, as one text to compare. */
  readonly designation: string
}

/** Of one submission; a folder itself may grow beyond. */
const maxEntries = 100

export function readFolder(list: List): Folder {
  const uniqueId = list.identifier?.find(
    (i) => i.use === 'usual' || i.type?.coding?.some(({ code }) => code === 'uniqueId'),
  )
  const codings =
    list.extension?.find((e) => e.url === submissionSetExtensions.designationType)?.valueCodeableConcept
      ?.coding ?? []
  return {
    ...(uniqueId === undefined ? {} : { uniqueId }),
    title: list.title ?? '',
    status: list.status ?? '',
    designation: codings
      .map(({ system = '', code = '' }) => `${system}|${code}`)
      .sort()
      .join(' '),
  }
}

export function checkFolder(list: List): Issue[] {
  const issues: Issue[] = []
  const demand = (holds: boolean, cause: string, element: string): void => {
    if (holds) return
    issues.push({
      severity: 'error',
      type: 'business-rule',
      error: 'lot-incorrect',
      params: { cause },
      expression: `List.${element}`,
    })
  }
  const { uniqueId, title } = readFolder(list)
  const entries = list.entry ?? []
  const references = entries.map(({ item }) => item?.reference ?? JSON.stringify(item?.identifier ?? ''))
  demand(list.status === 'current', 'List.status = current', 'status')
  demand(list.mode === 'working', 'List.mode = working', 'mode')
  demand(title.trim() !== '', 'List.title', 'title')
  demand(
    uniqueId?.value === undefined || /^urn:(?:oid|uuid):\S+$/.test(uniqueId.value),
    'uniqueId = urn:oid:… | urn:uuid:…',
    'identifier',
  )
  demand(!isTooLong(uniqueId ?? {}), `uniqueId ≤ ${maxUniqueIdLength}`, 'identifier')
  demand(entries.length > 0 && entries.length <= maxEntries, `List.entry: 1 – ${maxEntries}`, 'entry')
  demand(new Set(references).size === references.length, 'List.entry.item × 2', 'entry')
  entries.forEach(({ deleted }, i) => {
    demand(!deleted, 'List.entry.deleted', `entry[${i}].deleted`)
  })
  return issues
}
