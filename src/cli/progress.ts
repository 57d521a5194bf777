/** How far it has come, on standard error: a bar that is written over on a terminal, a line now and then elsewhere. */
export type Progress = {
  /** @param share done and of how many, for a bar */
  readonly tell: (text: string, share?: Share) => void
  readonly end: () => void
}
type Share = { readonly done: number; readonly of: number }

export type ProgressTo = {
  readonly terminal: boolean
  /** Writes as it stands. */
  readonly write: (text: string) => void
  readonly now: () => number
  /** Of the terminal: a line that is longer would not be written over. */
  readonly columns?: () => number
}

const PLAIN_EVERY_MS = 10_000
const TERMINAL_EVERY_MS = 100
const LINE_START = '\r\u001b[K'
const BAR = 24

export function progressOnStderr(): Progress {
  return createProgress({
    terminal: process.stderr.isTTY === true && process.env.TERM !== 'dumb',
    write: (text) => void process.stderr.write(text),
    now: () => performance.now(),
    columns: () => process.stderr.columns || 80,
  })
}

export function createProgress({ terminal, write, now, columns = () => 200 }: ProgressTo): Progress {
  const every = terminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS
  let told = now()
  let open = false
  return {
    tell(text, share) {
      if (now() - told < every) return
      told = now()
      open = terminal
      const line = terminal && share ? `${barOf(share)} ${text}` : text
      write(terminal ? LINE_START + line.slice(0, columns() - 1) : `${line}\n`)
    },
    end() {
      if (open) write(LINE_START)
      open = false
    },
  }
}

export function barOf({ done, of }: Share): string {
  const filled = of <= 0 ? 0 : Math.min(BAR, Math.max(0, Math.round((BAR * done) / of)))
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}]`
}
