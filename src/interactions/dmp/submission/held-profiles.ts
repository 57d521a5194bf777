/**
 * Which profile a resource of a submission is held to: what it claims, else what its Bundle claims, else what the
 * transaction is for: PDSm in the form that is configured.
 * @see docs/profiles.md, docs/decisions/0011; PDSm 3.1.1, IHE MHD
 */
import type { Meta } from '@medplum/fhirtypes'
import { isJsonObject, type JsonObject } from '../../../fhir/json.ts'
import type { CompiledProfile } from '../../../validation/profile/compiled-profile.ts'
import type { DmpEngine } from '../dmp-engine.ts'

const pdsm = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/'
const mhd = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition/IHE.MHD.'

export type LotProfiles = { readonly document: string; readonly set: string; readonly folder: string }

const ofPdsm: LotProfiles = {
  document: `${pdsm}pdsm-comprehensive-document-reference`,
  set: `${pdsm}pdsm-submissionset-comprehensive`,
  folder: `${pdsm}pdsm-folder-comprehensive`,
}

export const simplifiedPublish = `${pdsm}pdsm-simplified-publish`
export const minimalMetadata = `${mhd}Minimal.DocumentReference`

/** What the entries of a Bundle are held to that claims one of these. */
const byBundle: Readonly<Record<string, LotProfiles>> = {
  [`${pdsm}pdsm-comprehensive-provide-document-bundle`]: ofPdsm,
  [`${mhd}Comprehensive.ProvideBundle`]: {
    document: `${mhd}Comprehensive.DocumentReference`,
    set: `${mhd}Comprehensive.SubmissionSet`,
    folder: `${mhd}Comprehensive.Folder`,
  },
  [`${mhd}UnContained.Comprehensive.ProvideBundle`]: {
    document: `${mhd}UnContained.Comprehensive.DocumentReference`,
    set: `${mhd}UnContained.Comprehensive.SubmissionSet`,
    folder: `${mhd}Comprehensive.Folder`,
  },
  [`${mhd}Minimal.ProvideBundle`]: {
    document: minimalMetadata,
    set: `${mhd}Minimal.SubmissionSet`,
    folder: `${mhd}Minimal.Folder`,
  },
}

/** Of a document as it is sent: with its bytes and without a URL, an entryUUID or another status. None of it holds of what is served. */
const onTheWayIn: ReadonlySet<string> = new Set([
  simplifiedPublish,
  `${mhd}SimplifiedPublish.DocumentReference`,
])

/** Claims that say of themselves what metadata there are: only these take the place of what the transaction asks. */
const metadataProfiles: ReadonlySet<string> = new Set([
  ...onTheWayIn,
  ...Object.values(byBundle).flatMap(({ document, set, folder }) => [document, set, folder]),
])

/** The strictest of what the Bundle claims: the order is that of the table. */
export function lotProfiles(bundle: JsonObject): LotProfiles {
  const claimed = claimsOf(bundle)
  const found = Object.entries(byBundle).find(([url]) => claimed.includes(url))
  return found ? found[1] : ofPdsm
}

/**
 * What `validate` is to ask besides the claims, which it asks anyway.
 * @param otherwise for a resource that claims nothing of its own metadata
 */
export function heldTo(
  { profiles }: Pick<DmpEngine, 'profiles'>,
  resource: JsonObject,
  otherwise: string,
): readonly CompiledProfile[] {
  if (claimsOf(resource).some((url) => metadataProfiles.has(url))) return []
  const profile = profiles.profile(otherwise)
  if (!profile) throw new Error(`${otherwise} is not loaded`)
  return [profile]
}

export function claimsMinimal(resource: JsonObject, otherwise: string): boolean {
  const claimed = claimsOf(resource).filter((url) => metadataProfiles.has(url))
  return claimed.length > 0 ? claimed.includes(minimalMetadata) : otherwise === minimalMetadata
}

/** `meta` without what it claims of the way in. */
export function lastingMeta({ profile, ...meta }: Meta): Meta {
  const lasting = (profile ?? []).filter((url) => !onTheWayIn.has(unversioned(url)))
  return lasting.length > 0 ? { profile: lasting, ...meta } : meta
}

function unversioned(canonical: string): string {
  return canonical.replace(/\|.*$/, '')
}

function claimsOf({ meta }: JsonObject): string[] {
  const claims = isJsonObject(meta) && Array.isArray(meta.profile) ? meta.profile : []
  return claims.flatMap((url) => (typeof url === 'string' ? [unversioned(url)] : []))
}
