/**
 * The submission set of a lot: what it must say, and that it, its documents and its folders are of one patient.
 * @see PDSm SubmissionSet Comprehensive; MHD ITI-65
 */
import type { List } from '@medplum/fhirtypes'
import { readAuthors } from '../../../dmp/documents/document-authors.ts'
import { withUsesOfTypes } from '../../../dmp/documents/document-identifiers.ts'
import { futureFaults } from '../../../dmp/documents/future-date.ts'
import { checkSubmissionSet, intendedRecipients } from '../../../dmp/documents/submission-set.ts'
import { canonicalUniqueId } from '../../../dmp/documents/unique-id.ts'
import { type FhirError, refusal, refuseFaults } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import type { JsonObject } from '../../../fhir/json.ts'
import { writesAsPatient } from '../../../policy/actor-class.ts'
import type { Subject } from '../../../storage/records/find-subject.ts'
import { validate } from '../../../validation/validate.ts'
import { whereIs } from '../../transaction/resolve-references.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { notThePatient } from './document-faults.ts'
import { heldTo } from './held-profiles.ts'
import { locatedIn } from './located-in.ts'
import { type Lot, masterIdentifierOf } from './lot.ts'
import { isOfRecord, traitFault } from './patient-faults.ts'

/** @throws FhirError 422 when the set is not one, names another patient than its documents, or one of them twice */
export function checkSet(engine: DmpEngine, exchange: DmpExchange, lot: Lot, subject: Subject): void {
  const { resource } = lot.set
  const held = { loaded: engine.profiles, profiles: heldTo(engine, resource, lot.profiles.set) }
  refuseFaults(locatedIn(validate(withUsesOfTypes(resource), engine.registry, held), lot.set, 'List'))
  // `validate` found no fault: it is a List.
  const list = resource as unknown as List
  const bundled = new Set([...lot.documents, ...lot.folders].map(whereIs))
  const context = { bundled, contentTypes: engine.terminology.contentTypes }
  refuseFaults(locatedIn(checkSubmissionSet(resolved(list, lot), context), lot.set, 'List'))
  refuseFaults(locatedIn(sourceFaults(list, exchange, subject), lot.set, 'List'))
  const lists = [lot.set, ...lot.folders.filter(({ method }) => method === 'POST')]
  refuseFaults(
    lists.flatMap((entry) =>
      locatedIn(futureFaults(dateOf(entry.resource), exchange.now, 'List.date'), entry, 'List'),
    ),
  )
  const named = new Set<string>()
  for (const document of lot.documents) {
    const uniqueId = canonicalUniqueId(masterIdentifierOf(document.resource))
    if (named.has(uniqueId)) throw incorrect('masterIdentifier × 2', `${whereIs(document)}.masterIdentifier`)
    named.add(uniqueId)
    if (!lot.namesSubject(document.resource.subject, subject))
      throw incorrect('DocumentReference.subject ≠ List.subject', `${whereIs(document)}.subject`)
  }
}

/** Of patients none but the record's, and of who writes as the patient no professional (I3, I5). */
function sourceFaults({ source, contained = [] }: List, { caller }: DmpExchange, subject: Subject): Issue[] {
  const expression = 'List.source'
  const { ids, patientIns } = readAuthors(source ? [source] : [], contained, () => undefined, expression)
  if (!patientIns.every((ins) => isOfRecord(ins, subject))) return [traitFault(['identifier'], expression)]
  return ids.length > 0 && writesAsPatient(caller) ? [notThePatient('source', expression)] : []
}

/** A folder is validated later. */
function dateOf({ date }: JsonObject): string | undefined {
  return typeof date === 'string' ? date : undefined
}

/** The set, each of its entries naming what it leads to by its place in the lot: by a fullUrl, or relative to one. */
function resolved(list: List, lot: Lot): List {
  if (!list.entry) return list
  const entry = list.entry.map((each) => {
    const named = lot.namedBySet(each.item.reference ?? '')
    return named ? { ...each, item: { reference: whereIs(named) } } : each
  })
  return { ...list, entry }
}

/**
 * Recipients, in MHD's extension or in that of PDSm, whom no national identifier names: MHD's UnknownRecipient, as a
 * warning. They are kept as they were sent; nothing is sent to anybody: the record is what they read.
 */
export function recipientWarnings(lot: Lot): Issue[] {
  // Asked after `checkSet`: it is a List.
  const list = lot.set.resource as unknown as List
  const warnings = intendedRecipients(list).flatMap(({ reference, expression }): Issue[] => {
    const { unresolved } = readAuthors([reference], list.contained ?? [], () => undefined, expression)
    if (unresolved.length === 0) return []
    return [{ severity: 'warning', type: 'not-found', error: 'destinataire-inconnu', expression }]
  })
  return locatedIn(warnings, lot.set, 'List')
}

function incorrect(cause: string, expression: string): FhirError {
  return refusal('unprocessable', 'lot-incorrect', { params: { cause }, expression })
}
