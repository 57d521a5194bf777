/** A scenario on a server of its own: its answers received anew (UPDATE_GOLDEN=1), or those of the kept document compared. */
import {
  type Answers,
  type Exchange,
  type Place,
  shownRequest,
  toldBy,
} from '../../../scripts/openapi/examples/exchange.ts'
import type { Client } from '../http-client.ts'
import { replay } from './replay.ts'

/** @throws when one is answered otherwise than it says */
export async function receiveAnswers(
  exchanges: readonly Exchange[],
  places: ReadonlyMap<string, Place>,
  origin: string,
  clientOf: (as: string | undefined) => Client,
): Promise<Answers> {
  const send = replay(origin, clientOf)
  const answers: Record<string, Answers[string]> = {}
  let step = 0
  for (const exchange of exchanges) {
    const place = places.get(exchange.operationId)
    if (!place) throw new Error(`${exchange.name} is of no operation: ${exchange.operationId}`)
    const { answer } = await send(shownRequest(exchange, ++step, place, toldBy(exchanges, answers)))
    if (answer.status !== exchange.status)
      throw new Error(
        `${exchange.name}: ${answer.status}, and not ${exchange.status}: ${JSON.stringify(answer)}`,
      )
    const { body, ...rest } = answer
    answers[exchange.name] = exchange.unshown === undefined ? answer : rest
    // Said here, where it can be seen which one does not tell it.
    toldBy([exchange], answers)
    if (exchange.unshown !== undefined && body === undefined) throw new Error(`${exchange.name} has no body`)
  }
  return answers
}
