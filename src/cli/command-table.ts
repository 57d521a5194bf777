/**
 * A command of `dmp` as data: what its arguments are read by (read-arguments.ts), its help is written from (help/), and the
 * shell completes it by (completion/). One table for all three: none of them can say what another does not do.
 * The tables lie in tables/, apart from the commands, so that help and completion load no server.
 */
import type { ExitCode } from './exit-codes.ts'

/** What an argument names, for the shell. */
export type Fills = 'file' | 'folder' | 'method'

type Told = {
  /** Lines of the help, as they stand. */
  readonly says: string
  /** Neither told nor completed: of processes of ours alone. */
  readonly hidden?: true
}
type Valued = Told & {
  /** How the help writes the value: `<file>`. */
  readonly value: string
  /** The variable that is taken where the option is not given; told only, the command reads it. */
  readonly variable?: string
  readonly fills?: Fills
}

export type OptionTable =
  | (Told & { readonly kind: 'flag' })
  | (Valued & { readonly kind: 'text'; readonly usual?: string })
  | (Valued & { readonly kind: 'texts' })
  | (Valued & {
      readonly kind: 'whole'
      readonly least: number
      readonly most: number
      readonly usual?: number
    })
  | (Told & { readonly kind: 'choice'; readonly of: readonly string[]; readonly usual?: string })

export type Example = {
  /** To be pasted into a shell. */
  readonly line: string
  readonly says: string
  /**
   * Why the test does not run it as it stands against a sandbox: it needs an installation, or destroys. All others are run.
   * @see test/cli/help.test.ts
   */
  readonly notRun?: string
  /** Codes with which it may end in a sandbox; 0 alone unless said. */
  readonly ends?: readonly ExitCode[]
}

export type Group = 'start' | 'integrators' | 'operators'

export type CommandTable = {
  /** One word or two: `audit verify`. */
  readonly name: string
  readonly group: Group
  /** One line of `dmp --help`. */
  readonly summary: string
  /** What stands behind the options; undefined: nothing may. */
  readonly words?: { readonly told: string; readonly fills?: Fills }
  /** What it does, in lines as they stand. */
  readonly about: string
  readonly options: Readonly<Record<string, OptionTable>>
  /** The environment variables that count, and what for. */
  readonly variables: Readonly<Record<string, string>>
  readonly examples: readonly Example[]
  /** What each of its exit codes means here, beside 64 and 70, which mean the same everywhere. */
  readonly ends: Readonly<Record<number, string>>
  /** Where more is said. */
  readonly more: string
  /** Whether what it is told must never be repeated: a token, a matricule. */
  readonly secretive?: true
}

/** Of every command. */
export const commonOptions = {
  help: { kind: 'flag', says: 'this text' },
  'no-color': { kind: 'flag', says: 'no colours, as with NO_COLOR=1; FORCE_COLOR=1 has them always' },
} as const satisfies Readonly<Record<string, OptionTable>>

type ValueOf<O extends OptionTable> = O extends { readonly kind: 'flag' }
  ? boolean
  : O extends { readonly kind: 'texts' }
    ? readonly string[]
    : O extends { readonly kind: 'whole' }
      ? number
      : O extends { readonly kind: 'choice'; readonly of: readonly (infer Choice)[] }
        ? Choice
        : string

/** What is always there: a flag that is not given is false, a list empty, and what has a usual value has that. */
type IsThere<O extends OptionTable> = O extends { readonly kind: 'flag' | 'texts' }
  ? true
  : O extends { readonly usual: string | number }
    ? true
    : false

export type Input<T extends Pick<CommandTable, 'options'>> = {
  readonly options: {
    readonly [K in keyof T['options']]: IsThere<T['options'][K]> extends true
      ? ValueOf<T['options'][K]>
      : ValueOf<T['options'][K]> | undefined
  }
  readonly words: readonly string[]
}
