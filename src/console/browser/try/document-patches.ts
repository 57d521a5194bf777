/**
 * JSON Patches as the ANS draft writes them: labels (TD3.3a, TD3.3b), archiving (TD3.3d), deletion (TD3.3c).
 * @see docs/api.md "Documents after their deposit"
 */
const visibility =
  'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument'
const confidentiality = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
const isArchived = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived'

/** `N` clears the one label that is set. */
export function labelPatch(code: 'N' | 'MASQUE_PS' | 'INVISIBLE_PATIENT'): readonly object[] {
  const system = code === 'N' ? confidentiality : visibility
  return [{ op: 'replace', path: '/securityLabel/0', value: { coding: [{ system, code }] } }]
}

export function archivePatch(archived: boolean): readonly object[] {
  return [{ op: 'replace', path: `/extension[url:'${isArchived}']/valueBoolean`, value: archived }]
}

export const deletionPatch: readonly object[] = [
  { op: 'replace', path: '/status', value: 'entered-in-error' },
]
