/** The pages of a list that were read so far, and how a newer reading of its head goes into them. */
import type { RowPage, TicketRow } from './rows'

/** Each page knows the cursor by which it was read, so that it alone can be read again. */
export interface KeptPage extends RowPage {
  cursor: string | null
}

/** A ticket that rose while we read on is on two pages: the one nearer to the head counts. */
export function rowsOf(pages: readonly KeptPage[]): TicketRow[] {
  const seen = new Set<string>()
  const rows: TicketRow[] = []
  for (const page of pages) {
    for (const row of page.items) {
      if (seen.has(row.id)) continue
      seen.add(row.id)
      rows.push(row)
    }
  }
  return rows
}

/**
 * Puts a fresh head before what follows it. Up to the head's last ticket the fresh order holds, and
 * what is missing there has left the list; behind it everything stays. When even the last ticket
 * of the head is unknown, too much has happened to join the two: the list begins anew.
 */
export function withHead(pages: readonly KeptPage[], head: RowPage): KeptPage[] {
  const fresh: KeptPage = { ...head, cursor: null }
  const last = head.items.at(-1)
  if (!head.next_cursor || !last) return [fresh]
  const inHead = new Set(head.items.map((row) => row.id))
  const joint = pages.findIndex((page) => page.items.some((row) => row.id === last.id))
  if (joint < 0) return [fresh]
  const page = pages[joint] as KeptPage
  const behind = page.items.slice(page.items.findIndex((row) => row.id === last.id) + 1)
  const rest = behind.filter((row) => !inHead.has(row.id))
  const later = pages.slice(joint + 1).map((it) => ({
    ...it,
    items: it.items.filter((row) => !inHead.has(row.id)),
  }))
  return [fresh, { cursor: head.next_cursor, items: rest, next_cursor: page.next_cursor }, ...later]
}

/** Another reading of one page, where it was. */
export const withPage = (
  pages: readonly KeptPage[],
  cursor: string,
  again: RowPage,
): KeptPage[] => {
  const at = pages.findIndex((page) => page.cursor === cursor)
  if (at < 0) return [...pages]
  return pages.with(at, { ...again, cursor, next_cursor: (pages[at] as KeptPage).next_cursor })
}

/** A row as we know it will be, until it is read again. */
export const withRow = (
  pages: readonly KeptPage[],
  id: string,
  change: (row: TicketRow) => TicketRow,
): KeptPage[] =>
  pages.map((page) =>
    page.items.some((row) => row.id === id)
      ? { ...page, items: page.items.map((row) => (row.id === id ? change(row) : row)) }
      : page,
  )

/**
 * How far the rows in view have moved: the middle of what each of them did, so that the one which
 * rose to the head does not take the reader along.
 */
export function drift(
  before: readonly TicketRow[],
  after: readonly TicketRow[],
  first: number,
  last: number,
): number {
  const places = new Map(after.map((row, index) => [row.id, index]))
  const moves: number[] = []
  for (let index = first; index <= last && index < before.length; index++) {
    const place = places.get((before[index] as TicketRow).id)
    if (place !== undefined) moves.push(place - index)
  }
  moves.sort((a, b) => a - b)
  return moves[Math.floor(moves.length / 2)] ?? 0
}

/** How many of the rows before a place were not in the list before. */
export function arrived(
  before: readonly TicketRow[],
  after: readonly TicketRow[],
  until: number,
): string[] {
  const known = new Set(before.map((row) => row.id))
  return after
    .slice(0, until)
    .filter((row) => !known.has(row.id))
    .map((row) => row.id)
}
