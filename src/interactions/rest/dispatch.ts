/**
 * Finds the route of a request that came inside a Bundle, and performs it. Over HTTP Fastify does the same with the same
 * table.
 */
import { refusal } from '../../fhir/fhir-error.ts'
import type { Pairs } from '../query.ts'
import type { Dispatch, Request } from './rest-engine.ts'
import type { RestRoute } from './rest-route.ts'

type Match = { readonly route: RestRoute; readonly segments: ReadonlyMap<string, string> }

export function createDispatch(routes: readonly RestRoute[]): Dispatch {
  const shapes = routes.map((route) => ({ route, parts: partsOf(route.url) }))
  const find = (method: string, path: readonly string[]): Match | undefined => {
    let best: (Match & { readonly literals: number }) | undefined
    for (const { route, parts } of shapes) {
      if (route.method !== method || route.formBody || parts.length !== path.length) continue
      const segments = matched(parts, path)
      if (!segments) continue
      const literals = parts.length - segments.size
      if (!best || literals > best.literals) best = { route, segments, literals }
    }
    return best
  }
  return async (engine, exchange, request) => {
    const { path, pairs } = readUrl(request.url)
    const match = find(request.method === 'HEAD' ? 'GET' : request.method, path)
    if (!match) throw refusal('not-found', 'inconnu')
    const { route, segments } = match
    exchange.trace.performs(route.interaction)
    return route.answer(engine, exchange, {
      type: segments.get('type') ?? '',
      id: segments.get('id') ?? '',
      version: segments.get('version') ?? '',
      pairs,
      ...preconditions(request),
      body: request.body,
      form: () => 'binary',
    })
  }
}

/** @throws FhirError 400 for a URL that cannot be read */
function readUrl(url: string): { readonly path: readonly string[]; readonly pairs: Pairs } {
  const mark = url.indexOf('?')
  const path = partsOf(mark < 0 ? url : url.slice(0, mark))
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
  try {
    return {
      path: path.map(decodeURIComponent),
      pairs: [...query].filter(([name]) => name !== '_format' && name !== '_pretty'),
    }
  } catch {
    // Only decodeURIComponent throws here: a percent sign that begins no byte.
    throw refusal('invalid', 'valeur-invalide', { params: { name: 'request.url', cause: '%' } })
  }
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '')
}

function matched(parts: readonly string[], path: readonly string[]): ReadonlyMap<string, string> | undefined {
  const segments = new Map<string, string>()
  for (const [i, part] of parts.entries()) {
    const given = path[i] ?? ''
    if (part.startsWith(':')) segments.set(part.slice(1), given)
    else if (part !== given) return undefined
  }
  return segments
}

function preconditions({ ifMatch, ifNoneMatch, ifModifiedSince, ifNoneExist }: Request) {
  return {
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
    ...(ifModifiedSince === undefined ? {} : { ifModifiedSince }),
    ...(ifNoneExist === undefined ? {} : { ifNoneExist }),
  }
}
