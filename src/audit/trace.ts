/**
 * The trace of one request while it is being answered: who asks is known at the start, what was shown or written is
 * noted on the way, the outcome closes it (rules T1, T5).
 */
import { encodeUuid, isUuid, NO_PATIENT, type Uuid } from '../fhir/id.ts'
import { withoutMatricules, withoutMatriculesInText } from '../fhir/without-matricules.ts'
import type { AccessMode, Caller, TokenActor } from '../policy/caller.ts'
import type { Notice, NoticeKind } from '../policy/decision.ts'
import type { TraceChain, TraceRow } from '../storage/traces/insert-traces.ts'
import { interactionCodes } from '../storage/traces/trace-codes.ts'
import { outcomeOf } from '../storage/traces/trace-columns.ts'
import type { InteractionName } from './interaction-names.ts'

/** At most this many resources are named in one trace; the number beyond is said. */
export const MAX_ENTITIES = 120

/** Every interaction has its code in the row. */
interactionCodes satisfies Readonly<Record<InteractionName, number>>

export type TraceStart = {
  readonly id: Uuid
  /** Milliseconds since 1970, those of `id`. */
  readonly recorded: number
  readonly interaction: InteractionName
  readonly requestId: string
  readonly network: string
  /** Of the process that answers. */
  readonly chain: TraceChain
}

export class Trace {
  readonly #start: TraceStart
  #interaction: InteractionName
  readonly #entities: string[] = []
  #entitiesLeftOut = 0
  #patientKey: Uuid = NO_PATIENT
  #onBehalfOf: Uuid | null = null
  #representedBy: Uuid | undefined
  #rules: readonly string[] = []
  #caller: Caller | undefined
  #mode: AccessMode = 'normal'
  #motive = ''
  #resourceType = ''
  #query = ''
  #aboutSecret = false
  readonly #notices = new Map<string, Notice>()
  /** Whether the row is already part of a committed transaction. */
  durable = false

  constructor(start: TraceStart) {
    this.#start = start
    this.#interaction = start.interaction
  }

  /** The trace of a request within this one, the entry of a Bundle: by the same caller, with an id of its own. */
  part(id: Uuid): Trace {
    const part = new Trace({ ...this.#start, id })
    part.#caller = this.#caller
    part.#mode = this.#mode
    part.#motive = this.#motive
    return part
  }

  /** What this request is, once its route is known. */
  performs(interaction: InteractionName): void {
    this.#interaction = interaction
  }

  /** The access mode that the caller declared; normal until the caller is known. */
  get mode(): AccessMode {
    return this.#mode
  }

  get patientKey(): Uuid {
    return this.#patientKey
  }

  /** What kind of caller it is, for those who watch the server; undefined until it is known. */
  get actor(): TokenActor | undefined {
    return this.#caller?.actor
  }

  /** Who asks, as traces name them. */
  get person(): string {
    return personOf(this.#caller, this.#representedBy)
  }

  /** By which it was decided; none until it was. */
  get rules(): readonly string[] {
    return this.#rules
  }

  calledBy(caller: Caller, mode: AccessMode, motive: string): void {
    this.#caller = caller
    this.#mode = mode
    this.#motive = withoutMatriculesInText(motive)
  }

  asks(resourceType: string, query = ''): void {
    this.#resourceType = resourceType
    this.#query = withoutMatricules(query)
  }

  /**
   * The record asked about. Named only once it is known to exist.
   * @param representedBy the Consent by which the caller acts for the holder
   */
  inRecord(patientKey: Uuid, holder: boolean, representedBy?: Uuid): void {
    this.#patientKey = patientKey
    this.#representedBy = representedBy
    if (holder && this.#caller?.onBehalfOf) this.#onBehalfOf = patientKey
  }

  decided(rules: readonly string[]): void {
    this.#rules = rules
  }

  /** Whom this access must be told to (rule A10); they are written with the trace. */
  owes(notices: readonly Notice[]): void {
    for (const notice of notices) this.#notices.set(notice.key, notice)
  }

  /** A resource that was shown or written. @param id what follows the record's key in its logical id */
  concerns(type: string, id: string, version: number): void {
    if (this.#entities.length < MAX_ENTITIES) this.#entities.push(`${type}/${id}/${version}`)
    else this.#entitiesLeftOut++
  }

  /**
   * A minor's secret was asked for, or brought: where the trace does not come to name it, as that of most refusals, it says so
   * by its rule (V5).
   */
  isAboutSecret(): void {
    this.#aboutSecret = true
  }

  /** Starts the list of resources anew: a second attempt is not the first. */
  concernsOnly(
    resources: readonly { readonly type: string; readonly id: string; readonly version: number }[],
  ): void {
    this.#entities.length = 0
    this.#entitiesLeftOut = 0
    for (const { type, id, version } of resources) this.concerns(type, id, version)
  }

  /** The row as it will stand. @param error code of the catalogue, empty for a success */
  row(status: number, error: string): TraceRow {
    const { id, recorded, requestId, network, chain } = this.#start
    const caller = this.#caller
    return {
      patient_key: this.#patientKey,
      recorded: new Date(recorded).toISOString(),
      id,
      interaction: this.#interaction,
      outcome: outcomeOf(status),
      status,
      error,
      actor: caller?.actor ?? '',
      authentication: caller?.authentication ?? '',
      person: this.person,
      organization: caller?.structureId ? `st:${caller.structureId}` : '',
      profession: caller?.profession ?? '',
      client: caller?.client ?? '',
      on_behalf_of: this.#onBehalfOf,
      mode: this.#mode,
      motive: this.#motive,
      rules: this.#rulesTold(status),
      resource_type: this.#resourceType,
      entities: this.#entitiesLeftOut ? [...this.#entities, `+${this.#entitiesLeftOut}`] : this.#entities,
      query: this.#query,
      request_id: isUuid(requestId) ? requestId : withoutMatricules(requestId),
      network,
      notices: [...this.#notices.values()].filter(({ kind }) => status < 400 || !ofSuccess.has(kind)),
      chain,
    }
  }

  /**
   * What is done in a secret connection bears its rule, also where nothing was decided yet, and so does what was asked of a
   * secret and is not named: representatives are not shown it (V5, T4).
   */
  #rulesTold(status: number): readonly string[] {
    const unnamed = this.#aboutSecret && (status >= 400 || this.#entities.length === 0)
    const secret = unnamed || this.#caller?.secretConnection === true
    return secret && !this.#rules.includes('V5') ? [...this.#rules, 'V5'] : this.#rules
  }
}

/** What is told only when it was done. An access that found nothing was an access. */
const ofSuccess: ReadonlySet<NoticeKind> = new Set([
  'depot',
  'modification',
  'rendu-visible',
  'choix',
  'message',
  'rendez-vous',
])

/**
 * The person, never by an INS: a patient is `patient`, and the record says whose; who acts for the holder is `rp:` and the
 * Consent that names them, so that two parents are two (rule T5). One whom the record does not know stays `patient`.
 */
function personOf(caller: Caller | undefined, representedBy: Uuid | undefined): string {
  if (!caller) return ''
  if (representedBy && caller.onBehalfOf) return `rp:${encodeUuid(representedBy)}`
  if (caller.practitionerId) return `ps:${caller.practitionerId}`
  return caller.ins ? 'patient' : ''
}
