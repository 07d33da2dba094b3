import { describe, expect, test } from 'vitest'
import { undoOf } from './bulk'
import {
  conditions,
  dayOf,
  endOf,
  filterOf,
  isChanged,
  queryOf,
  startOf,
  type Filter,
} from './filter'
import { swapped } from './order'
import { arrived, drift, rowsOf, withHead, withPage, type KeptPage } from './pages'
import { dragged, sizesOf, type Pane } from './panes'
import type { TicketRow } from './rows'
import { extend, NOTHING, toggle, within } from './selection'
import { titleOf } from './title'
import type { ViewOut } from '@/api/views'

const row = (id: string, more: Partial<TicketRow> = {}): TicketRow =>
  ({ id, tags: [], status: 'open', priority: 'normal', ...more }) as unknown as TicketRow
const page = (ids: string, cursor: string | null, next: string | null): KeptPage => ({
  cursor,
  items: [...ids].map((id) => row(id)),
  next_cursor: next,
})
const read = (pages: KeptPage[]) =>
  rowsOf(pages)
    .map((it) => it.id)
    .join('')

describe('the address of a list', () => {
  const base: Filter = { category: ['open'], assignee_agent: ['none'] }
  test('says what differs from the view, and gives it back', () => {
    const filter: Filter = { category: ['open', 'waiting'], q: ['kargo'], sort: ['priority'] }
    const query = queryOf(base, filter)
    expect(query).toEqual({
      category: ['open', 'waiting'],
      assignee_agent: '',
      q: 'kargo',
      sort: 'priority',
    })
    expect(filterOf(base, query as never)).toEqual(filter)
    expect(conditions(base, filter)).toBe(2)
  })
  test('is empty for the view itself, and bears what it does not know', () => {
    expect(isChanged(base, { ...base })).toBe(false)
    expect(filterOf(base, { item: 'itm_1', category: 'open' })).toEqual(base)
  })
  test('days are whole days where the reader is', () => {
    expect(dayOf(startOf('2026-03-28'))).toBe('2026-03-28')
    expect(dayOf(endOf('2026-03-28'), true)).toBe('2026-03-28')
    expect(Date.parse(endOf('2026-03-28'))).toBeGreaterThan(Date.parse(startOf('2026-03-28')))
  })
})

describe('pages', () => {
  const pages = [page('abcd', null, '1'), page('efgh', '1', '2')]
  test('a fresh head goes before what follows it', () => {
    const head = { items: [...'xgab'].map((id) => row(id)), next_cursor: '9' }
    const fresh = withHead(pages, head)
    expect(read(fresh)).toBe('xgabcdefh')
    expect(fresh.map((it) => it.cursor)).toEqual([null, '9', '1'])
    expect(fresh.at(-1)?.next_cursor).toBe('2')
  })
  test('what left the list within the head is gone', () => {
    expect(read(withHead(pages, { items: [row('a'), row('c')], next_cursor: '9' }))).toBe('acdefgh')
  })
  test('a head that meets nothing known begins anew', () => {
    expect(read(withHead(pages, { items: [row('x'), row('y')], next_cursor: '9' }))).toBe('xy')
    expect(read(withHead(pages, { items: [row('x')], next_cursor: null }))).toBe('x')
  })
  test('one page can be read again; doubles show once', () => {
    const again = { items: [...'eghi'].map((id) => row(id)), next_cursor: 'zz' }
    const fresh = withPage(pages, '1', again)
    expect(read(fresh)).toBe('abcdeghi')
    expect(fresh[1]?.next_cursor).toBe('2')
    expect(read([page('ab', null, '1'), page('bc', '1', null)])).toBe('abc')
  })
  test('the place of the reader follows the rows and not the one that rose', () => {
    const before = rowsOf([page('abcdefgh', null, null)])
    const after = rowsOf([page('xyeabcdfgh', null, null)])
    expect(drift(before, after, 3, 6)).toBe(2)
    expect(arrived(before, after, 5)).toEqual(['x', 'y'])
  })
})

describe('what is chosen', () => {
  const order = [...'abcdef']
  test('ranges go from the last one chosen, both ways', () => {
    const two = toggle(toggle(NOTHING, 'a'), 'd')
    expect([...extend(two, order, 'b').ids].sort().join('')).toBe('abcd')
    expect([...extend(two, order, 'f').ids].sort().join('')).toBe('adef')
    expect([...extend(NOTHING, order, 'c').ids]).toEqual(['c'])
  })
  test('what leaves the list is not changed unseen', () => {
    expect([...within(toggle(toggle(NOTHING, 'a'), 'z'), order).ids]).toEqual(['a'])
  })
})

describe('the way back', () => {
  const tag = (name: string) => ({ id: name, name }) as never
  test('gives each what it had; the same goes together', () => {
    const tickets = [row('a', { status: 'open' }), row('b', { status: 'waiting' }), row('c')]
    expect(undoOf(tickets, { status: 'resolved' })).toEqual([
      { tickets: ['a', 'c'], change: { status: 'open' } },
      { tickets: ['b'], change: { status: 'waiting' } },
    ])
  })
  test('takes off only the tags that were put on, and knows them by any writing', () => {
    const tickets = [row('a', { tags: [tag('Ödeme')] }), row('b')]
    expect(undoOf(tickets, { add_tags: ['odeme'] })).toEqual([
      { tickets: ['b'], change: { remove_tags: ['odeme'] } },
    ])
    expect(undoOf(tickets, { remove_tags: ['ödeme'] })).toEqual([
      { tickets: ['a'], change: { add_tags: ['ödeme'] } },
    ])
  })
  test('nobody is given back as nobody', () => {
    const ticket = row('a', { assignee_agent: null })
    expect(undoOf([ticket], { assignee_agent: 'agt_1' })).toEqual([
      { tickets: ['a'], change: { assignee_agent: null } },
    ])
  })
})

test('panes keep their bounds and their sum', () => {
  const panes: Pane[] = [
    { name: 'list', size: 30, min: 20, max: 45 },
    { name: 'ticket', size: 46, min: 30, max: 65 },
    { name: 'customer', size: 24, min: 18, max: 35 },
  ]
  expect(sizesOf(panes, undefined)).toEqual([30, 46, 24])
  expect(sizesOf(panes, [10, 66, 24])).toEqual([30, 46, 24])
  expect(dragged(panes, [30, 46, 24], 0, 30)).toEqual([45, 31, 24])
  expect(dragged(panes, [30, 46, 24], 0, -30)).toEqual([20, 56, 24])
  expect(dragged(panes, [30, 46, 24], 1, 30)).toEqual([30, 52, 18])
})

test('a view goes up one place with the least changes, also among doubles', () => {
  const views = ['a', 'b', 'c'].map((id) => ({ id, position: 0 }) as ViewOut)
  const changes = swapped(views, 'b', -1).map((it) => [it.view.id, it.position])
  expect(changes).toEqual([
    ['a', 1],
    ['c', 2],
  ])
  expect(swapped(views, 'a', -1)).toEqual([])
})

test('the title tells how many wait', () => {
  expect(titleOf('All open', '12')).toBe('(12) All open · Throughline')
  expect(titleOf('', null)).toBe('Throughline')
})
