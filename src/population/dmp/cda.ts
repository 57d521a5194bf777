/**
 * A CDA R2 document of a made-up patient: a structured body of narrative sections, or one that carries a PDF. Its header
 * has what CI-SIS asks of every document.
 * @see CI-SIS "structuration minimale" 1.2.250.1.213.1.1.1.1
 */
import { escapeText } from '../../fhir/xml-escape.ts'
import type { SeededDocument } from './document.ts'

const OIDS = { loinc: '2.16.840.1.113883.6.1', french: '1.2.250.1.213.1.1.4.12' } as const
const SECTION = ['Motif', 'Antécédents', 'Examen', 'Résultats', 'Traitement', 'Conclusion'] as const

/** Of the text of a document: as it is; ASCII alone, which is so many bytes; ASCII whose base64 stands there; or the same so many times. */
export type Piece =
  | string
  | { readonly ascii: string }
  | { readonly inBase64: string }
  | { readonly text: string; readonly times: number }

/** @param pdf in ASCII; undefined: narrative sections, of about the size of the document @returns it piece by piece */
export function cdaOf(document: SeededDocument, pdf: string | undefined): Piece[] {
  const { traits, kind, author, title } = document
  const effective = cdaTime(document.date)
  const [system, type, display] = kind.type
  const organisation = `<id root="1.2.250.1.71.4.2.2" extension="${author.structure.id}"/><name>${escapeText(author.structure.name)}</name>`
  const person = `<id root="1.2.250.1.71.4.2.1" extension="${author.id}"/>`
  const name = `<name><family>${escapeText(author.family)}</family><given>${escapeText(author.given)}</given></name>`
  const template =
    pdf === undefined ? (kind.structured?.template ?? '1.2.250.1.213.1.1.1.1') : '1.3.6.1.4.1.19376.1.2.20'
  const header = `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" classCode="DOCCLIN" moodCode="EVN">
<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/><templateId root="${template}"/>
<id root="${document.oid}"/><code code="${type}" codeSystem="${system === 'http://loinc.org' ? OIDS.loinc : OIDS.french}" displayName="${attribute(display)}"/>
<title>${escapeText(title)}</title><effectiveTime value="${effective}"/><confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25" displayName="Normal"/>
<languageCode code="fr-FR"/><setId root="${document.oid}.1"/><versionNumber value="1"/>
<recordTarget><patientRole><id root="${document.insOid}" extension="${traits.matricule}"/><patient classCode="PSN">
<name><family qualifier="BR">${escapeText(traits.family)}</family><given>${escapeText(traits.given.join(' '))}</given><given qualifier="BR">${escapeText(traits.given[0] ?? '')}</given></name>
<administrativeGenderCode code="${traits.gender === 'female' ? 'F' : 'M'}" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="${traits.birthDate.replaceAll('-', '')}"/>
<birthplace><place><addr><county>99999</county></addr></place></birthplace></patient></patientRole></recordTarget>
<author><functionCode code="PRELV" codeSystem="1.2.250.1.213.1.1.4.2.280"/><time value="${effective}"/><assignedAuthor>${person}<code code="${author.kind.code}" codeSystem="1.2.250.1.213.1.1.4.5" displayName="${attribute(author.kind.display)}"/>
<assignedPerson>${name}</assignedPerson><representedOrganization>${organisation}</representedOrganization></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization>${organisation}</representedCustodianOrganization></assignedCustodian></custodian>
<legalAuthenticator><time value="${effective}"/><signatureCode code="S"/><assignedEntity>${person}<assignedPerson>${name}</assignedPerson><representedOrganization>${organisation}</representedOrganization></assignedEntity></legalAuthenticator>
<documentationOf><serviceEvent><effectiveTime><low value="${effective}"/></effectiveTime><performer typeCode="PRF"><assignedEntity>${person}
<representedOrganization>${organisation}<standardIndustryClassCode code="${kind.setting[0]}" codeSystem="1.2.250.1.213.1.1.4.9" displayName="${attribute(kind.setting[1])}"/></representedOrganization></assignedEntity></performer></serviceEvent></documentationOf>
<componentOf><encompassingEncounter><effectiveTime><low value="${effective}"/></effectiveTime><location><healthCareFacility><code code="${kind.facility[0]}" codeSystem="1.2.250.1.71.4.2.4" displayName="${attribute(kind.facility[1])}"/></healthCareFacility></location></encompassingEncounter></componentOf>
<component>`
  const body =
    pdf === undefined
      ? narrative(document.size)
      : [
          '<nonXMLBody><text mediaType="application/pdf" representation="B64">',
          { inBase64: pdf },
          '</text></nonXMLBody>',
        ]
  return [header, ...body, '</component></ClinicalDocument>\n']
}

const ROW =
  '<tr><td>Valeur dans les limites habituelles, stable par rapport au contrôle précédent</td><td>à revoir</td></tr>'
const SECTION_END = '</tbody></table></text></section></component>'

function narrative(size: number): Piece[] {
  const rows: Piece = {
    text: ROW,
    times: Math.max(1, Math.floor((size - 4_000) / SECTION.length / ROW.length)),
  }
  const sections = SECTION.flatMap((title, i) => [
    `${i === 0 ? '<structuredBody>' : `${SECTION_END}\n`}<component><section><code code="${11_535 + i}-2" codeSystem="2.16.840.1.113883.6.1"/><title>${title}</title><text><table><tbody>`,
    rows,
  ])
  return [...sections, `${SECTION_END}</structuredBody>`]
}

/** `2024-03-17T08:30:00+01:00` as HL7 writes it: `20240317083000+0100`. */
function cdaTime(dateTime: string): string {
  const [local = '', zone = ''] = dateTime.split('+')
  return `${local.replace(/\D/g, '')}+${zone.replace(':', '')}`
}

function attribute(text: string): string {
  return escapeText(text).replaceAll('"', '&quot;')
}
