/**
 * Texts that come from elsewhere, as answers and logs may hold them: a client's name for its request, a library's message.
 * Whatever has the form of a matricule is blotted out, as in traces (rule I4).
 */
import { withoutMatricules, withoutMatriculesInText } from '../fhir/without-matricules.ts'

export function toldText(text: string): string {
  return withoutMatriculesInText(withoutMatricules(text))
}

export function mayBeTold(text: string): boolean {
  return toldText(text) === text
}
