/**
 * The profiles that a resource claims to follow: those that are loaded are checked. A claim of another one is no fault;
 * `$validate` tells it as a warning.
 * @see https://hl7.org/fhir/R4/resource.html#Meta (meta.profile)
 */
import { isJsonObject, type JsonObject } from '../../fhir/json.ts'
import type { FhirNode } from '../../fhirpath/node.ts'
import type { Walk } from '../walk.ts'
import { checkProfile } from './check-profile.ts'

const CORE = 'http://hl7.org/fhir/StructureDefinition/'

export function checkClaims({ meta }: JsonObject, node: FhirNode, walk: Walk): void {
  if (!isJsonObject(meta) || !Array.isArray(meta.profile)) return
  const { findings, profiles, registry } = walk
  for (const [i, url] of meta.profile.entries()) {
    if (typeof url !== 'string') continue
    const profile = profiles?.profile(url)
    if (profile) checkProfile(profile, node, walk)
    else if (walk.warnings && !isBaseType(url, registry)) {
      findings.add('not-supported', 'profil-inconnu', {}, `meta.profile[${i}]`, 'warning')
    }
  }
}

/** To claim the base definition itself says nothing more. */
function isBaseType(url: string, registry: Walk['registry']): boolean {
  return url.startsWith(CORE) && registry.isResourceType(url.slice(CORE.length))
}
