/**
 * Which published profiles an event holds: `meta.profile` says no more than is so. BALP has patterns for what succeeded
 * alone: a refusal claims none. A test validates every event against what it claims.
 * @see https://profiles.ihe.net/ITI/BALP/, https://profiles.ihe.net/ITI/MHD/4.2.3; docs/audit-forms.md
 */
import type { InteractionKind } from '../interaction-names.ts'
import { isQueryTold, type Objects } from './entities.ts'
import { type EventShape, isAsked, isInRecord, type ShownTrace } from './shown-trace.ts'

const BALP = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.'
const MHD = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.'

const basic = { create: 'Create', read: 'Read', update: 'Update', delete: 'Delete', query: 'Query' } as const

/** The side of the server, which is the one that keeps these traces. */
const ofMhd: Readonly<Record<string, string>> = {
  'ITI-65': 'ProvideBundle.Audit.Recipient',
  'ITI-66': 'FindDocumentLists.Audit.Responder',
  'ITI-67': 'FindDocumentReferences.Audit.Responder',
  'ITI-68': 'RetrieveDocument.Audit.Responder',
  'ITI-105': 'SimplifiedPublish.Audit.Recipient',
  'ITI-106': 'GenerateMetadata.Audit.Recipient',
}

export const basicProfiles: readonly string[] = [
  ...Object.values(basic).flatMap((name) => [`${BALP}${name}`, `${BALP}Patient${name}`]),
  ...Object.values(ofMhd).map((name) => `${MHD}${name}`),
]

export function claimedProfiles(
  trace: ShownTrace,
  { transaction }: InteractionKind,
  shape: EventShape,
  { main }: Objects,
): string[] {
  if (trace.outcome !== '0' || !isAsked(trace) || shape === 'other') return []
  const told = shape === 'query' ? isQueryTold(trace, shape) : main !== undefined
  if (!told) return []
  const mhd = transaction && ofMhd[transaction]
  const ofTransaction =
    mhd && isInRecord(trace) && isObjectOf(transaction, main?.type) ? [`${MHD}${mhd}`] : []
  if (shape === 'import') return ofTransaction
  return [`${BALP}${isInRecord(trace) ? 'Patient' : ''}${basic[shape]}`, ...ofTransaction]
}

/** What the transaction is about must be what the event names. */
function isObjectOf(transaction: string, type: string | undefined): boolean {
  switch (transaction) {
    case 'ITI-65':
      return type === 'List'
    case 'ITI-68':
      return type === 'Binary' || type === 'Bundle'
    case 'ITI-105':
    case 'ITI-106':
      return type === 'DocumentReference'
    default:
      return true
  }
}
