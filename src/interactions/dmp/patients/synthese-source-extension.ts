/**
 * Where something in a summary comes from: the document, of when and by whom. An extension, because a document Bundle must
 * hold whatever a section's `entry` names, and the sources are not copied into it.
 * @see https://hl7.org/fhir/R4/documents.html#content and docs/synthese.md
 */
import type { Extension } from '@medplum/fhirtypes'
import { practitionerSystem, structureSystem } from '../../../dmp/identity/national-identifiers.ts'
import type { Source } from './synthese-sources.ts'

const SOURCE = 'https://dmp-fhir.example/StructureDefinition/source-synthese'

/** @param section the title of the section in the document; empty: of none */
export function sourceExtension(source: Source, section: string): Extension {
  return {
    url: SOURCE,
    extension: [
      { url: 'document', valueReference: { reference: source.url, display: source.title } },
      { url: 'date', valueDateTime: source.date },
      ...source.authors.flatMap(authorOf),
      ...(section === '' ? [] : [{ url: 'section', valueString: section }]),
    ],
  }
}

/** As documents name them: `ps:…`, `st:…`, `patient`. */
function authorOf(author: string): Extension[] {
  const [kind, value = ''] = author.split(':')
  if (kind !== 'ps' && kind !== 'st') return [{ url: 'auteur', valueReference: { display: 'Patient' } }]
  const system = kind === 'ps' ? practitionerSystem : structureSystem
  return [{ url: 'auteur', valueReference: { identifier: { system, value } } }]
}
