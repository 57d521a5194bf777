/**
 * The syntax tree of the part of FHIRPath that search parameters use.
 * @see http://hl7.org/fhirpath/N1/#expressions and https://hl7.org/fhir/R4/fhirpath.html#functions
 */

export type Path =
  /** An identifier that begins a path: a type name, or an element of the focus. */
  | { readonly op: 'start'; readonly name: string }
  /** `%resource`: the resource itself, whatever the focus is. */
  | { readonly op: 'resource' }
  | { readonly op: 'child'; readonly of: Path; readonly name: string }
  | { readonly op: 'index'; readonly of: Path; readonly index: number }
  | { readonly op: 'where'; readonly of: Path; readonly criterion: Path }
  /** `as(T)`, `ofType(T)`, `x as T`. */
  | { readonly op: 'as'; readonly of: Path; readonly type: string }
  | { readonly op: 'is'; readonly of: Path; readonly type: string }
  /** `extension('url')`; `of` absent: of the focus. */
  | { readonly op: 'extension'; readonly of: Path | undefined; readonly url: string }
  /** `resolve()`; only understood before `is`. */
  | { readonly op: 'resolve'; readonly of: Path | undefined }
  | { readonly op: 'exists'; readonly of: Path }
  | { readonly op: 'union' | 'and' | '=' | '!='; readonly left: Path; readonly right: Path }
  | { readonly op: 'literal'; readonly value: string | number | boolean }

/** An expression outside the part that is understood: such a search parameter is refused, never half-answered. */
export class UnsupportedPath extends Error {
  override readonly name = 'UnsupportedPath'
}
