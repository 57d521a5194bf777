/**
 * The summary as a document Bundle in the shape of the International Patient Summary: a Composition whose sections hold,
 * source by source, the words of the documents and their coded lines. Each line says from which document, of when and by
 * whom it is. Nothing is merged and nothing inferred; what is missing is said to be missing from the documents.
 * @see http://hl7.org/fhir/uv/ips/STU1.1/ and docs/synthese.md
 *
 * NOT claimed: conformance to the IPS profiles, which demand codes that French documents do not carry.
 */
import type { BundleEntry, Composition, CompositionSection, Resource } from '@medplum/fhirtypes'
import { narrativeOf } from '../../../dmp/synthese/cda-narrative.ts'
import type { CdaSection } from '../../../dmp/synthese/cda-sections.ts'
import { type Line, linesOf } from '../../../dmp/synthese/synthese-lines.ts'
import { type SyntheseSection, syntheseSections } from '../../../dmp/synthese/synthese-sections.ts'
import type { Uuid } from '../../../fhir/id.ts'
import { escapeText } from '../../../fhir/xml-escape.ts'
import { sourceExtension } from './synthese-source-extension.ts'
import type { ReadSource, Source, UnreadSource } from './synthese-sources.ts'
import { limitsText, unreadSection } from './synthese-words.ts'

const LOINC = 'http://loinc.org'
const DIV = '<div xmlns="http://www.w3.org/1999/xhtml">'
/** Characters of one source's narrative in one section. */
const MOST = 100_000
/** Lines of the whole; a document has some dozens. */
const mostLines = 1000

export type SyntheseParts = {
  readonly base: string
  readonly now: number
  readonly newId: () => Uuid
  readonly systemOf: (oid: string) => string
  readonly patient: Resource
  readonly read: readonly ReadSource[]
  readonly unread: readonly UnreadSource[]
  /** Whether the record has more documents than were looked at. */
  readonly more: boolean
}

export function syntheseBundle(parts: SyntheseParts): string {
  const { now, newId, patient } = parts
  const patientUrl = `${parts.base}/Patient/${patient.id}`
  const device = { fullUrl: `urn:uuid:${newId()}`, resource: deviceOf() }
  const entries: BundleEntry[] = []
  const section = syntheseSections.map((one) => sectionOf(parts, one, patientUrl, entries))
  const composition: Composition = {
    resourceType: 'Composition',
    text: { status: 'generated', div: `${DIV}${limitsText(parts)}</div>` },
    status: 'final',
    type: { coding: [{ system: LOINC, code: '60591-5', display: 'Patient summary Document' }] },
    subject: { reference: patientUrl },
    date: new Date(now).toISOString(),
    author: [{ reference: device.fullUrl }],
    title: 'Synthèse du dossier médical partagé',
    confidentiality: 'N',
    section: [...section, ...unreadSection(parts)],
  }
  return JSON.stringify({
    resourceType: 'Bundle',
    identifier: { system: 'urn:ietf:rfc:3986', value: `urn:uuid:${newId()}` },
    type: 'document',
    timestamp: new Date(now).toISOString(),
    entry: [
      { fullUrl: `urn:uuid:${newId()}`, resource: composition },
      { fullUrl: patientUrl, resource: patient },
      device,
      ...entries,
    ],
  })
}

function deviceOf(): Resource {
  return {
    resourceType: 'Device',
    deviceName: [{ name: 'Serveur FHIR du dossier médical partagé', type: 'user-friendly-name' }],
  }
}

function sectionOf(
  parts: SyntheseParts,
  section: SyntheseSection,
  patientUrl: string,
  entries: BundleEntry[],
): CompositionSection {
  const found = parts.read.flatMap((source) =>
    source.sections.filter(({ code }) => section.from.includes(code)).map((given) => ({ source, given })),
  )
  const own: BundleEntry[] = []
  for (const { source, given } of found)
    for (const line of codedLines(parts, section, given, patientUrl))
      if (entries.length + own.length < mostLines)
        own.push({ fullUrl: `urn:uuid:${parts.newId()}`, resource: withSource(line, source, given) })
  entries.push(...own)
  const words = found.map(({ source, given }) => wordsOf(source, given)).join('')
  const { code, display, title } = section
  const nothing = `<p>Aucune ligne dans les documents lus. Ce n’est pas une absence constatée.</p>`
  return {
    title,
    code: { coding: [{ system: LOINC, code, display }] },
    text: {
      status: words === '' ? 'empty' : 'additional',
      div: `${DIV}${words === '' ? nothing : words}</div>`,
    },
    ...(own.length > 0
      ? { entry: own.map(({ fullUrl = '' }) => ({ reference: fullUrl })) }
      : {
          emptyReason: {
            coding: [
              { system: 'http://terminology.hl7.org/CodeSystem/list-empty-reason', code: 'unavailable' },
            ],
            text:
              words === ''
                ? 'Aucun document lu n’en parle'
                : 'Les documents lus n’en parlent qu’en texte : voir le récit de la section',
          },
        }),
  }
}

function codedLines(
  { systemOf }: SyntheseParts,
  { lines }: SyntheseSection,
  { text, entries }: CdaSection,
  patientUrl: string,
): Line[] {
  if (!lines) return []
  const patient = { reference: patientUrl }
  return entries.flatMap((entry) => linesOf[lines]({ systemOf, text }, entry, patient))
}

function withSource(line: Line, source: Source, { title }: CdaSection): Line {
  return {
    ...line,
    meta: { source: `${source.url}/_history/${source.version}` },
    extension: [sourceExtension(source, title)],
  }
}

function wordsOf(source: Source, { title, text }: CdaSection): string {
  const words = text && narrativeOf(text, MOST)
  const head = [title, source.title, source.day].filter((part) => part !== '').map(escapeText)
  return `<div><p><b>${head.join(' – ')}</b></p>${words ?? '<p>Récit absent, ou trop long pour une synthèse : voir le document.</p>'}</div>`
}
