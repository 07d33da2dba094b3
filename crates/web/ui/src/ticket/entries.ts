/** The timeline as rows: days, items, and what belongs to other tickets folded to one line per run. */
import type { Schemas } from '@/api/client'

export type Item = Schemas['ItemOut']
export type Entry = Schemas['EntryOut']

export type Row =
  | { type: 'day'; key: string; at: string }
  | { type: 'item'; key: string; item: Item; other: boolean }
  | { type: 'restricted'; key: string; entry: Schemas['RestrictedOut'] }
  | { type: 'fold'; key: string; items: Item[]; open: boolean }

export const isRestricted = (entry: Entry): entry is Schemas['RestrictedOut'] =>
  'restricted' in entry && entry.restricted

/** Items that came with several pages, each once, oldest first. */
export function oldestFirst(pages: { items: Entry[] }[]): Entry[] {
  const seen = new Set<string>()
  return pages
    .flatMap((page) => page.items)
    .filter((it) => {
      if (isRestricted(it)) return true
      const known = seen.has(it.id)
      seen.add(it.id)
      return !known
    })
    .toReversed()
}

const dayOf = (instant: string) => new Date(instant).toDateString()

/** `opened` holds ids of items; a run is open while it holds one of them. */
export function rowsOf(entries: Entry[], ticket: string | undefined, opened: Set<string>): Row[] {
  const rows: Row[] = []
  let day = ''
  const mark = (at: string) => {
    if (dayOf(at) !== day) rows.push({ type: 'day', key: `day ${dayOf(at)} ${rows.length}`, at })
    day = dayOf(at)
  }
  const isOther = (it: Entry): boolean =>
    !isRestricted(it) && ticket !== undefined && it.ticket !== null && it.ticket !== ticket
  for (let i = 0; i < entries.length; i++) {
    const it = entries[i] as Entry
    mark(it.occurred_at)
    if (isRestricted(it)) {
      rows.push({ type: 'restricted', key: `restricted ${it.occurred_at} ${i}`, entry: it })
      continue
    }
    if (!isOther(it)) {
      rows.push({ type: 'item', key: it.id, item: it, other: false })
      continue
    }
    const run: Item[] = [it]
    for (let next = entries[i + 1]; next && isOther(next); next = entries[i + 1]) {
      run.push(next as Item)
      i++
    }
    const open = run.some((one) => opened.has(one.id))
    // Named by its newest: older ones join it while one reads back.
    const newest = run[run.length - 1] as Item
    rows.push({ type: 'fold', key: `fold ${newest.id}`, items: run, open })
    for (const one of open ? run : []) {
      mark(one.occurred_at)
      rows.push({ type: 'item', key: one.id, item: one, other: true })
    }
    day = dayOf(newest.occurred_at)
  }
  return rows
}
