/** The verdicts that are sealed with a document, read back. Only out of a seal that is genuine: else they may say anything. */
import { isJsonObject, JsonSyntaxError, type JsonValue, parseJson } from '../../fhir/json.ts'

/** As `SignatureVerdict`, each part as far as it is a text. */
export type ReadVerdict = {
  readonly form: string
  readonly indication: string
  readonly subIndication: string
  readonly signedAt: string
  readonly certificate: string
  readonly actors: readonly string[]
}

/** @param text of a seal, empty for a document without signatures */
export function readVerdicts(text: string): ReadVerdict[] {
  const list = text === '' ? [] : parsed(text)
  return (Array.isArray(list) ? list : []).filter(isJsonObject).map((verdict) => {
    const signer = isJsonObject(verdict.signer) ? verdict.signer : {}
    return {
      form: textIn(verdict.form),
      indication: textIn(verdict.indication),
      subIndication: textIn(verdict.subIndication),
      signedAt: textIn(verdict.signedAt),
      certificate: textIn(signer.certificate),
      actors: (Array.isArray(signer.actors) ? signer.actors : []).filter((each) => typeof each === 'string'),
    }
  })
}

function parsed(text: string): JsonValue {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof JsonSyntaxError) return []
    throw error
  }
}

function textIn(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
