/** Where the story is played: each step is called, told, and held against what it must answer. */
import type { Terminology } from '../../dmp/codes/terminology.ts'
import type { Cast, Player } from './cast.ts'
import type { Call, DemoClient } from './client.ts'
import { checkReply, type Expected, type Reply, StoryMismatch } from './expectation.ts'
import type { Letter } from './letter.ts'
import type { Narrator } from './narrator.ts'

export type Step = {
  readonly title: string
  readonly as: Player
  readonly call: Call
  readonly expect: Expected
  /** Looks closer at the answer and says what it means. @throws StoryMismatch */
  readonly meaning: (reply: Reply) => string
  /** False for a request that reaches no record: its trace is not the patient's. */
  readonly inRecord?: false
}

export type Props = {
  readonly cast: Cast
  readonly letter: Letter
  readonly terminology: Terminology
}

export class Stage {
  readonly cast: Cast
  readonly letter: Letter
  readonly terminology: Terminology
  readonly narrator: Narrator
  /** Request ids of the calls that the patient must find among the traces. */
  readonly traced: string[] = []
  readonly #client: DemoClient
  #steps = 0

  constructor(client: DemoClient, narrator: Narrator, props: Props) {
    this.#client = client
    this.narrator = narrator
    this.cast = props.cast
    this.letter = props.letter
    this.terminology = props.terminology
  }

  get steps(): number {
    return this.#steps
  }

  async play(step: Step): Promise<Reply> {
    const number = ++this.#steps
    this.narrator.step(number, step.title)
    this.narrator.call(step.as.name, step.call)
    const reply = await this.#client.send(step.as, step.call)
    this.narrator.answer(reply)
    let meaning: string
    try {
      checkReply(step.expect, reply)
      meaning = step.meaning(reply)
    } catch (error) {
      if (!(error instanceof StoryMismatch)) throw error
      throw new StoryMismatch(`step ${number}, ${error.message.split(': ')[0]}`, error.expected, error.got)
    }
    if (step.inRecord !== false) this.traced.push(reply.requestId)
    this.narrator.meaning(meaning)
    return reply
  }

  identifierQuery(): string {
    return encodeURIComponent(`${this.letter.ins.system}|${this.letter.ins.value}`)
  }
}
