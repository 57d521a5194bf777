/**
 * A .cpuprofile of V8 as stacks with their time: what the process did while it was measured, waiting left out. Functions of
 * our bundles are named by their place in src/, through the source maps of the build.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */
import { existsSync, readFileSync } from 'node:fs'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Microseconds of the clock that profiles are told in: the machine's, since it was started. */
export type Window = { readonly from: number; readonly until: number }

export type Frame = {
  readonly name: string
  /** `src/http/route.ts:12`, a package, a module of Node, or nothing. */
  readonly place: string
  /** What it belongs to: `src/http`, a package, `node:net`, `garbage collection`. */
  readonly owner: string
}

export type Stack = {
  /** The outermost first. */
  readonly frames: readonly Frame[]
  readonly microseconds: number
}

type CallFrame = {
  readonly functionName: string
  readonly url: string
  readonly lineNumber: number
  readonly columnNumber: number
}
type Profile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: CallFrame
    readonly children?: readonly number[]
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
  readonly startTime: number
}

const WAITING: ReadonlySet<string> = new Set(['(idle)', '(root)'])

export function monotonicMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n)
}

/** @param windows what is counted; none: all of it */
export function readProfile(file: string, windows: readonly Window[]): Stack[] {
  const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  )
  const spent = new Map<number, number>()
  let at = profile.startTime
  for (const [i, sample] of profile.samples.entries()) {
    const delta = profile.timeDeltas[i] ?? 0
    at += delta
    const isMeasured = windows.length === 0 || windows.some(({ from, until }) => at >= from && at <= until)
    if (isMeasured) spent.set(sample, (spent.get(sample) ?? 0) + delta)
  }
  const frameOf = framesNamed()
  return [...spent].flatMap(([id, microseconds]) => {
    const frames: Frame[] = []
    for (let node = nodes.get(id); node; node = nodes.get(parents.get(node.id) ?? -1)) {
      if (node.callFrame.functionName !== '(root)') frames.unshift(frameOf(node.callFrame))
    }
    return WAITING.has(nodes.get(id)?.callFrame.functionName ?? '(root)') ? [] : [{ frames, microseconds }]
  })
}

function framesNamed(): (frame: CallFrame) => Frame {
  const maps = new Map<string, SourceMap | undefined>()
  const known = new Map<string, Frame>()
  return (frame) => {
    const key = `${frame.functionName} ${frame.url}:${frame.lineNumber}:${frame.columnNumber}`
    const there = known.get(key)
    if (there) return there
    const named = frameNamed(frame, maps)
    known.set(key, named)
    return named
  }
}

function frameNamed(
  { functionName, url, lineNumber, columnNumber }: CallFrame,
  maps: Map<string, SourceMap | undefined>,
): Frame {
  const name = functionName === '' ? '(anonymous)' : functionName
  if (url === '') return { name, place: '', owner: native(name) }
  if (url.startsWith('node:')) return { name, place: url, owner: url }
  const [, inPackage] = url.split('/node_modules/')
  if (inPackage !== undefined) {
    const owner = inPackage
      .split('/')
      .slice(0, inPackage.startsWith('@') ? 2 : 1)
      .join('/')
    return { name, place: `${inPackage}:${lineNumber + 1}`, owner }
  }
  if (!maps.has(url)) maps.set(url, sourceMapOf(url))
  const entry = maps.get(url)?.findEntry(lineNumber, columnNumber)
  const source = entry && 'originalSource' in entry ? entry.originalSource.replace(/^(\.\.\/)+/, '') : url
  const line = entry && 'originalLine' in entry ? entry.originalLine : lineNumber
  return { name, place: `${source}:${line + 1}`, owner: source.split('/').slice(0, 2).join('/') }
}

function native(name: string): string {
  if (name === '(garbage collector)') return 'garbage collection'
  if (name === '(program)') return 'V8 and Node’s own code'
  return 'built-in functions'
}

function sourceMapOf(url: string): SourceMap | undefined {
  const file = url.startsWith('file:') ? `${fileURLToPath(url)}.map` : ''
  if (!existsSync(file)) return undefined
  return new SourceMap(JSON.parse(readFileSync(file, 'utf8')) as SourceMapPayload)
}
