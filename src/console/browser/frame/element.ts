/** An element with its attributes and what is in it. Text is text: there is no way from here to markup. */
export type Child = Node | string | number | undefined | false

type Attributes = Readonly<Record<string, string | boolean | undefined>>

/** @param attributes `true`: without a value; `false` or undefined: left out */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly (Child | readonly Child[])[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) {
    if (/^on/i.test(attribute)) throw new Error(`${attribute}: listeners are added by addEventListener`)
    if (value !== undefined && value !== false) made.setAttribute(attribute, value === true ? '' : value)
  }
  fill(made, children.flat())
  return made
}

/** What was in it goes; this comes. */
export function replaceContent(parent: Element, ...children: readonly (Child | readonly Child[])[]): void {
  parent.replaceChildren()
  fill(parent, children.flat())
}

function fill(parent: Element, children: readonly Child[]): void {
  for (const child of children) {
    if (child === undefined || child === false) continue
    parent.append(typeof child === 'number' ? String(child) : child)
  }
}
