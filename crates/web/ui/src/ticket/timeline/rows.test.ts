import { describe, expect, test } from 'vitest'
import type { Entry, Item } from './entries'
import { pageOf, entriesOf, withItem, withNewest, withOlder, type TimelinePage } from './pages'
import { rowsOf, ticketsOf } from './rows'

const NOTHING = new Set<string>()
function item(id: string, at: string, more: Partial<Item> = {}): Item {
  return {
    id,
    occurred_at: at,
    kind: 'message',
    channel: 'chat',
    ticket: 't1',
    author: { kind: 'customer', id: null },
    message: { direction: 'inbound', from: { name: null, address: 'a' } },
    ...more,
  } as unknown as Item
}
const hidden = (at: string) =>
  ({ kind: 'message', channel: 'chat', occurred_at: at, restricted: true }) as Entry
const shape = (rows: ReturnType<typeof rowsOf>) => rows.map((it) => it.type).join(' ')

describe('rows', () => {
  test('a new day is marked once', () => {
    const rows = rowsOf(
      [
        item('a', '2026-11-20T10:00:00'),
        item('b', '2026-11-20T11:00:00'),
        item('c', '2026-11-21T10:00:00'),
      ],
      { opened: NOTHING, hasOlder: false },
    )
    expect(shape(rows)).toBe('day item item day item')
  })

  test('what one writes within five minutes stands together, another does not', () => {
    const rows = rowsOf(
      [
        item('a', '2026-11-20T10:00:00'),
        item('b', '2026-11-20T10:04:00'),
        item('c', '2026-11-20T10:10:00'),
        item('d', '2026-11-20T10:11:00', { author: { kind: 'agent', id: 'x' } }),
      ],
      { opened: NOTHING, hasOlder: false },
    )
    expect(rows.flatMap((it) => (it.type === 'item' ? [it.joined] : []))).toEqual([
      false,
      true,
      false,
      false,
    ])
  })

  test('what is of other tickets folds to one line, and unfolds by any of its items', () => {
    const entries = [
      item('a', '2026-11-20T10:00:00', { ticket: 't2' }),
      item('b', '2026-11-20T11:00:00', { ticket: null }),
      item('c', '2026-11-20T12:00:00'),
    ]
    const folded = rowsOf(entries, { ticket: 't1', opened: NOTHING, hasOlder: true })
    expect(shape(folded)).toBe('fold day item')
    expect(folded[0]).toMatchObject({ key: 'fold b', open: false, more: true })
    const open = rowsOf(entries, { ticket: 't1', opened: new Set(['a']), hasOlder: false })
    expect(shape(open)).toBe('fold day item item item')
    expect(ticketsOf(entries as Item[])).toEqual([
      { ticket: 't2', count: 1 },
      { ticket: null, count: 1 },
      { ticket: 't1', count: 1 },
    ])
  })

  test('what may not be read is one line per run', () => {
    const rows = rowsOf([hidden('2026-11-20T10:00:00'), hidden('2026-11-20T10:01:00')], {
      opened: NOTHING,
      hasOlder: false,
    })
    expect(shape(rows)).toBe('day hidden')
  })
})

describe('pages', () => {
  const page = (ids: string[], older: string | null, newer: string | null): TimelinePage => ({
    entries: ids.map((id) => item(id, '2026-11-20T10:00:00')),
    older,
    newer,
  })
  const ids = (pages: TimelinePage[]) => entriesOf(pages).map((it) => (it as Item).id)

  test('an answer is turned around', () => {
    const made = pageOf({
      items: [item('b', '2026-11-20T11:00:00'), item('a', '2026-11-20T10:00:00')],
      next_cursor: 'n',
    })
    expect([ids([made]), made.older, made.newer]).toEqual([['a', 'b'], 'n', null])
  })

  test('the newest page replaces what it overlaps', () => {
    const pages = [page(['a', 'b'], null, 'x'), page(['c', 'd'], 'y', null)]
    const made = withNewest(pages, page(['d', 'e'], 'z', null))
    expect(made && ids(made)).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(made?.[1]).toMatchObject({ older: 'y', newer: 'z' })
  })

  test('a newest page that does not adjoin is told as such', () => {
    expect(withNewest([page(['a'], null, null)], page(['x', 'y'], 'z', null))).toBeNull()
    expect(withNewest([page(['a'], null, null)], page(['x'], null, null))).toHaveLength(1)
  })

  test('only some pages are kept', () => {
    let pages: TimelinePage[] = []
    for (let i = 0; i < 20; i++) pages = withOlder(pages, page([`${i}`], 'o', 'n'))
    expect(ids(pages)).toEqual(['19', '18', '17', '16', '15', '14', '13'])
  })

  test('an item is renewed where it stands', () => {
    const pages = [page(['a', 'b'], null, null)]
    const made = withItem(pages, item('b', '2026-11-20T10:00:00', { body: 'new' }))
    expect((made[0]?.entries[1] as Item).body).toBe('new')
  })
})
