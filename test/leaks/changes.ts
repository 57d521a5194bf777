/** What happens between rounds of requests: patients choose, time passes, documents come and change. */
import { chosenPersons, chosenStructures } from './cast.ts'
import { at, choose, close, end, endTeam, makeTeam, reactivate } from './choices.ts'
import { randomPatch } from './patches.ts'
import type { Random } from './random.ts'
import { deposit, type World } from './world.ts'

const DAY = 86_400_000

type Change = (world: World, random: Random, index: number) => Promise<void>

const authorise: Change = async (world, random, index) => {
  const { blocked } = at(world, index).known
  const actor = random.of([...chosenPersons.filter((id) => !blocked.has(id)), ...chosenStructures])
  const until = random.chance(0.5) ? { end: world.app.now() + random.of([1, 20, 400]) * DAY } : {}
  await choose(world, index, { category: 'autorisation', actor, ...until })
}

const withdraw: Change = async (world, random, index) => {
  const authorised = [...at(world, index).known.authorised.keys()]
  if (authorised.length > 0)
    await end(world, index, { category: 'autorisation', actor: random.of(authorised) })
}

const nameMedecinTraitant: Change = async (world, random, index) => {
  const { blocked, medecinTraitant: actor } = at(world, index).known
  const free = chosenPersons.filter((id) => !blocked.has(id))
  if (actor !== '' && random.chance(0.4)) return end(world, index, { category: 'medecin-traitant', actor })
  if (free.length > 0) await choose(world, index, { category: 'medecin-traitant', actor: random.of(free) })
}

const block: Change = async (world, random, index) => {
  const { blocked } = at(world, index).known
  const [first] = blocked
  if (first !== undefined && random.chance(0.6))
    return end(world, index, { category: 'blocage', actor: first, type: 'deny' })
  if (blocked.size >= 2) return
  const actor = random.of(chosenPersons.filter((id) => !blocked.has(id)))
  await choose(world, index, { category: 'blocage', actor, type: 'deny' })
}

const chooseForEmergencies: Change = async (world, random, index) => {
  const { brisDeGlace, centre15 } = at(world, index).known
  const possible = ['bris-de-glace', 'centre-15', ...(brisDeGlace || centre15 ? ['masques-en-urgence'] : [])]
  await choose(world, index, { category: random.of(possible), type: random.of(['permit', 'deny']) })
}

const nameHelper: Change = async (world, random, index) => {
  const { known } = at(world, index)
  const [first, second] = world.helpers
  if (!first || !second) throw new Error('Nobody helps')
  // One of them is a legal representative, the other an aidant: nobody is both.
  const said = random.chance(0.5)
    ? { category: 'representation', person: first }
    : { category: 'aidant', person: second }
  if (known.representatives.has(said.person.value) && random.chance(0.5)) return end(world, index, said)
  await choose(world, index, { ...said, end: world.app.now() + random.of([1, 100]) * DAY })
}

const formTeam: Change = async (world, random, index) => {
  const now = world.app.now()
  const { careTeams, blocked } = at(world, index).known
  if (careTeams.some(({ until }) => until > now)) return endTeam(world, index)
  const free = chosenPersons.filter((id) => !blocked.has(id))
  if (free.length < 2 || careTeams.length >= 10) return
  const members = new Set([random.of(free), random.of(free), random.of(chosenStructures)])
  await makeTeam(world, index, [...members], now + random.of([1, 30]) * DAY)
}

const pass: Change = async ({ app }, random) => {
  app.advance(random.of([1, 2, 15]) * DAY)
}

const add: Change = async (world, random, index) => {
  const of = world.records[index]
  if (of && world.model.documents.length < 80) await deposit(world.model, index, of, random)
}

const shut: Change = async (world, random, index) => {
  if (random.chance(0.3)) await close(world, index)
}

const changes: readonly Change[] = [
  authorise,
  authorise,
  authorise,
  authorise,
  withdraw,
  nameMedecinTraitant,
  block,
  chooseForEmergencies,
  chooseForEmergencies,
  nameHelper,
  nameHelper,
  formTeam,
  formTeam,
  pass,
  pass,
  add,
  shut,
]

/** @returns how many changes were made */
export async function chooseAnew(world: World, random: Random): Promise<number> {
  const chosen = Array.from({ length: 2 + random.below(4) }, () => random.of(changes))
  for (const change of chosen) await inSome(world, random, change)
  return chosen.length
}

/**
 * Apart from what patients choose: however many patches there are, they choose as often.
 * @returns how many were tried, and what was wrong with their answers
 */
export async function patchSome(
  world: World,
  random: Random,
): Promise<{ readonly made: number; readonly faults: readonly string[] }> {
  const made = 1 + random.below(3)
  const faults: string[] = []
  for (let n = 0; n < made; n++) {
    const wrong = await inSome(world, random, randomPatch)
    if (wrong !== undefined) faults.push(wrong)
  }
  return { made, faults }
}

async function inSome<T>(
  world: World,
  random: Random,
  change: (world: World, random: Random, index: number) => Promise<T>,
): Promise<T | undefined> {
  const index = random.below(world.records.length)
  if (!at(world, index).known.closed) return change(world, random, index)
  // A closed record refuses every other change: it is opened first, now and then.
  if (random.chance(0.5)) await reactivate(world, index)
  return undefined
}
