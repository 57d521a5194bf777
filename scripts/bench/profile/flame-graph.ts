/**
 * A flame graph as an SVG file that any browser shows: a box for each function, as wide as its part of the time, on the box
 * of what called it. What takes less than a part in five hundred is left out.
 * @see https://www.brendangregg.com/flamegraphs.html
 */
import type { Frame, Stack } from './read-profile.ts'

type Box = { readonly frame: Frame; microseconds: number; readonly callees: Map<string, Box> }

const WIDTH = 1400
const ROW = 17
const LEAST_PART = 1 / 500
const CHARACTER = 6.2
/** Ours, a package, Node, V8. */
const COLOURS = { own: '#f4a259', package: '#8cb369', node: '#7fb7d6', native: '#c9c9c9' } as const

export function flameGraph(stacks: readonly Stack[]): string {
  const root: Box = { frame: { name: 'all', place: '', owner: '' }, microseconds: 0, callees: new Map() }
  for (const stack of stacks) addStack(root, stack)
  const depth = depthOf(root, root.microseconds)
  const height = (depth + 1) * ROW
  const boxes: string[] = []
  draw(boxes, root, { x: 0, level: 0, height, whole: root.microseconds })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="monospace" font-size="10">
<rect width="100%" height="100%" fill="#fff"/>
${boxes.join('\n')}
</svg>
`
}

function addStack(root: Box, { frames, microseconds }: Stack): void {
  root.microseconds += microseconds
  let box = root
  for (const frame of frames) {
    const key = `${frame.name} ${frame.place}`
    const callee = box.callees.get(key) ?? { frame, microseconds: 0, callees: new Map() }
    box.callees.set(key, callee)
    callee.microseconds += microseconds
    box = callee
  }
}

function shown(box: Box, whole: number): Box[] {
  return [...box.callees.values()]
    .filter(({ microseconds }) => microseconds >= whole * LEAST_PART)
    .sort((a, b) => b.microseconds - a.microseconds)
}

function depthOf(box: Box, whole: number): number {
  return 1 + Math.max(0, ...shown(box, whole).map((callee) => depthOf(callee, whole)))
}

type Place = { readonly x: number; readonly level: number; readonly height: number; readonly whole: number }

function draw(boxes: string[], box: Box, { x, level, height, whole }: Place): void {
  const width = (box.microseconds / whole) * WIDTH
  const y = height - (level + 1) * ROW
  const { name, place } = box.frame
  const percent = ((box.microseconds / whole) * 100).toFixed(1)
  const text = escaped(name.slice(0, Math.max(0, Math.floor(width / CHARACTER) - 1)))
  boxes.push(
    `<g><title>${escaped(`${name} ${place} ${percent} %`)}</title>` +
      `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${ROW - 1}" fill="${colourOf(box.frame)}"/>` +
      `${text === '' ? '' : `<text x="${(x + 2).toFixed(1)}" y="${y + 12}">${text}</text>`}</g>`,
  )
  let at = x
  for (const callee of shown(box, whole)) {
    draw(boxes, callee, { x: at, level: level + 1, height, whole })
    at += (callee.microseconds / whole) * WIDTH
  }
}

function colourOf({ owner, place }: Frame): string {
  if (owner.startsWith('src/')) return COLOURS.own
  if (owner.startsWith('node:')) return COLOURS.node
  return place === '' ? COLOURS.native : COLOURS.package
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
