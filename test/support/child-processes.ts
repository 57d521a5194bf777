/** The processes that another one has started and that live still, by `ps`: also of one that is stopped, or does not answer. */
import { spawnSync } from 'node:child_process'

export type ChildProcess = { readonly pid: number; readonly command: string }

export function childProcesses(parent: number): ChildProcess[] {
  // Exit code 1: there are none.
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'pid=,args=', '--ppid', String(parent)], {
    encoding: 'utf8',
  })
  return stdout.split('\n').flatMap((line) => {
    const [, pid, command = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    return pid === undefined ? [] : [{ pid: Number(pid), command }]
  })
}
