/**
 * The part of a timeline that is in memory: pages next to each other, oldest first. However long a
 * history is, only some pages are kept; what is dropped at one end is read again when one goes there.
 */
import { isItem, keyOf, type Entry, type Item } from './entries'

export interface TimelinePage {
  /** Oldest first. */
  entries: Entry[]
  /** Where older and newer ones are read; null where the timeline ends. */
  older: string | null
  newer: string | null
}

/** An answer that was asked for newest first. */
export const pageOf = (answer: {
  items: Entry[]
  next_cursor?: string | null
  previous_cursor?: string | null
}): TimelinePage => ({
  entries: answer.items.toReversed(),
  older: answer.next_cursor ?? null,
  newer: answer.previous_cursor ?? null,
})

export const MOST_PAGES = 7

export function entriesOf(pages: TimelinePage[]): Entry[] {
  const seen = new Set<string>()
  const found: Entry[] = []
  for (const page of pages)
    for (const entry of page.entries) {
      const key = keyOf(entry)
      if (seen.has(key)) continue
      seen.add(key)
      found.push(entry)
    }
  return found
}

export const withOlder = (pages: TimelinePage[], page: TimelinePage): TimelinePage[] =>
  [page, ...pages].slice(0, MOST_PAGES)

export const withNewer = (pages: TimelinePage[], page: TimelinePage): TimelinePage[] =>
  [...pages, page].slice(-MOST_PAGES)

/** The newest page, read again, in place of what stood there; null when it no longer adjoins. */
export function withNewest(pages: TimelinePage[], newest: TimelinePage): TimelinePage[] | null {
  const first = newest.entries[0]
  if (!first || newest.older === null) return [newest]
  const start = keyOf(first)
  const at = pages.findIndex((page) => page.entries.some((entry) => keyOf(entry) === start))
  if (at < 0) return null
  const page = pages[at] as TimelinePage
  const cut = page.entries.findIndex((entry) => keyOf(entry) === start)
  if (cut === 0) return [...pages.slice(0, at), newest]
  // The older part of that page and the newest page adjoin; its cursor leads to what is older still.
  const older = { ...page, entries: page.entries.slice(0, cut), newer: newest.older }
  return [...pages.slice(0, at), older, newest]
}

/** An item as it is now, wherever it stands. */
export function withItem(pages: TimelinePage[], item: Item): TimelinePage[] {
  return pages.map((page) =>
    page.entries.some((entry) => isItem(entry) && entry.id === item.id)
      ? {
          ...page,
          entries: page.entries.map((it) => (isItem(it) && it.id === item.id ? item : it)),
        }
      : page,
  )
}
