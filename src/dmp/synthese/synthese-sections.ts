/**
 * The sections of the summary, in the order of the International Patient Summary, and the sections of French documents
 * that go into each.
 * @see http://hl7.org/fhir/uv/ips/STU1.1/StructureDefinition-Composition-uv-ips.html; CI-SIS "volet VSM"
 */
import type { LineKind } from './synthese-lines.ts'

export type SyntheseSection = {
  /** LOINC. */
  readonly code: string
  readonly display: string
  readonly title: string
  /** Codes of the sections of documents that it is made of. */
  readonly from: readonly string[]
  /** Undefined for a section of narrative alone. */
  readonly lines: LineKind | undefined
}

export const syntheseSections: readonly SyntheseSection[] = [
  {
    code: '48765-2',
    display: 'Allergies and adverse reactions Document',
    title: 'Allergies et hypersensibilités',
    from: ['48765-2'],
    lines: 'allergy',
  },
  {
    code: '10160-0',
    display: 'History of Medication use Narrative',
    title: 'Traitements',
    // In discharge letters: treatments at discharge.
    from: ['10160-0', '10183-2'],
    lines: 'treatment',
  },
  {
    code: '11450-4',
    display: 'Problem list - Reported',
    title: 'Pathologies en cours',
    from: ['11450-4'],
    lines: 'condition',
  },
  {
    code: '11348-0',
    display: 'History of Past illness Narrative',
    title: 'Antécédents médicaux',
    from: ['11348-0'],
    lines: 'condition',
  },
  {
    code: '47519-4',
    display: 'History of Procedures Document',
    title: 'Antécédents chirurgicaux et actes',
    from: ['47519-4'],
    lines: 'act',
  },
  {
    code: '11369-6',
    display: 'History of Immunization Narrative',
    title: 'Vaccinations',
    from: ['11369-6'],
    lines: 'vaccination',
  },
  {
    code: '30954-2',
    display: 'Relevant diagnostic tests/laboratory data Narrative',
    title: 'Résultats et points de vigilance',
    from: ['30954-2'],
    lines: undefined,
  },
]
