/**
 * Which methods a path knows, so that a wrong method on a known path is 405 with `Allow`, and not 404. It looks at the
 * shape of the path alone: the answer is the same for every id (rule V7). No id begins as an operation does, or `_search`.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.6
 */
export type KnownPath = { readonly pattern: string; readonly methods: readonly string[] }

type Shape = KnownPath & { readonly form: RegExp }

export class AllowedMethods {
  readonly #shapes = new Map<string, Shape>()

  /** @param pattern as routes are registered: `/fhir/Patient/:id` */
  add(pattern: string, methods: string | readonly string[]): void {
    const known = this.#shapes.get(pattern)
    const all = new Set([...(known?.methods ?? []), ...(typeof methods === 'string' ? [methods] : methods)])
    this.#shapes.set(pattern, { pattern, methods: [...all].sort(), form: formOf(pattern) })
  }

  /** The methods of a path without its query, or undefined when no route has that shape. */
  of(path: string): KnownPath | undefined {
    const shapes = [...this.#shapes.values()].filter(({ form }) => form.test(path))
    const [first] = shapes
    if (!first) return undefined
    const methods = [...new Set(shapes.flatMap((shape) => shape.methods))].sort()
    return { pattern: first.pattern, methods }
  }
}

function formOf(pattern: string): RegExp {
  const parts = pattern.split('/').map((part) => {
    if (part === '*') return '.*'
    return part.startsWith(':') ? '(?![$_])[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('/')}$`)
}
