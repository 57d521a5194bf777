/** The main job of the server, told from beginning to end. What is not built yet is said, not played. */
import { deposit } from './chapters/deposit.ts'
import { emergency, masking } from './chapters/emergency.ts'
import { denied, reading } from './chapters/reading.ts'
import { blocking, faults } from './chapters/refusals.ts'
import { traces } from './chapters/traces.ts'
import type { Stage } from './stage.ts'

/** @throws StoryMismatch at the first step that answers otherwise than told */
export async function tellStory(stage: Stage): Promise<void> {
  const deposited = await deposit(stage)
  await reading(stage, deposited)
  await denied(stage, deposited)
  await blocking(stage, deposited)
  await emergency(stage, deposited)
  await faults(stage)
  await masking(stage, deposited)
  await traces(stage, deposited)
}

export const notTold =
  'Not told: centre 15, care teams, aidants and representatives, replacing and deleting, closing the record. All are there.'
