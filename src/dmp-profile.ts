/**
 * The dmp profile: the French rules, tokens, the record's own interactions. What it adds to the engine, as values.
 */
import { readFileSync } from 'node:fs'
import { assetPath } from './asset-path.ts'
import type { Config } from './config.ts'
import { loadProfiles } from './definitions/load-profiles.ts'
import { buildFunctionalMatrix } from './dmp/functional-matrix.ts'
import { buildHabilitationMatrix } from './dmp/habilitation-matrix.ts'
import { tableInForce } from './dmp/table-in-force.ts'
import { buildTerminology } from './dmp/terminology.ts'
import { admitByToken } from './http/admission.ts'
import type { TrustedIssuer } from './http/authentication/issuer-keys.ts'
import { createAuthenticator } from './http/authentication/verify-token.ts'
import type { DmpEngine } from './interactions/dmp/dmp-engine.ts'
import type { DmpExchange } from './interactions/dmp/dmp-exchange.ts'
import { dmpRoutes } from './interactions/dmp/dmp-routes.ts'
import { dmpStatement } from './interactions/dmp/dmp-statement.ts'
import type { Engine } from './interactions/engine.ts'
import type { Matrices } from './policy/question.ts'
import type { ProfileParts } from './profile-parts.ts'
import { searchCapabilities } from './search-capabilities.ts'

const SANDBOX_PATH = '/sandbox/oidc'

export async function dmpProfile(
  config: Config,
  core: Engine,
  now: () => number,
): Promise<ProfileParts<DmpEngine, DmpExchange>> {
  const tables = loadProfiles(assetPath('profiles'))
  const terminology = buildTerminology(tables)
  const rights = tables.functionalRights.map(buildFunctionalMatrix)
  const habilitations = tables.habilitation.map((table) =>
    buildHabilitationMatrix(table, terminology.documentTypes),
  )
  const engine: DmpEngine = {
    ...core,
    terminology,
    matricesAt: perDay((day) => ({
      rights: tableInForce(rights, day),
      habilitation: tableInForce(habilitations, day),
    })),
    searches: searchCapabilities(core.registry),
    insTest: config.insTest,
  }
  // Without a matrix in force the server decides nothing: better to know it now.
  engine.matricesAt(now())

  const sandbox = config.sandbox ? await sandboxIssuer(config) : undefined
  const issuers: TrustedIssuer[] = sandbox
    ? [{ issuer: sandbox.issuer, jwks: sandbox.jwks }]
    : [...config.issuers]
  const authenticate = createAuthenticator({
    issuers,
    audience: config.audience,
    requireCertificateBinding: config.certificateBinding,
    allowTestIns: config.insTest,
  })
  const tokenEndpoint = sandbox && `${sandbox.issuer}/token`
  return {
    engine,
    routes: dmpRoutes,
    admit: admitByToken(authenticate),
    statement: (about) => dmpStatement(engine, { ...about, tokenEndpoint }),
    openApi: readFileSync(assetPath('openapi.yaml'), 'utf8'),
    smart: { issuers: issuers.map(({ issuer }) => issuer), tokenEndpoint },
    mount: (server) => {
      if (sandbox) server.register(sandbox.plugin, { prefix: SANDBOX_PATH })
    },
  }
}

/** Loaded only when wanted: production never sees this code. */
async function sandboxIssuer(config: Config) {
  const { createSandboxIssuer } = await import('./sandbox/issuer.ts')
  const { mountSandboxIssuer } = await import('./sandbox/mount.ts')
  const issuer = await createSandboxIssuer({
    issuerUrl: `${config.publicUrl}${SANDBOX_PATH}`,
    audience: config.audience,
    keysFile: `${config.dataDir}/sandbox-keys.json`,
  })
  return { ...issuer, plugin: mountSandboxIssuer(issuer) }
}

/** The matrices of a day, chosen once a day: a newer version takes effect on its date, without a restart. */
function perDay(choose: (day: string) => Matrices): (now: number) => Matrices {
  let chosen: { readonly day: string; readonly matrices: Matrices } | undefined
  const paris = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Paris' })
  let until = 0
  return (now) => {
    if (chosen && now < until && now >= until - HOUR) return chosen.matrices
    const day = paris.format(now)
    if (chosen?.day !== day) chosen = { day, matrices: choose(day) }
    // A day begins on a full hour everywhere: within one the day cannot change.
    until = (Math.floor(now / HOUR) + 1) * HOUR
    return chosen.matrices
  }
}

const HOUR = 3_600_000
