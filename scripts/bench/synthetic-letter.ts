/**
 * Fictitious discharge letters (CDA R2, LDL-SES) of about 20 KB, and the ITI-65 bundles that carry them. Each has ids of
 * its own; the density of elements is that of the ANS example (about ten in a kilobyte).
 * @see https://profiles.ihe.net/ITI/MHD/ITI-65.html
 */
import { createHash } from 'node:crypto'
import { matriculeKey } from '../../src/dmp/identity/ins.ts'

export const TEST_INS = 'urn:oid:1.2.250.1.213.1.4.10'
export const STRUCTURE = '1750803447'
const AUTHOR = '801234567897'
const OID = '1.2.250.1.213.1.1.9999'
const nos = (table: string): string =>
  `https://mos.esante.gouv.fr/NOS/${table}/FHIR/${table.replaceAll('_', '-')}`
const idnps = 'urn:oid:1.2.250.1.71.4.2.1'
const idnst = 'urn:oid:1.2.250.1.71.4.2.2'

/** A matricule of nobody: department 99 does not exist. */
export function matricule(number: number): string {
  const first13 = `279039900${String(number).padStart(4, '0')}`
  return first13 + matriculeKey(first13)
}

export function letter(ins: string, uniqueId: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/><templateId root="1.2.250.1.213.1.1.1.29" extension="2022.01"/>
<id root="${uniqueId}"/>
<code code="11490-0" displayName="Lettre de liaison à la sortie d'un établissement de soins" codeSystem="2.16.840.1.113883.6.1"/>
<title>Lettre de liaison à la sortie de l'établissement de santé</title>
<effectiveTime value="20260912133000+0200"/><confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/><languageCode code="fr-FR"/>
<setId root="${uniqueId}.1"/><versionNumber value="1"/>
<recordTarget><patientRole><id extension="${ins}" root="1.2.250.1.213.1.4.10"/><patient classCode="PSN">
<name><family qualifier="BR">ESSAI</family><given>CAMILLE ANNE</given><given qualifier="BR">CAMILLE</given></name>
<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19790328"/><birthplace><place><addr><county>99999</county></addr></place></birthplace>
</patient></patientRole></recordTarget>
<author><time value="20260912133000+0200"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="${AUTHOR}"/>
<code code="G15_10/SM27" codeSystem="1.2.250.1.213.1.1.4.5"/><assignedPerson><name><family>ESSAI</family><given>MEDECIN</given></name></assignedPerson>
<representedOrganization><id root="1.2.250.1.71.4.2.2" extension="${STRUCTURE}"/><name>Hôpital d'essai</name></representedOrganization></assignedAuthor></author>
<custodian><assignedCustodian><representedCustodianOrganization><id root="1.2.250.1.71.4.2.2" extension="${STRUCTURE}"/><name>Hôpital d'essai</name></representedCustodianOrganization></assignedCustodian></custodian>
<legalAuthenticator><time value="20260912133000+0200"/><signatureCode code="S"/><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="${AUTHOR}"/></assignedEntity></legalAuthenticator>
<documentationOf><serviceEvent><code code="IMP" codeSystem="2.16.840.1.113883.5.4"/><effectiveTime><low value="20260901111700+0200"/><high value="20260912133000+0200"/></effectiveTime>
<performer typeCode="PRF"><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="${AUTHOR}"/><representedOrganization><id root="1.2.250.1.71.4.2.2" extension="${STRUCTURE}"/></representedOrganization></assignedEntity></performer></serviceEvent></documentationOf>
<componentOf><encompassingEncounter><effectiveTime><low value="20260901111700+0200"/></effectiveTime><location><healthCareFacility><code code="SA01" codeSystem="1.2.250.1.71.4.2.4"/></healthCareFacility></location></encompassingEncounter></componentOf>
<component><structuredBody>${SECTIONS}</structuredBody></component></ClinicalDocument>
`
}

const SECTIONS = Array.from({ length: 9 }, (_, s) => {
  const rows = Array.from(
    { length: 8 },
    (_, r) =>
      `<tr><td>Mesure ${s + 1}.${r + 1}</td><td>${(s * 7 + r) % 90} mg/l, stable au cours du séjour, à contrôler dans un mois par le médecin traitant</td></tr>
<!-- ligne relevée par le service et relue avant la sortie du patient -->`,
  )
  return `<component><section><templateId root="1.2.250.1.213.1.1.2.${35 + s}"/>
<code code="${11_535 + s}-2" codeSystem="2.16.840.1.113883.6.1" displayName="Section d'essai"/><title>Section ${s + 1}</title>
<text><table border="1"><tbody>${rows.join('\n')}</tbody></table></text></section></component>`
}).join('\n')

/**
 * @param number makes the document and the submission set unique @param labels of visibility, codes of TRE_A07
 * @param content in place of the letter
 */
export function submission(
  ins: string,
  number: string,
  labels: readonly string[] = [],
  content?: { readonly bytes: Buffer; readonly contentType: string },
): string {
  const uniqueId = `${OID}.${number}`
  const { bytes: cda, contentType } = content ?? {
    bytes: Buffer.from(letter(ins, uniqueId)),
    contentType: 'text/xml',
  }
  const author = {
    resourceType: 'PractitionerRole',
    id: 'a',
    practitioner: { type: 'Practitioner', identifier: { system: idnps, value: AUTHOR } },
  }
  const patient = { resourceType: 'Patient', id: 'p', identifier: [{ system: TEST_INS, value: ins }] }
  const subject = { reference: `Patient?identifier=${TEST_INS}|${ins}` }
  const coded = (system: string, code: string) => ({ coding: [{ system, code }] })
  const date = '2026-09-12T13:30:00+02:00'
  const document = {
    resourceType: 'DocumentReference',
    contained: [author, patient],
    masterIdentifier: { use: 'usual', system: 'urn:ietf:rfc:3986', value: `urn:oid:${uniqueId}` },
    status: 'current',
    type: coded('http://loinc.org', '11490-0'),
    category: [coded(nos('TRE_A03-ClasseDocument'), '10')],
    subject,
    date,
    author: [{ reference: '#a' }],
    authenticator: { reference: '#a' },
    custodian: { type: 'Organization', identifier: { system: idnst, value: STRUCTURE } },
    securityLabel: [
      coded('http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'N'),
      ...labels.map((label) => coded(nos('TRE_A07-StatutVisibiliteDocument'), label)),
    ],
    content: [
      {
        attachment: {
          contentType,
          language: 'fr-FR',
          url: urn(3),
          size: cda.length,
          hash: createHash('sha1').update(cda).digest('base64'),
          title: 'Lettre de liaison',
          creation: date,
        },
        format: { system: nos('TRE_A06-FormatCodeComplementaire'), code: 'urn:asip:ci-sis:ldl-ses:2017' },
      },
    ],
    context: {
      period: { start: '2026-09-01T11:17:00+02:00', end: date },
      facilityType: coded(nos('TRE_R02-SecteurActivite'), 'SA01'),
      practiceSetting: coded(nos('TRE_A01-CadreExercice'), 'ETABLISSEMENT'),
      sourcePatientInfo: { reference: '#p' },
    },
  }
  const designation = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-designationType'
  const source = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition/ihe-sourceId'
  const list = {
    resourceType: 'List',
    contained: [author],
    extension: [
      { url: designation, valueCodeableConcept: coded(nos('TRE_R209-TypeActivite'), '03') },
      { url: source, valueIdentifier: { system: 'urn:ietf:rfc:3986', value: `urn:oid:${OID}` } },
    ],
    identifier: [{ use: 'usual', system: 'urn:ietf:rfc:3986', value: `urn:oid:${uniqueId}.2` }],
    status: 'current',
    mode: 'working',
    code: coded('https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes', 'submissionset'),
    subject,
    date,
    source: { reference: '#a' },
    entry: [{ item: { reference: urn(2) } }],
  }
  const binary = { resourceType: 'Binary', contentType, data: cda.toString('base64') }
  return JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [list, document, binary].map((resource, i) => ({
      fullUrl: urn(i + 1),
      resource,
      request: { method: 'POST', url: resource.resourceType },
    })),
  })
}

const urn = (n: number): string => `urn:uuid:aaaaaaaa-0000-4000-8000-00000000000${n}`
