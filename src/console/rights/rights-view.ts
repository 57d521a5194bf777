/** The functional matrix as people read it: one table for each way of coming, with a column for each caller who may do anything. */
import {
  accessModes,
  authenticationModes,
  type FunctionalMatrix,
  functionalRights,
  type GrantCell,
  matrixActors,
} from '../../dmp/matrices/functional-matrix.ts'

export type Actor = (typeof matrixActors)[number]
export type Right = (typeof functionalRights)[number]

export type WayOfComing = {
  readonly authentication: (typeof authenticationModes)[number]
  readonly mode: (typeof accessModes)[number]
  readonly callers: readonly Actor[]
  readonly rows: readonly { readonly right: Right; readonly cells: readonly GrantCell[] }[]
  readonly without: readonly Actor[]
  /** What the table rests on, and for whom: by source, in the order of the columns. */
  readonly sources: ReadonlyMap<string, ReadonlyMap<Actor, readonly Right[]>>
}

/** Ways in which nobody may do anything are left out. */
export function waysOfComing(matrix: FunctionalMatrix): WayOfComing[] {
  return accessModes.flatMap((mode) =>
    authenticationModes.flatMap((authentication) => {
      const cellOf = (right: Right, actor: Actor): GrantCell => {
        const cell = matrix.cell(right, actor, authentication, mode)
        if (!cell) throw new Error(`No cell ${right} ${actor} ${authentication} ${mode}`)
        return cell
      }
      const may = (actor: Actor): boolean =>
        functionalRights.some((right) => cellOf(right, actor).grant !== 'no')
      const callers = matrixActors.filter(may)
      if (callers.length === 0) return []
      return [
        {
          authentication,
          mode,
          callers,
          rows: functionalRights.map((right) => ({
            right,
            cells: callers.map((actor) => cellOf(right, actor)),
          })),
          without: matrixActors.filter((actor) => !may(actor)),
          sources: sourcesOf(callers, cellOf),
        },
      ]
    }),
  )
}

function sourcesOf(
  callers: readonly Actor[],
  cellOf: (right: Right, actor: Actor) => GrantCell,
): WayOfComing['sources'] {
  const sources = new Map<string, Map<Actor, Right[]>>()
  for (const actor of callers) {
    for (const right of functionalRights) {
      const { source } = cellOf(right, actor)
      const actors = sources.get(source) ?? new Map<Actor, Right[]>()
      sources.set(source, actors)
      const rights = actors.get(actor) ?? []
      actors.set(actor, rights)
      rights.push(right)
    }
  }
  return sources
}

export function countCells(matrix: FunctionalMatrix): { confirmed: number; proposed: number } {
  const counts = { confirmed: 0, proposed: 0 }
  for (const right of functionalRights)
    for (const actor of matrixActors)
      for (const authentication of authenticationModes)
        for (const mode of accessModes) {
          const cell = matrix.cell(right, actor, authentication, mode)
          if (cell) counts[cell.status]++
        }
  return counts
}
