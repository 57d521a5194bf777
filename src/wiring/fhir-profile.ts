/**
 * The fhir profile: the engine alone, as a plain R4 server for conformance suites. Everybody may do everything, and every
 * request leaves its trace; it listens on the loopback interface only (config.ts).
 */
import { readFileSync } from 'node:fs'
import { assetPath } from '../asset-path.ts'
import { NO_PATIENT } from '../fhir/id.ts'
import { admitAnybody } from '../http/admission.ts'
import type { Engine } from '../interactions/engine.ts'
import { metadata } from '../interactions/metadata.ts'
import { capabilitiesInside } from '../interactions/rest/capabilities.ts'
import { createDispatch } from '../interactions/rest/dispatch.ts'
import type { RestEngine } from '../interactions/rest/rest-engine.ts'
import { restRoutes } from '../interactions/rest/rest-routes.ts'
import { restStatement } from '../interactions/rest/rest-statement.ts'
import { CreationWriter } from '../interactions/rest/write/creation-writer.ts'
import { restCapabilities } from '../search/rest-capability.ts'
import { noCodes } from '../search/search-codes.ts'
import { everything } from '../storage/resources/reach.ts'
import { buildIndex } from '../storage/search-index/build-index.ts'
import { loadTerminology } from '../terminology/load-terminology.ts'
import type { About, ProfileParts } from './profile-parts.ts'

/** @param failed told of what went wrong inside a batch, for the log */
export function fhirProfile(
  core: Engine,
  about: About,
  failed: (cause: unknown) => void,
): ProfileParts<RestEngine> {
  const { registry, extraction, base } = core
  const terminology = loadTerminology(assetPath('terminology.bin'))
  const index = buildIndex(registry, extraction)
  const engine: RestEngine = {
    ...core,
    partition: NO_PATIENT,
    reach: everything,
    reads: core.db,
    terminology,
    searchOf: restCapabilities({ registry, extraction, codes: noCodes, base }),
    index,
    creations: new CreationWriter(core.db, index),
    failed,
    settings: { updateCreate: true, conditionalDelete: 'single' },
    dispatch: createDispatch([...restRoutes, capabilitiesInside]),
    metadata: metadata(core, () => restStatement(engine, about)),
  }
  return {
    engine,
    routes: restRoutes,
    admit: admitAnybody,
    metadata: engine.metadata,
    openApi: readFileSync(assetPath('openapi-fhir.yaml'), 'utf8'),
  }
}
