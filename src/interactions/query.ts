/** The query of a request as name and value pairs, and as text again. */
export type Pairs = readonly (readonly [string, string])[]

export function queryOf(pairs: Pairs): string {
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')
}
