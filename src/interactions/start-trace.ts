/** The trace of a request begins when its first byte is understood, before anybody is known. */
import { type InteractionName, interactions, isInteractionName } from '../audit/interaction-names.ts'
import { Trace } from '../audit/trace.ts'
import type { Engine } from './engine.ts'

export { type InteractionName, isInteractionName, type Trace }

export function startTrace(
  engine: Pick<Engine, 'newId' | 'chain'>,
  interaction: InteractionName,
  request: { readonly now: number; readonly requestId: string; readonly network: string },
): Trace {
  return new Trace({
    id: engine.newId(request.now),
    recorded: request.now,
    interaction,
    requestId: request.requestId,
    network: request.network,
    chain: engine.chain,
  })
}

export function leavesTrace(interaction: InteractionName): boolean {
  return !('untraced' in interactions[interaction])
}
