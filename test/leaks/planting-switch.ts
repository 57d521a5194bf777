/**
 * Which of the planted faults is in force. It is bundled with a server whose planted modules follow it (plant-leaks.ts), so
 * that one server has them all in turn.
 */
type Follow = (leak: number | undefined) => void

const following: Follow[] = []

/** Called by each planted module as it is loaded. */
export function follow(plant: Follow): void {
  following.push(plant)
}

/** @param leak its place in the list; undefined: the server is as it should be */
export function plant(leak: number | undefined): void {
  for (const each of following) each(leak)
}
