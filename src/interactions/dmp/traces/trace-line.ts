/**
 * A trace as a line of the table that a patient takes home, in French: the same facts as its AuditEvent, and no more.
 * @see docs/api.md "Traces"
 */
import { actorWords, authenticationWords } from '../../../audit/forms/actor-words.ts'
import type { ShownTrace } from '../../../audit/forms/shown-trace.ts'
import { wordsOf } from '../../../audit/interaction-words.ts'
import { encodeUuid, formatResourceId } from '../../../fhir/id.ts'
import { withoutMatricules, withoutMatriculesInText } from '../../../fhir/without-matricules.ts'

type Column = { readonly title: string; readonly cell: (trace: ShownTrace) => string }

const columns: readonly Column[] = [
  { title: 'Date et heure (Paris)', cell: ({ recorded }) => paris.format(recorded) },
  { title: 'Instant (UTC)', cell: ({ recorded }) => new Date(recorded).toISOString() },
  { title: 'Action', cell: ({ interaction }) => wordsOf(interaction) },
  { title: 'Résultat', cell: ({ outcome }) => outcomes[outcome] ?? outcome },
  { title: 'Erreur', cell: ({ error }) => error },
  { title: 'Acteur', cell: ({ actor }) => actorWords[actor] ?? actor },
  { title: 'Personne', cell: personOf },
  { title: 'Profession', cell: ({ profession }) => profession },
  { title: 'Structure', cell: ({ organization }) => organization.replace(/^st:/, '') },
  {
    title: 'Authentification',
    cell: ({ authentication }) => authenticationWords[authentication] ?? authentication,
  },
  { title: 'Mode d’accès', cell: ({ mode }) => modes[mode] ?? mode },
  { title: 'Motif', cell: ({ motive }) => withoutMatriculesInText(motive) },
  { title: 'Logiciel', cell: ({ client }) => withoutMatricules(client) },
  { title: 'Documents et ressources', cell: entitiesOf },
  { title: 'Recherche', cell: queryOf },
  { title: 'Règles', cell: ({ rules }) => rules.join(' ') },
  { title: 'Adresse réseau', cell: ({ network }) => withoutMatricules(network) },
  { title: 'Identifiant de la demande', cell: ({ request_id }) => withoutMatricules(request_id) },
  {
    title: 'Identifiant de la trace',
    cell: ({ patient_key: patientKey, id }) => formatResourceId({ patientKey, id }),
  },
]

export const titles: readonly string[] = columns.map(({ title }) => title)

export function traceCells(trace: ShownTrace): string[] {
  return columns.map(({ cell }) => cell(trace))
}

/** `2026-11-22 18:05:12`, which a spreadsheet knows for a date. */
const paris = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Paris',
  dateStyle: 'short',
  timeStyle: 'medium',
})

const outcomes: Readonly<Record<string, string>> = { '0': 'Abouti', '4': 'Refusé', '8': 'Échoué' }
const modes: Readonly<Record<string, string>> = {
  normal: 'Normal',
  bris_de_glace: 'Bris de glace',
  centre_15: 'Centre 15',
}

/** A professional by the national number, who acts for the patient by the Consent that says so; the patient has none. */
function personOf({ person, patient_key: patientKey }: ShownTrace): string {
  if (person.startsWith('ps:')) return person.slice(3)
  return person.startsWith('rp:') ? `Consent/${encodeUuid(patientKey)}.${person.slice(3)}` : ''
}

const WITHHELD = 'Non communiqué'

/** `DocumentReference/[id]/_history/[version]`, one behind the other. */
function entitiesOf({ entities, patient_key, withheld }: ShownTrace): string {
  if (withheld && entities.length === 0) return WITHHELD
  const record = encodeUuid(patient_key)
  return entities
    .map((entity) => {
      const [type, id, version] = entity.split('/')
      if (id === undefined) return `${entity} de plus`
      return `${type}/${type === 'Patient' ? id : `${record}.${id}`}/_history/${version}`
    })
    .join(' ')
}

function queryOf({ resource_type, query, withheld }: ShownTrace): string {
  if (withheld) return WITHHELD
  return query === '' ? '' : `${resource_type}?${withoutMatricules(query)}`
}
