/**
 * What a reference may lead to under a profile: the type by what the reference tells, the profile where the target is at
 * hand (contained, or in the same Bundle).
 * @see https://hl7.org/fhir/R4/references.html and elementdefinition-definitions.html#ElementDefinition.type.targetProfile
 */
import { isJsonObject } from '../../fhir/json.ts'
import { compileFhirPath, evaluate } from '../../fhirpath/fhirpath.ts'
import type { FhirNode } from '../../fhirpath/node.ts'
import { surroundingsOf } from '../around.ts'
import type { Walk } from '../walk.ts'
import type { CompiledProfile, Target } from './compiled-profile.ts'
import { targetTypeOf } from './target-type.ts'

const target = compileFhirPath('resolve()', { patterns: false })

/** Whether a value follows a profile; undefined when that cannot be told. */
export type Follows = (url: string, node: FhirNode) => boolean | undefined

export function checkTarget(
  targets: readonly Target[],
  node: FhirNode,
  walk: Walk,
  { url: profile }: CompiledProfile,
  follows: Follows,
): void {
  if (!isJsonObject(node.value)) return
  const type = targetTypeOf(node.value, walk)
  if (type === undefined) return
  const sameType = targets.filter((t) => t.type === type || t.type === 'Resource')
  if (sameType.length === 0) {
    const expected = [...new Set(targets.map((t) => t.type))].join(', ')
    walk.findings.add('value', 'reference-type', { profile, expected }, 'reference')
    return
  }
  const [found] = evaluate(target, node, surroundingsOf(walk))
  if (!found) return
  if (sameType.some(({ url }) => follows(url, found) !== false)) return
  const expected = sameType.map(({ url }) => url).join(', ')
  walk.findings.add('value', 'profil-cible', { profile, expected }, 'reference')
}
