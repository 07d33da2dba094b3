import { describe, expect, test } from 'vitest'
import { misfit, presets, toField } from './schedule'

const names = (now: Date) => presets(now).map((it) => it.name)

describe('the times that are offered', () => {
  test('on a Tuesday at noon', () => {
    const now = new Date(2026, 10, 24, 12, 3)
    expect(names(now)).toEqual(['hour', 'evening', 'morning', 'monday'])
    expect(presets(now).map((it) => toField(it.at))).toEqual([
      '2026-11-24T13:05',
      '2026-11-24T18:00',
      '2026-11-25T09:00',
      '2026-11-30T09:00',
    ])
  })
  test('in the evening, and on a Sunday', () => {
    expect(names(new Date(2026, 10, 24, 20, 0))).toEqual(['hour', 'morning', 'monday'])
    expect(names(new Date(2026, 10, 29, 20, 0))).toEqual(['hour', 'morning'])
  })
})

test('a time has to come, and within a year', () => {
  const now = new Date(2026, 10, 24)
  expect(misfit(null, now)).toBe('unread')
  expect(misfit(new Date('nonsense'), now)).toBe('unread')
  expect(misfit(new Date(2026, 10, 23), now)).toBe('past')
  expect(misfit(new Date(2028, 1, 1), now)).toBe('far')
  expect(misfit(new Date(2026, 10, 25), now)).toBeNull()
})
