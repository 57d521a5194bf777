/**
 * Search as the specification tells it, slowly: every resource is looked at, on the values that the extraction gives.
 * Shares nothing with the storage but these values and the types of an expression.
 * @see https://hl7.org/fhir/R4/search.html
 */
import { fold } from '../../src/fhir/fold.ts'
import type { JsonObject } from '../../src/fhir/json.ts'
import type { Extraction } from '../../src/search/extraction/build-extraction.ts'
import type * as Stored from '../../src/search/extraction/index-values.ts'
import type * as Asked from '../../src/search/search-expression.ts'

export type Resource = {
  readonly type: string
  readonly id: string
  readonly lastUpdated: number
  readonly resource: JsonObject
}

type Values = readonly unknown[]
const DAY = 86_400_000

export class SearchOracle {
  readonly #world: readonly Resource[]
  readonly #extraction: Extraction
  readonly #now: number

  constructor(world: readonly Resource[], extraction: Extraction, now: number) {
    this.#world = world
    this.#extraction = extraction
    this.#now = now
  }

  /** Matches in their order. */
  search({ types, criteria, sort }: Pick<Asked.SearchExpression, 'types' | 'criteria' | 'sort'>): Resource[] {
    const found = this.#world.filter((r) => types.includes(r.type) && criteria.every((c) => this.meets(r, c)))
    return found.sort((a, b) => this.#compare(a, b, sort))
  }

  meets(r: Resource, c: Asked.Criterion): boolean {
    switch (c.kind) {
      case 'id':
        return c.values.includes(r.id)
      case 'token': {
        const stored =
          c.parameter === '_id' ? [{ code: r.id }] : this.#values<Stored.TokenValue>(r, c.parameter)
        return stored.some((s) => c.values.some((a) => token(s, a))) !== c.not
      }
      case 'token-text':
        return this.#values<Stored.TokenValue>(r, c.parameter).some((s) =>
          c.values.some((a) => s.text !== undefined && fold(s.text).startsWith(a)),
        )
      case 'token-of-type':
        return this.#values<Stored.TokenValue>(r, c.parameter).some((s) =>
          c.values.some(
            (a) =>
              s.code === a.value &&
              (s.identifierTypes ?? []).some((t) => t.code === a.code && (t.system ?? '') === a.system),
          ),
        )
      case 'string':
        return this.#values<Stored.StringValue>(r, c.parameter).some((s) =>
          c.values.some((a) => string(s, a, c.match)),
        )
      case 'date': {
        const own = [{ start: r.lastUpdated, end: r.lastUpdated + 1 }]
        const stored = c.parameter === '_lastUpdated' ? own : this.#values<Stored.DateValue>(r, c.parameter)
        return stored.some((s) => c.values.some((a) => this.#date(s, a)))
      }
      case 'number':
        return this.#values<Stored.NumberValue>(r, c.parameter).some((s) =>
          c.values.some((a) => number(s, a)),
        )
      case 'quantity':
        return this.#values<Stored.QuantityValue>(r, c.parameter).some((s) =>
          c.values.some((a) => quantity(s, a)),
        )
      case 'reference':
        return this.#values<Stored.ReferenceValue>(r, c.parameter).some((s) =>
          c.values.some((a) => reference(s, a)),
        )
      case 'reference-identifier':
        return this.#values<Stored.ReferenceValue>(r, c.parameter).some((s) => {
          const { identifier } = s
          return (
            identifier !== undefined &&
            c.values.some((a) => token({ ...identifier, code: identifier.value }, a))
          )
        })
      case 'uri':
        return this.#values<Stored.UriValue>(r, c.parameter).some((s) =>
          c.values.some((a) => uri(s, a, c.match)),
        )
      case 'composite':
        return this.#values<Stored.CompositeValue>(r, c.parameter).some((s) =>
          c.values.some((a) => a.every((part, i) => this.#component(s[i], part))),
        )
      case 'missing':
        if (c.parameter.startsWith('_') && c.parameter !== '_tag') return !c.missing
        return (this.#values(r, c.parameter).length === 0) === c.missing
      case 'chain':
        return this.#values<Stored.ReferenceValue>(r, c.parameter).some((s) =>
          c.targets.some((target) =>
            this.#world.some(
              (t) =>
                t.type === target.type &&
                s.type === t.type &&
                s.id === t.id &&
                this.meets(t, target.criterion),
            ),
          ),
        )
      case 'has':
        return this.#world.some(
          (s) =>
            s.type === c.type &&
            this.#values<Stored.ReferenceValue>(s, c.reference).some(
              (v) => v.type === r.type && v.id === r.id,
            ) &&
            this.meets(s, c.criterion),
        )
      case 'care-time': {
        const dates = (c.parameters.get(r.type) ?? []).flatMap((code) =>
          this.#values<Stored.DateValue>(r, code),
        )
        return dates.length === 0 || dates.some((s) => s.end > c.start && s.start < c.end)
      }
      case 'first-code':
        throw new Error('Only storage asks it')
      case 'compartment':
        return (
          (r.type === c.type && r.id === c.id) ||
          (c.parameters.get(r.type) ?? []).some((code) =>
            this.#values<Stored.ReferenceValue>(r, code).some((v) => v.type === c.type && v.id === c.id),
          )
        )
    }
  }

  /** What a resource refers to, or is referred to by, with one include. */
  linked(from: readonly Resource[], include: Asked.Include): Resource[] {
    const refers = (a: Resource, b: Resource): boolean =>
      a.type === include.source &&
      (include.target === undefined || include.target === b.type) &&
      this.#values<Stored.ReferenceValue>(a, include.parameter).some(
        (v) => (v.type === b.type && v.id === b.id) || (v.url !== undefined && v.url === b.resource.url),
      )
    return this.#world.filter((other) =>
      from.some((r) => (include.reverse ? refers(other, r) : refers(r, other))),
    )
  }

  #values<T>(r: Resource, code: string): readonly T[] {
    const extractor = this.#extraction.extractors(r.type).get(code)
    return extractor ? (extractor.extract(r.resource) as Values as readonly T[]) : []
  }

  #component(stored: Stored.ComponentValues | undefined, asked: Asked.ComponentValue): boolean {
    if (stored?.type !== asked.type) return false
    const values = stored.values as Values
    const any = <T>(meets: (value: T) => boolean): boolean => (values as readonly T[]).some(meets)
    switch (asked.type) {
      case 'token':
        return any<Stored.TokenValue>((s) => token(s, asked.value))
      case 'date':
        return any<Stored.DateValue>((s) => this.#date(s, asked.value))
      case 'string':
        return any<Stored.StringValue>((s) => string(s, asked.value, 'starts'))
      case 'number':
        return any<Stored.NumberValue>((s) => number(s, asked.value))
      case 'quantity':
        return any<Stored.QuantityValue>((s) => quantity(s, asked.value))
      case 'reference':
        return any<Stored.ReferenceValue>((s) => reference(s, asked.value))
      case 'uri':
        return any<Stored.UriValue>((s) => uri(s, asked.value, 'exact'))
    }
  }

  #date(s: Stored.DateValue, { prefix, start, end }: Asked.DateValue): boolean {
    const within = s.start >= start && s.end <= end
    switch (prefix) {
      case 'eq':
        return within
      case 'ne':
        return !within
      case 'gt':
        return s.end > end
      case 'lt':
        return s.start < start
      case 'ge':
        return s.end > end || within
      case 'le':
        return s.start < start || within
      case 'sa':
        return s.start >= end
      case 'eb':
        return s.end <= start
      case 'ap': {
        const gap = start > this.#now ? start - this.#now : end < this.#now ? this.#now - end : 0
        const margin = Math.max(1, Math.round(gap / 10 / DAY)) * DAY
        return s.start < end + margin && s.end > start - margin
      }
    }
  }

  #compare(a: Resource, b: Resource, sort: readonly Asked.SortKey[]): number {
    for (const key of sort) {
      const [x, y] = [this.#sortValue(a, key), this.#sortValue(b, key)]
      if (x === undefined || y === undefined) {
        if (x !== y) return x === undefined ? 1 : -1
        continue
      }
      const order = typeof x === 'string' ? byBytes(x, String(y)) : byNumber(x, Number(y))
      if (order !== 0) return key.descending ? -order : order
    }
    const tie = byBytes(a.type, b.type) || byBytes(a.id, b.id)
    return sort.at(-1)?.descending ? -tie : tie
  }

  #sortValue(r: Resource, { parameter, descending, text, code }: Asked.SortKey): string | number | undefined {
    if (parameter === '_id') return r.id
    if (parameter === '_lastUpdated') return r.lastUpdated
    if (text) {
      const values = this.#values<Stored.StringValue>(r, parameter).map((s) =>
        [...s.folded].slice(0, 64).join(''),
      )
      return values.sort(byBytes).at(descending ? -1 : 0)
    }
    if (code) {
      const values = this.#values<Stored.TokenValue>(r, parameter).flatMap((s) => s.code ?? [])
      return values.sort(byBytes).at(descending ? -1 : 0)
    }
    const values = this.#values<Stored.DateValue & Stored.NumberValue>(r, parameter).map(
      (s) => s.start ?? s.low,
    )
    return values.sort((x, y) => (x < y ? -1 : 1)).at(descending ? -1 : 0)
  }
}

/** Infinities too, whose difference is no number. */
function byNumber(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** As PostgreSQL's collation "C". */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function token(s: Stored.TokenValue, a: Asked.TokenValue): boolean {
  if (a.code === undefined) return s.system !== undefined && s.system === a.system
  return s.code === a.code && (a.system === undefined || (s.system ?? '') === a.system)
}

function string(s: Stored.StringValue, a: string, match: 'starts' | 'contains' | 'exact'): boolean {
  if (match === 'exact') return s.text === a
  return match === 'starts' ? s.folded.startsWith(a) : s.folded.includes(a)
}

function number(s: Stored.NumberValue, { prefix, value, low, high }: Asked.NumberValue): boolean {
  const within = s.low >= low && s.high < high
  switch (prefix) {
    case 'eq':
      return within
    case 'ne':
      return !within
    case 'gt':
      return s.high > value
    case 'lt':
      return s.low < value
    case 'ge':
      return s.high >= value
    case 'le':
      return s.low <= value
    case 'sa':
      return s.low > value
    case 'eb':
      return s.high < value
    case 'ap':
      return s.low <= high && s.high >= low
  }
}

function quantity(s: Stored.QuantityValue, a: Asked.QuantityValue): boolean {
  if (!number(s, a)) return false
  if (a.code === undefined) return a.system === undefined || s.system === a.system
  if (a.system === undefined) return s.code === a.code || s.unit === a.code
  return s.system === a.system && s.code === a.code
}

function reference(s: Stored.ReferenceValue, a: Asked.ReferenceValue): boolean {
  if (a.kind === 'url') return s.url === a.url && (a.version === undefined || s.version === a.version)
  return (
    s.id === a.id &&
    (a.type === undefined || s.type === a.type) &&
    (a.version === undefined || s.version === a.version)
  )
}

function uri(s: Stored.UriValue, a: Asked.UriValue, match: 'exact' | 'below' | 'above'): boolean {
  switch (match) {
    case 'exact':
      return s.uri === a.uri && (a.version === undefined || s.version === a.version)
    case 'below':
      return s.uri === a.uri || s.uri.startsWith(a.uri.endsWith('/') ? a.uri : `${a.uri}/`)
    case 'above':
      return s.uri === a.uri || a.uri.startsWith(s.uri.endsWith('/') ? s.uri : `${s.uri}/`)
  }
}
