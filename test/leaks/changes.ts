/** What happens between rounds of requests: patients choose, time passes, documents come and change. */
import { chosenPersons, chosenStructures, helpers } from './cast.ts'
import { at, choose, close, end, endTeam, makeTeam, reactivate } from './choices.ts'
import { randomPatch } from './patches.ts'
import type { Random } from './random.ts'
import { deposit, type World } from './world.ts'

const DAY = 86_400_000

/** What it resolves to, when it is a text, is what was wrong with an answer that the oracle knows. */
type Change = (world: World, random: Random, index: number) => Promise<unknown>

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
  await choose(world, index, { category: random.of(possible), type: random.of(['permit', 'permit', 'deny']) })
}

const nameHelper: Change = async (world, random, index) => {
  const { known } = at(world, index)
  const [first, second] = helpers
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

/** @returns how many changes were made, and what was wrong with their answers */
export async function changeWorld(
  world: World,
  random: Random,
): Promise<{ readonly made: number; readonly faults: readonly string[] }> {
  const chosen = Array.from({ length: 2 + random.below(4) }, () => random.of(changes))
  // Patches are drawn apart: however many there are, patients choose as often.
  const patched = Array.from({ length: 1 + random.below(3) }, () => randomPatch)
  const faults: string[] = []
  for (const change of [...chosen, ...patched]) {
    const index = random.below(world.records.length)
    // A closed record refuses every other change: it is opened first, now and then.
    if (at(world, index).known.closed) {
      if (random.chance(0.5)) await reactivate(world, index)
      continue
    }
    const wrong = await change(world, random, index)
    if (typeof wrong === 'string') faults.push(wrong)
  }
  return { made: chosen.length + patched.length, faults }
}
