/**
 * What FHIR and our profiles say, read and compiled: the same for every server of its settings, and never changed. So it is
 * a value of its own, which tests that start many servers in one process make once.
 */
import { assetPath } from '../asset-path.ts'
import type { Config } from '../config/config.ts'
import { loadDefinitions } from '../definitions/load.ts'
import { loadProfileGuides } from '../definitions/load-profile-guides.ts'
import { loadStructureDefinitions } from '../definitions/load-structure-definitions.ts'
import { buildRegistry, type Registry } from '../definitions/registry.ts'
import { compileProfiles } from '../validation/profile/compile-profile.ts'
import type { LoadedProfiles } from '../validation/profile/compiled-profile.ts'

export type Specification = { readonly registry: Registry; readonly profiles: LoadedProfiles }

/** @throws when a file is absent, or not what it should be */
export function loadSpecification({
  profile,
  pdsmForm,
}: Pick<Config, 'profile' | 'pdsmForm'>): Specification {
  const registry = buildRegistry(loadDefinitions(assetPath('definitions.json')))
  const guides = loadProfileGuides(assetPath('profiles'), pdsmForm)
  const ofR4 = profile === 'fhir' ? loadStructureDefinitions(assetPath('r4-profiles')) : []
  const { valueSet } = guides
  return { registry, profiles: compileProfiles([...guides.structures, ...ofR4], { registry, valueSet }) }
}
