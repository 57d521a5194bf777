/**
 * Colours, where somebody sees them.
 * @see https://no-color.org, https://force-color.org; styleText of node:util asks another stream than the one written to
 */
import { inspect } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'
export type Paint = (style: Style, text: string) => string

type Environment = Readonly<Record<string, string | undefined>>

export const plain: Paint = (_, text) => text
const colours: Paint = (style, text) => {
  const [on, off] = inspect.colors[style] ?? [0, 0]
  return `\u001b[${on}m${text}\u001b[${off}m`
}

/**
 * What is said on the command line goes first, then NO_COLOR, then FORCE_COLOR, then whether it is a terminal.
 * @param isTerminal of the stream that is written to
 */
export function paintFor(environment: Environment, isTerminal: boolean, noColor: boolean): Paint {
  const { NO_COLOR, FORCE_COLOR, TERM } = environment
  if (noColor || NO_COLOR) return plain
  if (FORCE_COLOR !== undefined) return FORCE_COLOR === '0' || FORCE_COLOR === 'false' ? plain : colours
  return isTerminal && TERM !== 'dumb' ? colours : plain
}
