/**
 * `_include=Observation:subject`, `_include:iterate=Patient:link:RelatedPerson`, and the same turned round.
 * @see https://hl7.org/fhir/R4/search.html#revinclude
 */
import type { Issue } from '../fhir/issue.ts'
import type { SearchCapability } from './search-capability.ts'
import type { Include } from './search-expression.ts'
import { badValue, bounded, refusedParameter } from './search-faults.ts'

export function parseInclude(
  name: '_include' | '_revinclude',
  iterate: boolean,
  value: string,
  capability: SearchCapability,
): Include | Issue {
  const [source = '', parameter, target, ...rest] = value.split(':', 4)
  if (source === '*' || parameter === '*')
    return refusedParameter(name, {
      fr: 'chaque référence à suivre se nomme, comme [type]:[parameter]',
      en: 'each reference to follow is named, as [type]:[parameter]',
    })
  const there = capability.of(source)
  if (!there || parameter === undefined || rest.length > 0)
    return badValue(name, '[type]:[parameter], [type]:[parameter]:[type]')
  const reference = there.parameters.get(parameter)
  if (reference?.kind !== 'reference') {
    const known = [...there.parameters.values()].filter((p) => p.kind === 'reference')
    return badValue(name, bounded(known.map((p) => `${source}:${p.code}`)))
  }
  if (target !== undefined && !reference.targets.has(target))
    return badValue(name, bounded([...reference.targets].map((type) => `${source}:${parameter}:${type}`)))
  const include = { reverse: name === '_revinclude', iterate, source, parameter }
  return target === undefined ? include : { ...include, target }
}
