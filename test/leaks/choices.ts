/** The patient's choices over HTTP, and what each does to the model. */
import type { Persona } from '../../src/sandbox/persona.ts'
import { type ChoiceParts, careTeam, choice } from '../support/builders.ts'
import { resourceOf, verdict } from '../support/http-client.ts'
import { administration } from '../support/personas.ts'
import type { TestRecord } from '../support/record.ts'
import type { ModelRecord } from './model.ts'
import type { World } from './world.ts'

const YEAR = 365 * 86_400_000

export type Said = Omit<ChoiceParts, 'period'> & { readonly category: string; readonly end?: number }

/** Says it, or says it anew: one Consent for each thing that can be chosen. */
export async function choose(world: World, index: number, said: Said): Promise<void> {
  const { record, known } = at(world, index)
  const { category, end, ...parts } = said
  const period = end === undefined ? {} : { period: { end: new Date(end).toISOString() } }
  const who = category === 'representation' ? administration : record.holder
  const answer = await world.app
    .as(who)
    .post('/Consent', choice(category, record.id, { ...parts, ...period }))
  if (answer.status >= 300) throw new Error(`${category}: ${verdict(answer)}`)
  known.consents.set(keyOf(said), resourceOf(answer, 'Consent').id ?? '')
  begin(known, said, world.app.now())
}

/** Takes it back. */
export async function end(world: World, index: number, said: Said): Promise<void> {
  const { record, known } = at(world, index)
  const id = known.consents.get(keyOf(said))
  if (id === undefined) return
  const { category, end: _, ...parts } = said
  const who: Persona = category === 'representation' ? administration : record.holder
  const body = choice(category, record.id, { ...parts, id, status: 'inactive' })
  const answer = await world.app.as(who).put(`/Consent/${id}`, body)
  if (answer.status >= 300) throw new Error(`end of ${category}: ${verdict(answer)}`)
  finish(known, said)
}

export async function makeTeam(
  world: World,
  index: number,
  members: readonly string[],
  until: number,
): Promise<void> {
  const { record, known } = at(world, index)
  const period = { end: new Date(until).toISOString() }
  const answer = await world.app.as(record.holder).post('/CareTeam', careTeam(record.id, members, { period }))
  if (answer.status !== 201) throw new Error(`care team: ${verdict(answer)}`)
  known.careTeams.push({ id: resourceOf(answer, 'CareTeam').id ?? '', members, until })
}

export async function endTeam(world: World, index: number): Promise<void> {
  const { record, known } = at(world, index)
  const team = known.careTeams.find(({ until }) => until > world.app.now())
  if (!team) return
  const body = careTeam(record.id, team.members, { id: team.id, status: 'inactive' })
  const answer = await world.app.as(record.holder).put(`/CareTeam/${team.id}`, body)
  if (answer.status !== 200) throw new Error(`end of a care team: ${verdict(answer)}`)
  team.until = 0
}

export async function close(world: World, index: number): Promise<void> {
  const { record, known } = at(world, index)
  await operate(world, record, '$fermer')
  known.closed = true
}

export async function reactivate(world: World, index: number): Promise<void> {
  const { record, known } = at(world, index)
  await operate(world, record, '$reactiver')
  known.closed = false
}

async function operate(world: World, record: TestRecord, operation: string): Promise<void> {
  const body =
    operation === '$fermer'
      ? { resourceType: 'Parameters', parameter: [{ name: 'motif', valueCode: 'patient-demande' }] }
      : { resourceType: 'Parameters' }
  const answer = await world.app.as(record.holder).post(`/Patient/${record.id}/${operation}`, body)
  if (answer.status >= 300) throw new Error(`${operation}: ${verdict(answer)}`)
}

function begin(known: ModelRecord, said: Said, now: number): void {
  const { category, actor = '', person, type = 'permit' } = said
  const permit = type === 'permit'
  switch (category) {
    case 'autorisation': {
      // A5: who is authorised already, and says no end, changes nothing.
      const still = (known.authorised.get(actor) ?? 0) > now
      if (said.end !== undefined || !still) known.authorised.set(actor, said.end ?? now + YEAR)
      break
    }
    case 'blocage':
      known.blocked.add(actor)
      known.authorised.delete(actor)
      // Whoever is blocked leaves the care teams.
      for (const team of known.careTeams) team.members = team.members.filter((id) => id !== actor)
      if (known.medecinTraitant === actor) known.medecinTraitant = ''
      break
    case 'medecin-traitant':
      known.medecinTraitant = actor
      break
    case 'bris-de-glace':
      known.brisDeGlace = permit
      break
    case 'centre-15':
      known.centre15 = permit
      break
    case 'masques-en-urgence':
      known.maskedInEmergency = permit
      break
    case 'representation':
    case 'aidant':
      known.representatives.set(person?.value ?? '', {
        kind: category === 'aidant' ? 'AIDANT' : 'REPRESENTANT_LEGAL',
        until: said.end ?? now + YEAR,
      })
      break
    default:
      throw new Error(`The model does not know ${category}`)
  }
  // A7: masked documents need an emergency mode to be read in.
  if (!known.brisDeGlace && !known.centre15) known.maskedInEmergency = false
}

function finish(known: ModelRecord, { category, actor = '', person }: Said): void {
  switch (category) {
    case 'autorisation':
      known.authorised.delete(actor)
      break
    case 'blocage':
      known.blocked.delete(actor)
      break
    case 'medecin-traitant':
      if (known.medecinTraitant === actor) known.medecinTraitant = ''
      break
    case 'representation':
    case 'aidant':
      known.representatives.delete(person?.value ?? '')
      break
    default:
      throw new Error(`${category} is changed, not ended`)
  }
}

function keyOf({ category, actor = '', person }: Said): string {
  return `${category} ${person?.value ?? actor}`
}

export function at(
  world: World,
  index: number,
): { readonly record: TestRecord; readonly known: ModelRecord } {
  const record = world.records[index]
  const known = world.model.records[index]
  if (!record || !known) throw new Error('No such record')
  return { record, known }
}
