/**
 * A timeline as rows: days, items, and what is not of the ticket in front folded to one line per run.
 */
import { isItem, keyOf, voiceOf, type Entry, type Item } from './entries'

export interface Fold {
  type: 'fold'
  key: string
  items: Item[]
  open: boolean
  /** It stands where what is loaded begins: there may be more of it. */
  more: boolean
}
export type Row =
  | { type: 'day'; key: string; at: string }
  | { type: 'item'; key: string; item: Item; joined: boolean; other: boolean }
  | { type: 'hidden'; key: string; at: string; entries: Exclude<Entry, Item>[] }
  | Fold

export interface RowsOf {
  /** The ticket in front; without one, nothing is folded. */
  ticket?: string
  /** Ids of items whose runs are unfolded. */
  opened: ReadonlySet<string>
  /** Whether older entries are there that are not loaded. */
  hasOlder: boolean
}

/** What one writes within five minutes stands together under one name. */
const TOGETHER = 5 * 60_000

/** What is told in a line of its own: such lines stand close together. */
const isStory = (item: Item): boolean => item.kind === 'change' || item.kind === 'merge'

const dayOf = (instant: string): string => new Date(instant).toDateString()

export function rowsOf(entries: Entry[], { ticket, opened, hasOlder }: RowsOf): Row[] {
  const rows: Row[] = []
  let day = ''
  let before: Item | null = null

  const mark = (at: string) => {
    if (dayOf(at) === day) return
    day = dayOf(at)
    before = null
    rows.push({ type: 'day', key: `day ${day} ${rows.length === 0 ? 'first' : keyAt}`, at })
  }
  let keyAt = ''
  const show = (item: Item, other: boolean) => {
    keyAt = item.id
    mark(item.occurred_at)
    const near =
      before !== null && Date.parse(item.occurred_at) - Date.parse(before.occurred_at) <= TOGETHER
    const joined =
      before !== null &&
      ((near && voiceOf(before) === voiceOf(item)) || (isStory(before) && isStory(item)))
    rows.push({ type: 'item', key: item.id, item, joined, other })
    before = item
  }
  const isOther = (entry: Entry): entry is Item =>
    ticket !== undefined && isItem(entry) && entry.ticket !== ticket

  for (let i = 0; i < entries.length;) {
    const entry = entries[i] as Entry
    if (!isItem(entry)) {
      const run: Exclude<Entry, Item>[] = []
      for (let it = entries[i]; it && !isItem(it); it = entries[++i]) run.push(it)
      keyAt = keyOf(entry)
      mark(entry.occurred_at)
      rows.push({ type: 'hidden', key: keyOf(entry), at: entry.occurred_at, entries: run })
      before = null
    } else if (isOther(entry)) {
      const first = i
      const run: Item[] = []
      for (let it = entries[i]; it && isOther(it); it = entries[++i]) run.push(it)
      const open = run.some((it) => opened.has(it.id))
      // Named by its newest: older ones join it while one reads back.
      const key = `fold ${(run[run.length - 1] as Item).id}`
      rows.push({ type: 'fold', key, items: run, open, more: first === 0 && hasOlder })
      before = null
      if (open) for (const it of run) show(it, true)
      before = null
    } else {
      show(entry, false)
      i++
    }
  }
  return rows
}

/** The tickets of a run, each with how many of its items are in it, in their order. */
export function ticketsOf(items: Item[]): { ticket: string | null; count: number }[] {
  const counts = new Map<string | null, number>()
  for (const it of items) counts.set(it.ticket ?? null, (counts.get(it.ticket ?? null) ?? 0) + 1)
  return [...counts].map(([ticket, count]) => ({ ticket, count }))
}

/** When a row begins. */
export function timeOf(row: Row): string {
  if (row.type === 'item') return row.item.occurred_at
  return row.type === 'fold' ? (row.items[0]?.occurred_at ?? '') : row.at
}
