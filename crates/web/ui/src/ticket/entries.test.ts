import { expect, test } from 'vitest'
import { oldestFirst, rowsOf, type Entry } from './entries'
import { linksOf, segmentsOf } from './segments'

const item = (id: string, ticket: string | null, at: string) =>
  ({ id, ticket, occurred_at: at }) as unknown as Entry
const entries = [
  item('a', 't1', '2026-03-01T10:00:00Z'),
  item('b', 't2', '2026-03-01T11:00:00Z'),
  item('c', 't2', '2026-03-03T11:00:00Z'),
  item('d', null, '2026-03-03T12:00:00Z'),
  item('e', 't1', '2026-03-04T12:00:00Z'),
]
const types = (opened: string[]) =>
  rowsOf(entries, 't1', new Set(opened)).map((it) => (it.type === 'item' ? it.key : it.type))

test('a run of other tickets is one line, and what has no ticket is shown', () => {
  expect(types([])).toEqual(['day', 'a', 'fold', 'd', 'day', 'e'])
})

test('an open run shows its items with their days', () => {
  expect(types(['c'])).toEqual(['day', 'a', 'fold', 'b', 'day', 'c', 'd', 'day', 'e'])
})

test('without a ticket nothing is folded', () => {
  const rows = rowsOf(entries, undefined, new Set())
  expect(rows.some((it) => it.type === 'fold')).toBe(false)
})

test('what two pages both hold comes once', () => {
  const pages = [{ items: [entries[1], entries[0]] }, { items: [entries[0]] }] as never
  expect(oldestFirst(pages)).toEqual([entries[0], entries[1]])
})

test('spans count code points', () => {
  const spans = [{ kind: 'quote', start: 3, end: 6, confidence: 1, rule: 'our_words' }]
  expect(segmentsOf('😀a\n> b', spans)).toEqual([
    { text: '😀a', fold: null },
    { text: '> b', fold: 'quote' },
  ])
})

test('a link ends before the full stop', () => {
  expect(linksOf('see https://example.com/a. Now').map((it) => it.href)).toEqual([
    null,
    'https://example.com/a',
    null,
  ])
})
