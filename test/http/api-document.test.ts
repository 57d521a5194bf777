/** docs/api.md names every route, error code, access mode, actor and search parameter that there is, and no route more. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import { errorCatalogue } from '../../src/fhir/error-catalogue.ts'
import { dmpRoutes } from '../../src/interactions/dmp/dmp-routes.ts'
import { restRoutes } from '../../src/interactions/rest/rest-routes.ts'
import { accessModes, authenticationModes, tokenActors } from '../../src/policy/caller.ts'
import { searchCapabilities } from '../../src/wiring/search-capabilities.ts'
import { testRegistry } from '../support/registry.ts'

const document = readFileSync(join(packageRoot(), 'docs', 'api.md'), 'utf8')
const named = new Set([...document.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text))

function missing(names: readonly string[]): string[] {
  return names.filter((name) => !named.has(name))
}

t.test('every route, and none that is not there', async (t) => {
  const served = requestsOf(dmpRoutes)
  t.ok(served.size > 15)
  t.same(missing([...served]), [])
  const table = document.slice(document.indexOf('## Addresses'), document.indexOf('Without a token'))
  const written = [...table.matchAll(/^\| `([A-Z]+ [^`]+)` \|/gm)].map(([, text]) => text ?? '')
  t.same(
    written.filter((text) => !served.has(text)),
    [],
  )
  t.equal(written.length, served.size)
})

t.test('every route of the fhir profile, and none that is not there', async (t) => {
  const fhir = readFileSync(join(packageRoot(), 'docs', 'fhir.md'), 'utf8')
  const addresses = fhir.slice(fhir.indexOf('## Addresses'), fhir.indexOf('Formats:'))
  const written = [...addresses.matchAll(/`([A-Z]+ \/fhir[^`]*)`/g)].map(([, text]) => text ?? '')
  const served = requestsOf(restRoutes)
  t.ok(served.size > 40)
  t.same(written.toSorted(), [...served].sort())
})

function requestsOf(routes: readonly { readonly method: string; readonly url: string }[]): Set<string> {
  return new Set(routes.map(({ method, url }) => `${method} /fhir${url.replace(/:(\w+)/g, '[$1]')}`))
}

t.test('the scope each route needs', async (t) => {
  for (const { method, url, need } of dmpRoutes) {
    const request = `${method} /fhir${url.replace(/:(\w+)/g, '[$1]')}`
    const row = document.split('\n').find((line) => line.startsWith(`| \`${request}\` |`)) ?? ''
    t.match(row, `| ${need?.type}.${need?.letter} |`, request)
  }
})

t.test('every error code, and none that is not there', async (t) => {
  const codes = Object.keys(errorCatalogue)
  t.same(missing(codes), [])
  const answers = document.slice(document.indexOf('## Answers'))
  const written = [...answers.matchAll(/`([a-z]+(?:-[a-z]+)*)`/g)].map(([, code]) => code ?? '')
  const otherWords = new Set(['expression', 'message'])
  t.same(
    written.filter((code) => !codes.includes(code) && !otherWords.has(code)),
    [],
  )
})

t.test('actors, authentication modes, access modes', async (t) => {
  t.same(missing([...tokenActors, ...authenticationModes, ...accessModes]), [])
})

t.test('search parameters', async (t) => {
  const searches = searchCapabilities(testRegistry())
  t.same(missing([...searches.DocumentReference.parameters.keys()]), [])
  t.same(missing([...searches.AuditEvent.parameters.keys()]), [])
})
