/**
 * A Consent as the choice it says. What would narrow or widen it beyond the forms of patient-choice.ts is refused: a
 * restriction that nobody applies would give more than the patient meant.
 * @see https://hl7.org/fhir/R4/consent.html; docs/api.md "Consent"
 *
 * NOT checked: `policyRule`, `performer`, `organization`, `source[x]`, `verification`; they are kept and say nothing here.
 */
import type { Consent } from '@medplum/fhirtypes'
import { parseFhirDate } from '../../fhir/date.ts'
import type { Issue } from '../../fhir/issue.ts'
import { parisTime } from '../../fhir/paris-time.ts'
import { clientSystem } from '../client-system.ts'
import { canonicalUniqueId, isTooLong } from '../documents/unique-id.ts'
import {
  type ChoiceCategory,
  choiceForms,
  choiceSystem,
  isChoiceCategory,
  openingCategory,
  type PatientChoice,
} from './patient-choice.ts'
import { personActor, professionalActor, serviceActor } from './patient-choice-actor.ts'

type Provision = NonNullable<Consent['provision']>

const actReason = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
/** Of a provision; each would be a restriction of its own. */
const restrictions = ['action', 'securityLabel', 'class', 'code', 'dataPeriod', 'provision'] as const

/** @param consent that the base specification finds no fault in */
export function readChoice(
  consent: Consent,
  allowTestIns: boolean,
): { readonly choice: PatientChoice } | { readonly issues: readonly Issue[] } {
  const category = categoryOf(consent)
  if (typeof category !== 'string') return { issues: [category.issue] }
  const provision: Provision = consent.provision ?? {}
  const faults = new Faults()
  const choice = read(category, consent, provision, allowTestIns, faults)
  demandForm(category, provision, faults)
  return choice && faults.issues.length === 0 ? { choice } : { issues: faults.issues }
}

class Faults {
  readonly issues: Issue[] = []

  demand(held: boolean, cause: string, element: string): void {
    if (!held) this.issues.push(incorrect(cause, element))
  }
}

export function incorrect(cause: string, element: string): Issue {
  const expression = `Consent.${element}`
  return {
    severity: 'error',
    type: 'business-rule',
    error: 'choix-incorrect',
    params: { cause },
    expression,
  }
}

function categoryOf({ category }: Consent): ChoiceCategory | { readonly issue: Issue } {
  const [coding, ...others] = category
    .flatMap((concept) => concept.coding ?? [])
    .filter(({ system }) => system === choiceSystem)
  const code = others.length === 0 ? (coding?.code ?? '') : ''
  if (isChoiceCategory(code)) return code
  if (code !== openingCategory)
    return { issue: incorrect(`category ∈ {${Object.keys(choiceForms).join(', ')}}`, 'category') }
  return {
    issue: {
      severity: 'error',
      type: 'business-rule',
      error: 'choix-ouverture',
      expression: 'Consent.category',
      rule: 'A12',
    },
  }
}

function read(
  category: ChoiceCategory,
  consent: Consent,
  provision: Provision,
  allowTestIns: boolean,
  faults: Faults,
): PatientChoice | undefined {
  const [actor, ...others] = provision.actor ?? []
  const reference = others.length === 0 ? actor?.reference : undefined
  const end = provision.period?.end
  const until = end === undefined ? undefined : parseFhirDate(end, parisTime)?.end
  const professional = reference && professionalActor(reference)
  const person = reference && personActor(reference, consent.contained, allowTestIns)
  switch (category) {
    case 'autorisation':
      faults.demand(professional !== undefined, 'provision.actor × 1: IDNPS | IDNST', 'provision.actor')
      return professional && { category, actor: professional, until }
    case 'blocage':
    case 'medecin-traitant':
      if (category === 'blocage' && professional?.startsWith('st:')) {
        faults.issues.push(structureBlocked)
        return undefined
      }
      if (professional?.startsWith('ps:'))
        return { category, actor: `ps:${professional.slice('ps:'.length)}` }
      faults.demand(false, 'provision.actor × 1: IDNPS', 'provision.actor')
      return undefined
    case 'representation':
    case 'aidant':
      faults.demand(person !== undefined, 'provision.actor × 1: RelatedPerson, INS', 'provision.actor')
      return person && { category, person, until }
    case 'service-tiers': {
      const service = reference && serviceActor(reference)
      faults.demand(
        service !== undefined,
        `provision.actor × 1: Device, identifier ${clientSystem}|[client_id]`,
        'provision.actor',
      )
      const codes = codesNamed(provision)
      faults.demand(
        codes !== undefined,
        `provision.code × 1 … ${MAX_CODES}: coding × 1 (system, code), JDV_J66 | ASS_X16`,
        'provision.code',
      )
      if (service === undefined || codes === undefined) return undefined
      return { category, service, purposes: purposesNamed(provision), codes, until }
    }
    case 'opposition-alimentation': {
      const document = documentNamed(provision)
      faults.demand(
        document !== undefined,
        'provision.data × 1: instance, reference.identifier = masterIdentifier (system, value)',
        'provision.data',
      )
      return document === undefined ? undefined : { category, document }
    }
    default:
      return { category, permit: provision.type === 'permit' }
  }
}

const structureBlocked: Issue = {
  severity: 'error',
  type: 'business-rule',
  error: 'structure-non-bloquable',
  expression: 'Consent.provision.actor',
  rule: 'A6',
}

/** `system|value`, as the uniqueId of a document is kept (rule D1). */
function documentNamed({ data = [] }: Provision): string | undefined {
  const [named, ...others] = data
  const { system, value } = named?.reference?.identifier ?? {}
  if (others.length > 0 || named?.meaning !== 'instance' || !system || !value) return undefined
  return isTooLong({ system, value }) ? undefined : canonicalUniqueId(`${system}|${value}`)
}

const MAX_CODES = 200
const MAX_PURPOSES = 20

/** `system|code` of each concept; undefined where one says none, or two that might be meant otherwise. */
function codesNamed({ code: concepts = [] }: Provision): readonly string[] | undefined {
  const codes = concepts.flatMap(({ coding = [] }) => {
    const [{ system, code } = {}, ...others] = coding
    return others.length === 0 && system && code ? [`${system}|${code}`] : []
  })
  const whole = codes.length === concepts.length && codes.length > 0 && codes.length <= MAX_CODES
  return whole ? [...new Set(codes)].sort() : undefined
}

function purposesNamed({ purpose = [] }: Provision): readonly string[] {
  return [
    ...new Set(purpose.flatMap(({ system, code }) => (system === actReason && code ? [code] : []))),
  ].sort()
}

function demandForm(category: ChoiceCategory, provision: Provision, faults: Faults): void {
  const { provisions, names, ends, purposes } = choiceForms[category]
  const types: readonly string[] = provisions
  faults.demand(
    types.includes(provision.type ?? ''),
    `provision.type = ${provisions.join(' | ')}`,
    'provision.type',
  )
  if (names === 'nobody' || names === 'document')
    faults.demand((provision.actor ?? []).length === 0, 'provision.actor × 0', 'provision.actor')
  if (names !== 'document')
    faults.demand((provision.data ?? []).length === 0, 'provision.data × 0', 'provision.data')
  if (!ends)
    faults.demand(provision.period?.end === undefined, 'provision.period.end × 0', 'provision.period')
  for (const element of restrictions.filter((one) => names !== 'service' || one !== 'code'))
    faults.demand(provision[element] === undefined, `provision.${element} × 0`, `provision.${element}`)
  if (purposes === 'said') {
    faults.demand(
      purposesNamed(provision).length === (provision.purpose ?? []).length &&
        provision.purpose !== undefined &&
        provision.purpose.length <= MAX_PURPOSES,
      `provision.purpose × 1 … ${MAX_PURPOSES}: ${actReason}`,
      'provision.purpose',
    )
    return
  }
  const asked = (provision.purpose ?? []).map(({ system, code }) => (system === actReason ? code : ''))
  faults.demand(
    asked.length === 0 ||
      (asked.length === purposes.length && purposes.every((code) => asked.includes(code))),
    purposes.length === 0 ? 'provision.purpose × 0' : `provision.purpose = ${purposes.join(', ')}`,
    'provision.purpose',
  )
}
