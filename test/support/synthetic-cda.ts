/** A small CDA R2 document of our own, valid for what the server reads of it: every part of the header can be chosen. */
import type { InsIdentifier } from '../../src/policy/caller.ts'
import { hospitalId, practitioner } from './personas.ts'

export type CdaParts = {
  readonly ins: InsIdentifier
  readonly uniqueId: string
  readonly type: string
  /** OID; LOINC unless said otherwise. */
  readonly typeSystem: string
  readonly author: string
  readonly structure: string
  readonly family: string
  readonly given: string
  readonly gender: 'F' | 'M'
  readonly birthTime: string
  readonly effectiveTime: string
  readonly text: string
  /** Put before the root element: a document type declaration, say. */
  readonly prolog: string
}

export const defaultAuthor = practitioner(9)

export const cdaDefaults = {
  type: '11490-0',
  typeSystem: '2.16.840.1.113883.6.1',
  author: defaultAuthor,
  structure: hospitalId,
  family: 'PAT-TROIS',
  given: 'DOMINIQUE',
  gender: 'F',
  birthTime: '19790328',
  effectiveTime: '20260918103000+0200',
  text: 'Patiente sortie ce jour, état général conservé.',
  prolog: '',
} as const satisfies Omit<CdaParts, 'ins' | 'uniqueId'>

/** The uniqueId is an OID, without `urn:oid:`. */
export function syntheticCda(
  parts: Pick<CdaParts, 'ins' | 'uniqueId'> & Partial<CdaParts>,
): Buffer<ArrayBufferLike> {
  const p: CdaParts = { ...cdaDefaults, ...parts }
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
${p.prolog}<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <realmCode code="FR"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <templateId root="2.16.840.1.113883.2.8.2.1"/>
  <templateId root="1.2.250.1.213.1.1.1.1"/>
  <templateId root="1.2.250.1.213.1.1.1.29"/>
  <id root="${p.uniqueId}"/>
  <code code="${p.type}" codeSystem="${p.typeSystem}"/>
  <title>Lettre de liaison</title>
  <effectiveTime value="${p.effectiveTime}"/>
  <confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>
  <languageCode code="fr-FR"/>
  <setId root="${p.uniqueId}.1"/>
  <versionNumber value="1"/>
  <recordTarget><patientRole>
    <id root="${p.ins.system.slice('urn:oid:'.length)}" extension="${p.ins.value}"/>
    <patient>
      <name><family qualifier="BR">${p.family}</family><given qualifier="BR">${p.given}</given><given>${p.given} MARIE-LOUISE</given></name>
      <administrativeGenderCode code="${p.gender}" codeSystem="2.16.840.1.113883.5.1"/>
      <birthTime value="${p.birthTime}"/>
      <birthplace><place><addr><county>51215</county></addr></place></birthplace>
    </patient>
  </patientRole></recordTarget>
  <author>
    <time value="${p.effectiveTime}"/>
    <assignedAuthor>
      <id root="1.2.250.1.71.4.2.1" extension="${p.author}"/>
      <code code="G15_10/SM26" codeSystem="1.2.250.1.213.1.1.4.5"/>
      <assignedPerson><name><family>MEDECIN</family><given>ANNE</given></name></assignedPerson>
      <representedOrganization><id root="1.2.250.1.71.4.2.2" extension="${p.structure}"/><name>Hôpital d'essai</name></representedOrganization>
    </assignedAuthor>
  </author>
  <custodian><assignedCustodian><representedCustodianOrganization>
    <id root="1.2.250.1.71.4.2.2" extension="${p.structure}"/><name>Hôpital d'essai</name>
  </representedCustodianOrganization></assignedCustodian></custodian>
  <legalAuthenticator><time value="${p.effectiveTime}"/><signatureCode code="S"/><assignedEntity>
    <id root="1.2.250.1.71.4.2.1" extension="${p.author}"/>
  </assignedEntity></legalAuthenticator>
  <documentationOf><serviceEvent>
    <code code="IMP" codeSystem="2.16.840.1.113883.5.4"/>
    <effectiveTime><low value="20260915080000+0200"/><high value="20260918103000+0200"/></effectiveTime>
    <performer typeCode="PRF"><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="${p.author}"/>
      <representedOrganization><standardIndustryClassCode code="ETABLISSEMENT" codeSystem="1.2.250.1.213.1.1.4.9"/></representedOrganization>
    </assignedEntity></performer>
  </serviceEvent></documentationOf>
  <componentOf><encompassingEncounter>
    <effectiveTime><low value="20260915080000+0200"/></effectiveTime>
    <location><healthCareFacility><code code="SA01" codeSystem="1.2.250.1.71.4.2.4"/></healthCareFacility></location>
  </encompassingEncounter></componentOf>
  <component><structuredBody><component><section>
    <code code="11493-4" codeSystem="2.16.840.1.113883.6.1"/><title>Synthèse</title>
    <text><paragraph>${p.text}</paragraph></text>
  </section></component></structuredBody></component>
</ClinicalDocument>
`)
}
