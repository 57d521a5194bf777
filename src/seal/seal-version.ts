/**
 * The seal of a version that is about to be written: made from the very text that will be stored, in the transaction that
 * stores it.
 * @see docs/policy.md D8
 */
import type { Uuid } from '../fhir/id.ts'
import type { Caller } from '../policy/caller.ts'
import type { NewSeal } from '../storage/seals/seals.ts'
import type { Sealer } from './sealer.ts'
import { type Activity, metadataDigest, type Statement, sha256, statementText } from './statement.ts'

export type SealAgent = Pick<NewSeal, 'actor' | 'person' | 'organization' | 'client'>

/** What the server does by itself. */
export const systemAgent: SealAgent = { actor: 'SYSTEME', person: '', organization: '', client: '' }

/** Never by an INS: a patient is `patient`, and the record says whose; a representative is known by what it is. */
export function agentOf({ actor, practitionerId, structureId, client }: Caller): SealAgent {
  return {
    actor,
    person: practitionerId ? `ps:${practitionerId}` : actor === 'PATIENT' ? 'patient' : '',
    organization: structureId ? `st:${structureId}` : '',
    client,
  }
}

export type SubmissionSet = { readonly id: Uuid; readonly body: string }

type Version = {
  readonly patientKey: Uuid
  readonly id: Uuid
  /** Milliseconds since 1970. */
  readonly lastUpdated: number
  readonly body: string
}

/** @param set as it is written with the document; undefined when it lies there already */
export function sealDeposit(
  sealer: Sealer,
  document: Version & { readonly sha256: Buffer },
  set: SubmissionSet | undefined,
  agent: SealAgent,
  verdict: string,
): NewSeal {
  return sealed(sealer, {
    ...common(document, 'depot', agent),
    version: 1,
    content: document.sha256,
    previous: null,
    submission: set?.id ?? null,
    submission_text: set ? sha256(set.body) : null,
    verdict,
  })
}

/** @param before the version that it takes the place of */
export function sealChange(
  sealer: Sealer,
  next: Version,
  before: { readonly version: number; readonly body: string },
  activity: Exclude<Activity, 'depot'>,
  agent: SealAgent,
): NewSeal {
  return sealed(sealer, {
    ...common(next, activity, agent),
    version: before.version + 1,
    content: null,
    previous: sha256(before.body),
    submission: null,
    submission_text: null,
    verdict: '',
  })
}

function common({ patientKey, id, lastUpdated, body }: Version, activity: Activity, agent: SealAgent) {
  return {
    patientKey,
    document: id,
    recorded: lastUpdated,
    activity,
    ...agent,
    metadata: metadataDigest(body),
    text: sha256(body),
  }
}

function sealed(sealer: Sealer, statement: Statement): NewSeal {
  return { ...statement, ...sealer.seal(statementText(statement)) }
}
