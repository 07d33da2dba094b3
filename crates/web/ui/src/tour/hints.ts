/** The four things that a newcomer is told, and where on the page each of them is. */
export const HINTS = ['views', 'list', 'timeline', 'composer'] as const
export type Hint = (typeof HINTS)[number]

/** Where to point, the best place first: on a small screen the views are behind a button. */
const PLACES: Record<Hint, string[]> = {
  views: ['[data-tour=views]', '[data-tour=menu]'],
  list: ['[data-tour=list]'],
  timeline: ['[data-tour=timeline]', '[data-pane=ticket]', '#main'],
  composer: ['[data-tour=composer]', '[data-pane=ticket]', '#main'],
}
export const SIDES = {
  views: 'right',
  list: 'right',
  timeline: 'left',
  composer: 'top',
} as const

const isShown = (place: Element): boolean => place.getClientRects().length > 0

export function placeOf(hint: Hint, root: ParentNode = document): HTMLElement | null {
  for (const selector of PLACES[hint]) {
    const found = [...root.querySelectorAll<HTMLElement>(selector)].find(isShown)
    if (found) return found
  }
  return null
}

/** The hints that speak of a ticket need one to be open. */
export const needsTicket = (hint: Hint): boolean => hint === 'timeline' || hint === 'composer'
