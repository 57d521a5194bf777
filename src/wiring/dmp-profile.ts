/**
 * The dmp profile: the French rules, tokens, the record's own interactions. What it adds to the engine, as values.
 */
import { readFileSync } from 'node:fs'
import { assetPath } from '../asset-path.ts'
import { type Config, ConfigError } from '../config/config.ts'
import type { Issuer } from '../config/issuers.ts'
import { importedTables, loadHabilitation, loadProfiles } from '../definitions/load-profiles.ts'
import { buildTerminology } from '../dmp/codes/terminology.ts'
import { buildFunctionalMatrix } from '../dmp/matrices/functional-matrix.ts'
import { buildHabilitationMatrix } from '../dmp/matrices/habilitation-matrix.ts'
import { admitByToken } from '../http/admission.ts'
import { createAuthenticator, type TrustedIssuer } from '../http/authentication/verify-token.ts'
import { certificateReader } from '../http/client-certificate.ts'
import { clientLimits } from '../http/overload/client-limits.ts'
import type { TokenSource } from '../http/smart-configuration.ts'
import type { DmpEngine } from '../interactions/dmp/dmp-engine.ts'
import type { DmpExchange } from '../interactions/dmp/dmp-exchange.ts'
import { dmpRoutes } from '../interactions/dmp/dmp-routes.ts'
import { dmpStatement } from '../interactions/dmp/dmp-statement.ts'
import { habilitation } from '../interactions/dmp/rights/habilitation.ts'
import { TraceTerms } from '../interactions/dmp/traces/trace-terms.ts'
import type { Engine } from '../interactions/engine.ts'
import { metadata } from '../interactions/metadata.ts'
import { aggregateContinually } from '../jobs/aggregate-continually.ts'
import { announcePending } from '../jobs/announce-pending.ts'
import { deliverContinually } from '../jobs/deliver-continually.ts'
import { deliverNoticesContinually } from '../jobs/deliver-notices-continually.ts'
import { forgetReceivedEvents } from '../jobs/forget-received.ts'
import { forgetContinually } from '../jobs/forget-undeliverable.ts'
import { runAll } from '../jobs/run-all.ts'
import { together } from '../jobs/schedule.ts'
import type { Observability } from '../observability/observability.ts'
import { tellUsage } from '../observability/usage-metrics.ts'
import { openSeals } from '../seal/seals.ts'
import { noCodes } from '../search/search-codes.ts'
import { derivedSealKey } from './derived-seal-key.ts'
import { masterKey, signer } from './keys.ts'
import { MatricesInForce, type MatrixSource } from './matrices-in-force.ts'
import { messageTexts } from './message-texts.ts'
import { dmpConsole } from './mount-console.ts'
import { noticeChannels } from './notice-channels.ts'
import { masterKeysOf, openContents } from './open-contents.ts'
import type { About, ProfileParts } from './profile-parts.ts'
import { recordIndexers, searchCapabilities } from './search-capabilities.ts'
import { subscriptionSettings } from './subscription-settings.ts'

const SANDBOX_PATH = '/sandbox/oidc'

export async function dmpProfile(
  config: Config,
  core: Engine,
  about: About,
  now: () => number,
  watch: Observability,
  onFault: (error: unknown) => void,
): Promise<ProfileParts<DmpEngine, DmpExchange>> {
  const { tablesDir } = config
  const folder = assetPath('profiles')
  const tables = loadProfiles(folder)
  const terminology = buildTerminology(tables)
  const source: MatrixSource = {
    rights: tables.functionalRights.map(buildFunctionalMatrix),
    read: () =>
      loadHabilitation(folder, tablesDir).map((table) =>
        buildHabilitationMatrix(table, terminology.documentTypes),
      ),
    ...(tablesDir === undefined ? {} : { look: () => importedTables(tablesDir) }),
    onFault,
  }
  const matrices = matricesFrom(source, tablesDir, now())
  const secret = masterKey(config.masterKey, config.dataDir)
  const engine: DmpEngine = {
    ...core,
    contents: watch.contents(await openContents(config, core.db, watch.store)),
    subscriptions: subscriptionSettings(config, masterKeysOf(config)),
    terminology,
    matricesAt: watch.deciding((time) => matrices.at(time)),
    nextMatricesAfter: (time) => matrices.after(time),
    searches: searchCapabilities(core.registry, {
      extraction: core.extraction,
      base: core.base,
      codes: noCodes,
    }),
    indexers: recordIndexers(core.extraction, (system) => terminology.systems.canonical(system)),
    traceTerms: new TraceTerms(core.registry, core.base),
    insTest: config.insTest,
    services: config.services,
    messageTexts: messageTexts(masterKeysOf(config)),
    seals: await openSeals(
      core.db,
      { key: config.seal.key ?? derivedSealKey(secret), anchors: config.seal.anchors },
      [
        signer(secret, 'seal keys'),
        ...(config.formerMasterKey === undefined ? [] : [signer(config.formerMasterKey, 'seal keys')]),
      ],
      now(),
    ),
  }

  const sandbox = config.sandbox ? await sandboxIssuer(config) : undefined
  const issuers: TrustedIssuer[] = sandbox
    ? [{ issuer: sandbox.issuer, jwks: sandbox.jwks }]
    : [...config.issuers]
  const authenticate = createAuthenticator({
    issuers,
    audience: config.audience,
    requireCertificateBinding: config.certificateBinding,
    allowTestIns: config.insTest,
    services: config.services,
  })
  const channels = await noticeChannels(config.notices, core.base)
  const mountConsole = await dmpConsole(config, about, engine, now)
  const { watched, failing } = watch.jobs
  return {
    engine,
    routes: dmpRoutes,
    admit: admitByToken(
      authenticate,
      certificateReader({ proxy: config.proxy, authorised: Boolean(config.tls?.ca) }),
      config.overload.clientRate && clientLimits(config.overload.clientRate, () => performance.now()),
    ),
    metadata: metadata(engine, () => dmpStatement(engine, about)),
    published: [{ url: '/$habilitation', interaction: 'publish-matrices', answer: habilitation(engine) }],
    openApi: readFileSync(assetPath('openapi.yaml'), 'utf8'),
    tokenSources: sandbox ? [sandboxTokens(sandbox.issuer)] : config.issuers.map(announced),
    sealKeys: async () => (await engine.seals.ring()).jwks,
    hourly: () =>
      runAll([
        watched('announce', () => announcePending(engine, now())),
        watched('left-over-objects', () => engine.contents.removeLeftOvers(now())),
        watched('forget-received', () => forgetReceivedEvents(engine.db, now())),
      ]),
    continually: (onError) =>
      together([
        deliverContinually(engine, now, failing('deliver-notifications', onError)),
        deliverNoticesContinually(engine, channels, now, failing('deliver-notices', onError)),
        aggregateContinually(engine.db, now, failing('count-usage', onError)),
        ...(channels.length > 0 ? [] : [forgetContinually(engine, now, failing('forget-notices', onError))]),
      ]),
    metrics: (registry, onFault) => tellUsage(registry, engine, now, onFault),
    readiness: { matrices: (time) => matrices.at(time), keys: masterKeysOf(config) },
    mount: (server) => {
      mountConsole(server)
      if (sandbox) server.register(sandbox.plugin, { prefix: SANDBOX_PATH })
    },
  }
}

/** Loaded only when wanted: production never sees this code. */
async function sandboxIssuer(config: Config) {
  const { createSandboxIssuer } = await import('../sandbox/issuer.ts')
  const { mountSandboxIssuer } = await import('../sandbox/mount.ts')
  const issuer = await createSandboxIssuer({
    issuerUrl: `${config.publicUrl}${SANDBOX_PATH}`,
    audience: config.audience,
    keysFile: `${config.dataDir}/sandbox-keys.json`,
  })
  return { ...issuer, plugin: mountSandboxIssuer(issuer) }
}

function sandboxTokens(issuer: string): TokenSource {
  const clientAuthentication = ['client_secret_basic']
  return { issuer, jwksUri: `${issuer}/jwks`, tokenEndpoint: `${issuer}/token`, clientAuthentication }
}

/** Of a configured issuer, what clients are to know: no address that only this server asks. */
function announced({ issuer, tokenEndpoint, authorizationEndpoint }: Issuer): TokenSource {
  return {
    issuer,
    ...(tokenEndpoint && { tokenEndpoint }),
    ...(authorizationEndpoint && { authorizationEndpoint }),
  }
}

/** @throws ConfigError when it is the operator's folder that has a fault */
function matricesFrom(source: MatrixSource, tablesDir: string | undefined, now: number): MatricesInForce {
  try {
    return new MatricesInForce(source, now)
  } catch (cause) {
    if (tablesDir === undefined || !(cause instanceof Error)) throw cause
    throw new ConfigError(`DMP_TABLES_DIR: ${cause.message}`, { cause })
  }
}
