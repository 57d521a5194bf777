/**
 * Who took part in an event: the software that called, this server, the person or structure behind the software, and the
 * structure of that person. Which of the first two is source and which destination is told by the pattern of BALP.
 * @see https://profiles.ihe.net/ITI/BALP/content.html
 */
import { RULE_SYSTEM } from '../../fhir/error-catalogue.ts'
import type { JsonObject } from '../../fhir/json.ts'
import { withoutMatricules } from '../../fhir/without-matricules.ts'
import type { InteractionKind } from '../interaction-names.ts'
import type { About } from './about.ts'
import { actorWords, authenticationWords } from './actor-words.ts'
import { agentType, type Coding } from './coded.ts'
import { clientParty, patientOf, serverParty, structureParty, userParty } from './parties.ts'
import { purposeOf } from './purpose.ts'
import { isAsked, isKnownActor, isOutgoing, type ShownTrace } from './shown-trace.ts'

const ACTOR = 'https://dmp-fhir.example/CodeSystem/acteur'
const AUTHENTICATION = 'https://dmp-fhir.example/CodeSystem/authentification'
/** TRE_G15 has two digits; other professions that a token may name come without their system. */
const PROFESSION = 'https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante'
const OTHER_PROFESSION = 'https://dmp-fhir.example/CodeSystem/profession'
/** On `agent`: whom this agent acts for. R4 has it in Provenance alone. */
const ON_BEHALF_OF = 'https://dmp-fhir.example/StructureDefinition/au-nom-de'

type Roles = { readonly client: Coding; readonly server: Coding; readonly user: Coding }

const pushed: Roles = { client: agentType.source, server: agentType.destination, user: agentType.author }
const fetched: Roles = { client: agentType.destination, server: agentType.source, user: agentType.recipient }
const rolesByAction = {
  C: pushed,
  R: fetched,
  U: pushed,
  D: { client: agentType.application, server: agentType.custodian, user: agentType.author },
  // The query is what is sent.
  E: { client: agentType.source, server: agentType.destination, user: agentType.recipient },
} as const satisfies Record<InteractionKind['action'], Roles>

export function rolesOf(trace: ShownTrace, { action }: InteractionKind): Roles {
  return isOutgoing(trace) ? fetched : rolesByAction[action]
}

export function ofType(type: Coding, text: string): JsonObject {
  return { type: { coding: [type], text } }
}

/** All of them. What the server does by itself has one: the server. */
export function agentsOf(trace: ShownTrace, kind: InteractionKind, about: About): JsonObject[] {
  const roles = rolesOf(trace, kind)
  const structure = structureOf(trace)
  return [
    ...(isAsked(trace) ? [{ ...clientAgent(trace, roles.client), requestor: !isKnownActor(trace) }] : []),
    serverAgent(roles.server, about, !isAsked(trace)),
    ...(isKnownActor(trace) ? [userAgent(trace, roles.user, about)] : []),
    ...(structure ? [structureAgent(structure)] : []),
  ]
}

/** The structure of a person who is known; who acts as a structure is the user itself. */
export function structureOf(trace: ShownTrace): JsonObject | undefined {
  return isKnownActor(trace) && trace.person !== '' ? structureParty(trace) : undefined
}

export function clientAgent(trace: ShownTrace, type: Coding): JsonObject {
  return { ...ofType(type, 'Logiciel'), who: clientParty(trace), requestor: false, network: networkOf(trace) }
}

export function serverAgent(type: Coding, { server }: About, requestor: boolean): JsonObject {
  return {
    ...ofType(type, 'Serveur'),
    who: serverParty(server),
    requestor,
    network: { address: server, type: '5' },
  }
}

/** An address of IP, or the name of the machine that was told. */
export function networkOf({ network }: ShownTrace): JsonObject {
  const isAddress = /^[\d.]+$/.test(network) || network.includes(':')
  return { address: withoutMatricules(network), type: isAddress ? '2' : '1' }
}

export function userAgent(trace: ShownTrace, type: Coding, about: About): JsonObject {
  const purpose = purposeOf(trace)
  return {
    ...(trace.on_behalf_of ? { extension: [{ url: ON_BEHALF_OF, valueReference: patientOf(trace) }] } : {}),
    ...ofType(type, 'Utilisateur'),
    role: rolesOfUser(trace, about),
    who: userParty(trace),
    requestor: true,
    ...(trace.rules.length > 0 ? { policy: trace.rules.map((rule) => `${RULE_SYSTEM}#${rule}`) } : {}),
    ...(purpose ? { purposeOfUse: [purpose] } : {}),
  }
}

function rolesOfUser(trace: ShownTrace, { professions }: About): JsonObject[] {
  const { actor, authentication, profession } = trace
  const system = /^\d{2}$/.test(profession) ? PROFESSION : OTHER_PROFESSION
  const words = professions?.find({ system, code: profession })?.display
  return [
    coded(ACTOR, actor, actorWords[actor]),
    ...(authentication === ''
      ? []
      : [coded(AUTHENTICATION, authentication, authenticationWords[authentication])]),
    ...(profession === '' ? [] : [coded(system, profession, words)]),
  ]
}

function coded(system: string, code: string, words: string | undefined): JsonObject {
  return { coding: [{ system, code, ...(words === undefined ? {} : { display: words }) }] }
}

export function structureAgent(structure: JsonObject): JsonObject {
  return { ...ofType(agentType.provider, 'Structure'), who: structure, requestor: false }
}
