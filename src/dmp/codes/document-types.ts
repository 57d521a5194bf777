/**
 * The document types of the DMP (JDV_J66), the class of each (ASS_X16), and who alone may deposit some of them.
 * @see rules D5 and D7; profiles/terminology/document-types.json, which says how the list of types was derived
 */
import type { Coding } from '@medplum/fhirtypes'
import type { CodeSystems } from './code-systems.ts'
import { buildCodeTable, type CodeTable, type CodeTableSource, type Concept } from './code-table.ts'

export type DocumentTypeSource = CodeTableSource & {
  readonly depositors: {
    readonly PATIENT: readonly string[]
    readonly ASSURANCE_MALADIE: readonly string[]
    readonly MEDECIN_OF_THE_CARE_TEAM: readonly string[]
  }
  readonly concepts: readonly (readonly [system: string, code: string, display: string, classCode: string])[]
}

/** Who may deposit a type (D7): most are for any feeder but the patient and the insurer. */
export type Depositor = 'PROFESSIONAL' | 'PATIENT' | 'ASSURANCE_MALADIE' | 'MEDECIN_OF_THE_CARE_TEAM'

export type DocumentType = Concept & { readonly class: Concept; readonly depositor: Depositor }

export type DocumentTypes = {
  readonly name: string
  readonly version: string
  readonly all: readonly DocumentType[]
  readonly classes: CodeTable
  find(coding: Pick<Coding, 'system' | 'code'>): DocumentType | undefined
  /** By code alone, as the habilitation matrix writes them: no code stands in two systems of JDV_J66. */
  byCode(code: string): DocumentType | undefined
}

export function buildDocumentTypes(
  source: DocumentTypeSource,
  classSource: CodeTableSource,
  systems: CodeSystems,
): DocumentTypes {
  const types = buildCodeTable(source, systems)
  const classes = buildCodeTable(classSource, systems)
  const classOf = new Map(source.concepts.map(([, code, , classCode]) => [code, classCode]))
  const byCode = new Map<string, DocumentType>()
  for (const concept of types.concepts) {
    const documentClass = classes.concepts.find((c) => c.code === classOf.get(concept.code))
    if (!documentClass)
      throw new Error(`${source.name}: type ${concept.code} has no class of ${classSource.name}`)
    if (byCode.has(concept.code)) throw new Error(`${source.name}: ${concept.code} in two systems`)
    byCode.set(concept.code, {
      ...concept,
      class: documentClass,
      depositor: depositorOf(concept.code, source),
    })
  }
  for (const code of Object.values(source.depositors).flat()) {
    if (!byCode.has(code)) throw new Error(`${source.name}: depositor of an unknown type ${code}`)
  }
  return {
    name: source.name,
    version: source.version,
    all: [...byCode.values()],
    classes,
    find: (coding) => {
      const concept = types.find(coding)
      return concept && byCode.get(concept.code)
    },
    byCode: (code) => byCode.get(code),
  }
}

function depositorOf(code: string, { depositors }: DocumentTypeSource): Depositor {
  if (depositors.PATIENT.includes(code)) return 'PATIENT'
  if (depositors.ASSURANCE_MALADIE.includes(code)) return 'ASSURANCE_MALADIE'
  return depositors.MEDECIN_OF_THE_CARE_TEAM.includes(code) ? 'MEDECIN_OF_THE_CARE_TEAM' : 'PROFESSIONAL'
}
