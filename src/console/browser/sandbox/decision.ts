/**
 * What the server says of a decision: the explanation of `$expliquer`, and the codes of a refusal.
 * @see docs/api.md "$expliquer" and "Answers"
 */
import { type Fields, listAt, partsNamed, partText, partValue, textAt } from './read-json.ts'

export type Reason = { readonly rule: string; readonly verdict: string; readonly text: string }

export type Decision = {
  readonly action: string
  readonly permitted: boolean
  /** A value of the functional matrix, as `own`; empty when there is none. */
  readonly condition: string
  readonly reasons: readonly Reason[]
}

export type Explained = {
  readonly interaction: string
  readonly mode: string
  readonly decisions: readonly Decision[]
}

export function explanationRequest(
  request: { readonly method: string; readonly path: string },
  patient: string | undefined,
): object {
  const parameter = [
    { name: 'methode', valueString: request.method },
    { name: 'url', valueString: request.path },
    ...(patient === undefined ? [] : [{ name: 'patient', valueString: patient }]),
  ]
  return { resourceType: 'Parameters', parameter }
}

/** Undefined for what is no explanation. */
export function readExplained(json: unknown): Explained | undefined {
  const all = listAt(json, 'parameter')
  const asked = partsNamed(all, 'demande')
  if (textAt(json, 'resourceType') !== 'Parameters' || asked.length === 0) return undefined
  return {
    interaction: partText(all, 'interaction'),
    mode: partText(all, 'mode'),
    decisions: asked.map(decisionOf),
  }
}

function decisionOf(asked: Fields): Decision {
  const parts = listAt(asked, 'part')
  return {
    action: partText(parts, 'action'),
    permitted: partValue(parts, 'permis') === true,
    condition: partText(parts, 'condition'),
    reasons: partsNamed(parts, 'etape').map((step) => {
      const of = listAt(step, 'part')
      return { rule: partText(of, 'regle'), verdict: partText(of, 'verdict'), text: partText(of, 'texte') }
    }),
  }
}

const ERROR_SYSTEM = 'https://dmp-fhir.example/CodeSystem/erreur'
const RULE_SYSTEM = 'https://dmp-fhir.example/CodeSystem/regle'

export type Refusal = {
  readonly error: string
  readonly rules: readonly string[]
  readonly text: string
  readonly expression: string
}

/** One for each issue of an OperationOutcome; none for any other answer. */
export function refusalsOf(json: unknown): readonly Refusal[] {
  if (textAt(json, 'resourceType') !== 'OperationOutcome') return []
  return listAt(json, 'issue').map((issue) => {
    const codings = listAt(issue, 'details', 'coding')
    const codes = (system: string): string[] =>
      codings.filter((coding) => coding.system === system).map((coding) => textAt(coding, 'code'))
    return {
      error: codes(ERROR_SYSTEM)[0] ?? '',
      rules: codes(RULE_SYSTEM),
      text: textAt(issue, 'details', 'text'),
      expression: textAt(issue, 'expression', 0),
    }
  })
}
