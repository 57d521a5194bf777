/**
 * The labels that say who may not see a document: N always, and the visibility labels of JDV_J58.
 * A label we could not enforce is refused rather than kept: TRE_A07's MASQUE_PSOCIAL and MASQUE_PT, and v3-ActCode
 * NOPAT of JDV_J421, have no rule in the DMP.
 * @see rules V1 and V2; JDV_J58, TRE_A07
 */
import type { CodeableConcept, Coding } from '@medplum/fhirtypes'
import type { Issue } from '../../fhir/issue.ts'

export const visibilitySystem =
  'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument'
export const confidentialitySystem = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality'
const confidentialitySpellings = new Set([
  confidentialitySystem,
  'https://mos.esante.gouv.fr/NOS/TRE_A08-HL7Confidentiality/FHIR/TRE-A08-HL7Confidentiality',
  'urn:oid:2.16.840.1.113883.5.25',
])
const visibilitySpellings = new Set([
  visibilitySystem,
  'urn:oid:1.2.250.1.213.1.1.4.13',
  // "Status" for "Statut", in the example of PDSm itself.
  'https://mos.esante.gouv.fr/NOS/TRE_A07-StatusVisibiliteDocument/FHIR/TRE-A07-StatusVisibiliteDocument',
])

export const visibilityLabels = ['MASQUE_PS', 'INVISIBLE_PATIENT', 'INVISIBLE_REPRESENTANTS_LEGAUX'] as const
export type VisibilityLabel = (typeof visibilityLabels)[number]
const displays: Record<VisibilityLabel, string> = {
  MASQUE_PS: 'Masqué aux professionnels de santé',
  INVISIBLE_PATIENT: 'Non visible par le patient',
  INVISIBLE_REPRESENTANTS_LEGAUX: 'Non visible par les représentants légaux du patient',
}

export type SecurityLabels = {
  readonly masked: boolean
  readonly invisiblePatient: boolean
  readonly invisibleLegal: boolean
  /** The most restrictive that was sent; N when none was. */
  readonly confidentiality: 'N' | 'R' | 'V'
}

type Label = 'N' | 'R' | 'V' | VisibilityLabel

/** @param expression the FHIRPath of the list, for the issues */
export function readSecurityLabels(
  labels: readonly CodeableConcept[] | undefined,
  expression = 'DocumentReference.securityLabel',
): { readonly labels: SecurityLabels; readonly issues: readonly Issue[] } {
  const found = new Set<Label>()
  const issues: Issue[] = []
  ;(labels ?? []).forEach((concept, i) => {
    const codings = concept.coding ?? []
    const known = codings.map(labelOf)
    // A label in words alone, or one we do not know, would be a restriction that nobody applies.
    if (codings.length === 0 || known.includes(undefined)) {
      issues.push({
        severity: 'error',
        type: 'code-invalid',
        error: 'etiquette-inconnue',
        expression: `${expression}[${i}]`,
        rule: 'V1',
      })
    }
    for (const label of known) if (label) found.add(label)
  })
  if (found.has('MASQUE_PS') && found.has('INVISIBLE_PATIENT')) {
    issues.push({
      severity: 'error',
      type: 'business-rule',
      error: 'etiquettes-incompatibles',
      expression,
      rule: 'V2',
    })
  }
  return {
    labels: {
      masked: found.has('MASQUE_PS'),
      invisiblePatient: found.has('INVISIBLE_PATIENT'),
      invisibleLegal: found.has('INVISIBLE_REPRESENTANTS_LEGAUX'),
      confidentiality: found.has('V') ? 'V' : found.has('R') ? 'R' : 'N',
    },
    issues,
  }
}

/** The same labels, `N` among them (rule V1): first when it had to be added. */
export function withNormalLabel(labels: readonly CodeableConcept[] | undefined): CodeableConcept[] {
  const present = labels ?? []
  if (present.some((concept) => concept.coding?.some((coding) => labelOf(coding) === 'N')))
    return [...present]
  return [{ coding: [{ system: confidentialitySystem, code: 'N', display: 'normal' }] }, ...present]
}

export function withVisibilityLabel(
  labels: readonly CodeableConcept[] | undefined,
  label: VisibilityLabel,
): CodeableConcept[] {
  const present = withNormalLabel(labels)
  if (present.some((concept) => concept.coding?.some((coding) => labelOf(coding) === label))) return present
  return [...present, { coding: [{ system: visibilitySystem, code: label, display: displays[label] }] }]
}

/** Takes out the label alone: what else a concept says stays. */
export function withoutVisibilityLabel(
  labels: readonly CodeableConcept[] | undefined,
  label: VisibilityLabel,
): CodeableConcept[] {
  return withNormalLabel(
    labels?.flatMap((concept) => {
      const kept = concept.coding?.filter((coding) => labelOf(coding) !== label)
      if (!kept || kept.length === concept.coding?.length) return [concept]
      return kept.length > 0 ? [{ ...concept, coding: kept }] : []
    }),
  )
}

/**
 * What a client means that replaces the whole of one label, as the ANS draft's patches of `/securityLabel/0` do: a
 * visibility label sets that one, N clears the one there is. No other label is dropped, and N stays (rule V1).
 * @returns undefined when N leaves a choice of which label to clear, or the replacement is no label of the DMP
 */
export function replaceLabel(
  labels: readonly CodeableConcept[] | undefined,
  replacement: CodeableConcept,
): CodeableConcept[] | undefined {
  const [label, ...more] = (replacement.coding ?? []).map(labelOf)
  if (label === undefined || more.length > 0) return undefined
  if (isVisibility(label)) return withVisibilityLabel(labels, label)
  if (label !== 'N') return undefined
  const set = visibilityLabels.filter((v) =>
    labels?.some((concept) => concept.coding?.some((coding) => labelOf(coding) === v)),
  )
  const [only, ...others] = set
  if (others.length > 0) return undefined
  return only ? withoutVisibilityLabel(labels, only) : withNormalLabel(labels)
}

function labelOf({ system = '', code = '' }: Coding): Label | undefined {
  if (visibilitySpellings.has(system)) return visibilityLabels.find((label) => label === code)
  if (!confidentialitySpellings.has(system)) return undefined
  return (['N', 'R', 'V'] as const).find((label) => label === code)
}

function isVisibility(label: Label): label is VisibilityLabel {
  return label !== 'N' && label !== 'R' && label !== 'V'
}

/** Whether a document as it was sent, sound or not, is meant to be a minor's secret (V5). */
export function namesSecret(labels: unknown): boolean {
  const secret: VisibilityLabel = 'INVISIBLE_REPRESENTANTS_LEGAUX'
  return labels !== undefined && JSON.stringify(labels).includes(secret)
}
