/**
 * Every code table of the DMP, built once from `profiles/terminology/` and passed to whoever needs it.
 */
import type { Coding } from '@medplum/fhirtypes'
import { buildCodeSystems, type CodeSystemSource, type CodeSystems } from './code-systems.ts'
import { buildCodeTable, type CodeTable, type CodeTableSource } from './code-table.ts'
import { buildDocumentTypes, type DocumentTypeSource, type DocumentTypes } from './document-types.ts'

type ConceptMapSource = {
  readonly name: string
  readonly systems: Readonly<Record<string, string>>
  readonly fallback?: readonly [system: string, code: string]
  readonly map: readonly (readonly [source: string, system: string, code: string])[]
}

export type TerminologySource = {
  readonly documentTypes: DocumentTypeSource
  readonly documentClasses: CodeTableSource
  readonly confidentiality: CodeTableSource
  readonly facilityTypes: CodeTableSource
  readonly practiceSettings: CodeTableSource
  readonly contentTypes: CodeTableSource
  readonly formats: CodeTableSource
  readonly professions: CodeTableSource
  readonly templateFormats: ConceptMapSource
  readonly mediaTypeFormats: ConceptMapSource
  readonly codeSystems: CodeSystemSource
}

export type FormatCoding = Required<Pick<Coding, 'system' | 'code'>> & Pick<Coding, 'display'>

export type Terminology = {
  readonly systems: CodeSystems
  readonly documentTypes: DocumentTypes
  /** N, R, V and the visibility labels of JDV_J58. */
  readonly confidentiality: CodeTable
  readonly facilityTypes: CodeTable
  readonly practiceSettings: CodeTable
  readonly contentTypes: CodeTable
  readonly formats: CodeTable
  readonly professions: CodeTable
  /** ASS_A11: the format of a structured CDA, by the first of its templates that has one, else the fallback. */
  formatOfTemplates(templateIds: readonly string[]): FormatCoding
  /** ASS_A12: the format of an unstructured CDA, by the media type of its body. */
  formatOfMediaType(mediaType: string): FormatCoding | undefined
}

export function buildTerminology(source: TerminologySource): Terminology {
  const systems = buildCodeSystems(source.codeSystems)
  const formats = buildCodeTable(source.formats, systems)
  const templates = formatMap(source.templateFormats, formats)
  const mediaTypes = formatMap(source.mediaTypeFormats, formats)
  const { fallback } = source.templateFormats
  if (!fallback) throw new Error(`${source.templateFormats.name}: no fallback`)
  const outsideProfiles = formatCoding(source.templateFormats, fallback[0], fallback[1], formats)
  return {
    systems,
    documentTypes: buildDocumentTypes(source.documentTypes, source.documentClasses, systems),
    confidentiality: buildCodeTable(source.confidentiality, systems),
    facilityTypes: buildCodeTable(source.facilityTypes, systems),
    practiceSettings: buildCodeTable(source.practiceSettings, systems),
    contentTypes: buildCodeTable(source.contentTypes, systems),
    formats,
    professions: buildCodeTable(source.professions, systems),
    formatOfTemplates: (templateIds) => {
      const known = templateIds.find((id) => templates.has(id))
      return (known !== undefined && templates.get(known)) || outsideProfiles
    },
    formatOfMediaType: (mediaType) => mediaTypes.get(mediaType.toLowerCase()),
  }
}

function formatMap(source: ConceptMapSource, formats: CodeTable): ReadonlyMap<string, FormatCoding> {
  return new Map(source.map.map(([from, key, code]) => [from, formatCoding(source, key, code, formats)]))
}

function formatCoding(source: ConceptMapSource, key: string, code: string, formats: CodeTable): FormatCoding {
  const system = source.systems[key]
  if (system === undefined) throw new Error(`${source.name}: code system ${key} is not declared`)
  const display = formats.find({ system, code })?.display
  return display === undefined ? { system, code } : { system, code, display }
}
