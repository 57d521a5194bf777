/**
 * References that are searches (`Patient?identifier=…`), looked up within the transaction: one resource meets the search,
 * or all is refused.
 * @see https://hl7.org/fhir/R4/http.html#trules ("Conditional References")
 */
import { FhirError, refusal } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { parseReference } from '../../../fhir/reference.ts'
import { parseCondition } from '../../../search/parse-condition.ts'
import type { Runner } from '../../../storage/database.ts'
import { searchResources } from '../../../storage/resources/search-resources.ts'
import type { RestEngine } from '../rest-engine.ts'
import { located } from '../write/fault-location.ts'

export type ConditionalReference = { readonly text: string; readonly path: string }

export class ConditionalReferences {
  readonly #engine: RestEngine
  readonly #places = new Map<string, string>()

  constructor(engine: RestEngine) {
    this.#engine = engine
  }

  /** Where a reference leads, as `Patient/1`, once it was looked up. */
  placeOf(text: string): string | undefined {
    return this.#places.get(text)
  }

  /**
   * Looks up those that are not known yet.
   * @returns whether any has become known
   * @throws FhirError 412 for those that lead to several resources, 400 for what is no search
   */
  async lookUp(tx: Runner, references: readonly ConditionalReference[]): Promise<boolean> {
    const unknown = references.filter(({ text }) => !this.#places.has(text))
    const distinct = new Map(unknown.map((reference) => [reference.text, reference]))
    const found = await Promise.all([...distinct.values()].map((reference) => this.#search(tx, reference)))
    const several = new Set(found.flatMap(({ text, places }) => (places.length > 1 ? [text] : [])))
    refuse(unknown.filter(({ text }) => several.has(text)))
    const known = this.#places.size
    for (const { text, places } of found) if (places[0] !== undefined) this.#places.set(text, places[0])
    return this.#places.size > known
  }

  async #search(
    tx: Runner,
    { text, path }: ConditionalReference,
  ): Promise<{ readonly text: string; readonly places: readonly string[] }> {
    try {
      const { base, partition, reach, registry, searchOf } = this.#engine
      const parsed = parseReference(text, base)
      if (parsed?.kind !== 'conditional' || !registry.isResourceType(parsed.type)) throw none(path)
      const pairs = [...new URLSearchParams(parsed.query)]
      const search = parseCondition(searchOf([parsed.type]), pairs)
      const { entries } = await searchResources(tx, partition, { ...search, count: 2 }, undefined, reach)
      return { text, places: entries.map(({ type, id }) => `${type}/${id}`) }
    } catch (error) {
      throw located(error, path)
    }
  }

  /** @throws FhirError 412 naming every reference that leads nowhere */
  refuseUnknown(references: readonly ConditionalReference[]): void {
    const [first, ...rest] = references.filter(({ text }) => !this.#places.has(text)).map(leadingNowhere)
    if (first) throw new FhirError('version-conflict', [first, ...rest])
  }
}

function none(path: string): Error {
  return refusal('unprocessable', 'reference-introuvable', {
    params: { name: nameOf(path) },
    expression: path,
  })
}

function leadingNowhere({ path }: ConditionalReference): Issue {
  return issue(path, 'not-found', '0')
}

function refuse(several: readonly ConditionalReference[]): void {
  const [first, ...rest] = several.map(({ path }) => issue(path, 'multiple-matches', '≥ 2'))
  if (first) throw new FhirError('multiple-matches', [first, ...rest])
}

function issue(path: string, type: 'not-found' | 'multiple-matches', found: string): Issue {
  return {
    severity: 'error',
    type,
    error: 'reference-conditionnelle',
    params: { name: nameOf(path), found },
    expression: path,
  }
}

function nameOf(path: string): string {
  return path.replace(/\.reference$/, '').replace(/^.*\./, '')
}
