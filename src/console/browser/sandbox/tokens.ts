/**
 * Access tokens of the sandbox issuer, by persona: asked for when first needed, held in memory, gone with the page.
 * @see docs/api.md "Tokens"; src/sandbox/client.ts (the client's secret is public on purpose)
 */
import type { Persona } from './persona.ts'
import { parseJson, textAt } from './read-json.ts'

const CLIENT = 'dmp-sandbox:sandbox-secret-known-to-everyone'
const SCOPE = 'user/*.cruds system/*.cruds patient/*.cruds'
/** Of the hour that a token lasts. */
const USED_FOR_MS = 50 * 60 * 1000
const TIMEOUT_MS = 20_000

/** The issuer gave none; the text says why. */
export class NoToken extends Error {
  override readonly name = 'NoToken'
}

type Kept = { readonly token: Promise<string>; readonly until: number }

/** @param root the path before the server's addresses */
export function tokenSource(root: string): (persona: Persona) => Promise<string> {
  const kept = new Map<string, Kept>()
  return (persona) => {
    const key = JSON.stringify(persona)
    const known = kept.get(key)
    if (known && known.until > performance.now()) return known.token
    const token = requestToken(`${root}/sandbox/oidc/token`, key)
    kept.set(key, { token, until: performance.now() + USED_FOR_MS })
    token.catch(() => kept.delete(key))
    return token
  }
}

async function requestToken(endpoint: string, persona: string): Promise<string> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(CLIENT)}`, accept: 'application/json' },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: SCOPE, persona }),
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const answer = parseJson(await response.text())
  const token = textAt(answer, 'access_token')
  if (response.status === 200 && token !== '') return token
  throw new NoToken(textAt(answer, 'error_description') || `status ${response.status}`)
}
