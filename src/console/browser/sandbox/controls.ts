/** Buttons and drawings that the pages of the sandbox are made of. */
import { type Child, element } from '../frame/element.ts'

export function button(
  label: Child | readonly Child[],
  act: () => unknown,
  attributes: Readonly<Record<string, string | boolean | undefined>> = {},
): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, label)
  made.addEventListener('click', () => void act())
  return made
}

const SVG = 'http://www.w3.org/2000/svg'

export function drawing<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value))
  made.append(...children)
  return made
}
