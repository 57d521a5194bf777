/** A token that was chosen on the page, for the viewer; it never leaves the page but in requests. */
export function chosenToken(token: string): CustomEvent<string> {
  return new CustomEvent('token', { detail: token })
}

export function isChosenToken(event: Event): event is CustomEvent<string> {
  return event instanceof CustomEvent && typeof event.detail === 'string'
}
