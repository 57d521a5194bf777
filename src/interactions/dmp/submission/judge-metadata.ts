/**
 * The metadata of a document as its sender gave them, against the base specification and the profiles it is held to. What
 * the server has taken out or put aside meanwhile, the bytes and where they lie, stands there again for that.
 * @see docs/profiles.md; PDSm 3.1.1, IHE MHD
 */
import { withUsesOfTypes } from '../../../dmp/documents/document-identifiers.ts'
import { FhirError } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { isJsonObject, type JsonObject } from '../../../fhir/json.ts'
import { validate } from '../../../validation/validate.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import { heldTo, simplifiedPublish } from './held-profiles.ts'
import type { Submitted } from './submitted-document.ts'

const CATEGORY = 'DocumentReference.category'

type Judged = Pick<Submitted, 'resource' | 'content' | 'form' | 'profile'>

/**
 * @returns what the profiles find: the base specification found nothing, so that the resource may be read on
 * @throws FhirError 422 when it is no DocumentReference of R4
 */
export function judgeMetadata(
  engine: Pick<DmpEngine, 'registry' | 'profiles'>,
  judged: Judged,
  located: (faults: readonly Issue[]) => Issue[],
): Issue[] {
  const { registry, profiles } = engine
  const resource = asSent(judged)
  const found = validate(resource, registry, {
    loaded: profiles,
    profiles: heldTo(engine, resource, judged.profile),
  })
  if (found.length === 0) return found
  const [first] = validate(resource, registry)
  // A class that is missing is that of the type (D5).
  if (!first) return found.filter(({ expression }) => resource.category ?? expression !== CATEGORY)
  const [told, ...rest] = located(found)
  throw new FhirError('unprocessable', [told ?? first, ...rest])
}

function asSent({ resource, content, form, profile }: Judged): JsonObject {
  const items = Array.isArray(resource.content) ? resource.content : []
  return withUsesOfTypes({
    ...resource,
    ...(items.length === 0
      ? {}
      : {
          content: items.map((item) =>
            isJsonObject(item) && isJsonObject(item.attachment)
              ? { ...item, attachment: attachmentAsSent(item.attachment, { content, form, profile }) }
              : item,
          ),
        }),
  })
}

/** Of a FHIR document MHD wants neither size nor hash, PDSm both: they are taken as said. */
function attachmentAsSent(
  attachment: JsonObject,
  { content, form, profile }: Omit<Judged, 'resource'>,
): JsonObject {
  const digests = form === 'Bundle' ? { size: content.size, hash: content.sha1Base64 } : {}
  // Of ITI-105 the bytes stood here; of ITI-106 the server has made the metadata.
  if (profile === simplifiedPublish) return { ...digests, ...attachment, data: 'AAAA' }
  return { ...digests, url: `${form}/1`, ...attachment }
}
