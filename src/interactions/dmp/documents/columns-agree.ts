/**
 * Whether the columns that policy reads say what the sealed text of a document says: who could change one of them alone
 * would show what is masked, or give it to another author, and leave the text as it is.
 *
 * NOT compared: the columns that only searches read; one of these hides a document from a search, and shows none.
 */
import type { DocumentReference } from '@medplum/fhirtypes'
import { authorActors, authorsOf } from '../../../dmp/documents/document-authors.ts'
import { readSecurityLabels } from '../../../dmp/documents/security-labels.ts'
import { formatResourceId, type Uuid } from '../../../fhir/id.ts'
import { isJsonObject, JsonSyntaxError, parseJson } from '../../../fhir/json.ts'
import type { SealedDocument } from '../../../storage/seals/read-sealed-document.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import { documentColumns } from '../submission/document-row.ts'

export function columnsAgree(
  engine: Pick<DmpEngine, 'extraction'>,
  patientKey: Uuid,
  { versions, facts, binaryId, contentType }: SealedDocument,
): boolean {
  const json = parsed(versions.at(-1)?.body ?? '')
  if (!json) return false
  // It was validated before it was stored; one that was altered since is told of by its seal.
  const document = json as unknown as DocumentReference
  const { attachment } = document.content?.[0] ?? {}
  const { masked, invisiblePatient, invisibleLegal } = readSecurityLabels(document.securityLabel).labels
  const { archived } = documentColumns(engine.extraction, json, facts.type, 0, (system) => system)
  const authors: ReadonlySet<string> = new Set(authorActors(authorsOf(document)))
  const types = (document.type?.coding ?? []).map(({ code }) => code)
  return (
    facts.status === document.status &&
    facts.archived === archived &&
    facts.masked === masked &&
    facts.invisiblePatient === invisiblePatient &&
    facts.invisibleLegal === invisibleLegal &&
    facts.authors.length === authors.size &&
    facts.authors.every((author) => authors.has(author)) &&
    types.includes(facts.type.slice(facts.type.lastIndexOf('|') + 1)) &&
    contentType === attachment?.contentType &&
    attachment.url?.split('/').at(-1) === formatResourceId({ patientKey, id: binaryId })
  )
}

function parsed(body: string) {
  try {
    const json = parseJson(body)
    return isJsonObject(json) ? json : undefined
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined
    throw error
  }
}
