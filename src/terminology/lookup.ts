/**
 * What is known of one code.
 * @see https://hl7.org/fhir/R4/codesystem-operation-lookup.html
 *
 * R4 has no output parameter `definition`: it is a property, like parent, child and those the code system declares.
 */
import type { JsonObject, JsonValue } from '../fhir/json.ts'
import type { CodeSystemIndex, Concept } from './code-system-index.ts'
import { displayIn } from './display.ts'
import { objectsOf, textOf } from './element.ts'

/** Named parameters of their own, not of the group `property`. */
const named: ReadonlySet<string> = new Set(['name', 'version', 'display', 'designation'])

/** @param asked names of properties; empty: all there are */
export function lookupParameters(
  system: CodeSystemIndex,
  concept: Concept,
  asked: readonly string[],
  language: string | undefined,
): JsonObject {
  const isAsked = (name: string): boolean => asked.length === 0 || asked.includes(name)
  const { version, resource } = system
  const display = displayIn(concept, language) ?? concept.code
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'name', valueString: textOf(resource, 'name') ?? textOf(resource, 'title') ?? system.url },
      ...(version === undefined ? [] : [{ name: 'version', valueString: version }]),
      { name: 'display', valueString: display },
      ...designations(concept, asked),
      ...properties(system, concept, asked)
        .filter(({ code }) => isAsked(code))
        .map(({ code, value, description }) => ({
          name: 'property',
          part: [
            { name: 'code', valueCode: code },
            { name: 'value', ...value },
            ...(description === undefined ? [] : [{ name: 'description', valueString: description }]),
          ],
        })),
    ],
  }
}

function designations(concept: Concept, asked: readonly string[]): JsonObject[] {
  const all = asked.length === 0 || asked.includes('designation')
  return concept.designations
    .filter((d) => all || asked.includes(`lang.${textOf(d, 'language')}`))
    .map((d) => {
      const { language, use, value } = d
      const part: JsonObject[] = []
      if (language !== undefined) part.push({ name: 'language', valueCode: language })
      if (use !== undefined) part.push({ name: 'use', valueCoding: use })
      part.push({ name: 'value', valueString: value ?? '' })
      return { name: 'designation', part }
    })
}

type Property = {
  readonly code: string
  readonly value: JsonObject
  readonly description?: string | undefined
}

function properties(system: CodeSystemIndex, concept: Concept, asked: readonly string[]): Property[] {
  const own = concept.properties.flatMap((property): Property[] => {
    const code = textOf(property, 'code')
    const [value] = Object.entries(property).filter(([name]) => /^value[A-Z]/.test(name))
    if (code === undefined || !value) return []
    return [{ code, value: Object.fromEntries([value]), description: described(system, property, value[1]) }]
  })
  const related = (code: string, others: readonly string[]): Property[] =>
    others
      .filter((other) => !own.some((p) => p.code === code && p.value.valueCode === other))
      .map((other) => ({
        code,
        value: { valueCode: other },
        description: system.find(other)?.display,
      }))
  // Of the system, and so only when asked for.
  const ofSystem = asked.includes('url') ? [{ code: 'url', value: { valueUri: system.url } }] : []
  return [
    ...ofSystem,
    ...(concept.definition === undefined
      ? []
      : [{ code: 'definition', value: { valueString: concept.definition } }]),
    ...related('parent', system.parents(concept.code)),
    ...related('child', system.children(concept.code)),
    ...own.filter(({ code }) => !named.has(code)),
  ]
}

/** A property that names another code is easier read with what that is called. */
function described(system: CodeSystemIndex, property: JsonObject, value: JsonValue): string | undefined {
  const declared = objectsOf(system.resource, 'property').find((p) => p.code === property.code)
  return declared?.type === 'code' && typeof value === 'string' ? system.find(value)?.display : undefined
}
