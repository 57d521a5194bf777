/** `dmp completion` */
import type { CommandTable } from '../command-table.ts'

export const shells = ['bash', 'zsh', 'fish'] as const

export const completionTable = {
  name: 'completion',
  group: 'integrators',
  summary: 'prints what completes dmp in your shell: bash, zsh, fish',
  words: { told: '<bash | zsh | fish>' },
  about: `Prints a script that your shell reads. It holds the commands and options of this release, and starts
nothing when it completes.`,
  options: {},
  variables: {},
  examples: [
    {
      line: 'dmp completion bash > ~/.local/share/bash-completion/completions/dmp',
      says: 'bash, from the next shell on (or: source <(dmp completion bash))',
    },
    { line: 'dmp completion zsh > ~/.zsh/completions/_dmp', says: 'zsh, where this folder is one of fpath' },
    { line: 'dmp completion fish > ~/.config/fish/completions/dmp.fish', says: 'fish' },
  ],
  ends: { 0: 'the script is on standard output' },
  more: 'docs/cli.md "Completion"',
} as const satisfies CommandTable
