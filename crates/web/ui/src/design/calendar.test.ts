import { describe, expect, test } from 'vitest'
import {
  dayOf,
  dayShown,
  isDay,
  monthShown,
  moved,
  movedMonths,
  partsOf,
  readDay,
  spanOf,
  today,
  weeksOf,
} from './calendar'

describe('days of the Persian calendar', () => {
  test('there and back, over leap years', () => {
    for (let day = '2023-01-01'; day < '2031-01-01'; day = moved(day, 1))
      expect(dayOf(partsOf(day, 'fa'), 'fa'), day).toBe(day)
  })

  test('known ones', () => {
    expect(partsOf('2026-11-23', 'fa')).toEqual({ year: 1405, month: 9, day: 2 })
    expect(dayOf({ year: 1403, month: 12, day: 30 }, 'fa')).toBe('2025-03-20')
    expect(dayOf({ year: 1404, month: 12, day: 30 }, 'fa')).toBeNull()
    expect(dayShown('2026-11-23', 'fa')).toMatch(/۲ آذر ۱۴۰۵/)
    expect(monthShown('2026-11-23', 'fa')).toBe('آذر ۱۴۰۵')
    expect(monthShown('2026-11-23', 'tr')).toBe('Kasım 2026')
  })

  test('another month has the same day, or its last', () => {
    expect(partsOf(movedMonths('2026-09-22', 1, 'fa'), 'fa')).toEqual({
      year: 1405,
      month: 7,
      day: 30,
    })
    expect(movedMonths('2026-03-31', -1, 'en')).toBe('2026-02-28')
    expect(movedMonths('2026-12-05', 1, 'tr')).toBe('2027-01-05')
  })

  test('its weeks begin on Saturday and hold the whole month', () => {
    const weeks = weeksOf('2026-11-23', 'fa')
    expect(weeks.every(([first]) => new Date(`${first}T00:00Z`).getUTCDay() === 6)).toBe(true)
    expect(weeks.flat().filter((it) => partsOf(it, 'fa').month === 9)).toHaveLength(30)
    expect(weeksOf('2026-11-23', 'tr')[0]?.[0]).toBe('2026-10-26')
  })
})

describe('what somebody writes as a day', () => {
  test.each([
    ['2026-11-23', 'en', '2026-11-23'],
    ['11/23/2026', 'en', '2026-11-23'],
    ['Nov 23', 'en', '2026-11-23'],
    ['23 november 2025', 'en', '2025-11-23'],
    ['23.11.2026', 'tr', '2026-11-23'],
    ['23 Kas 2026', 'tr', '2026-11-23'],
    ['1 ŞUB 2026', 'tr', '2026-02-01'],
    ['۱۴۰۵/۰۹/۰۲', 'fa', '2026-11-23'],
    ['1405-9-2', 'fa', '2026-11-23'],
    ['۲ آذر', 'fa', '2026-11-23'],
    ['2 دي ۱۴۰۵', 'fa', '2026-12-23'],
    ['2026-11-23', 'fa', '2026-11-23'],
  ] as const)('%s in %s', (text, locale, day) => {
    expect(readDay(text, locale, '2026-11-24')).toBe(day)
  })

  test.each(['', 'soon', '31.02.2026', '5', 'Nov', '1 2 3 4', '2026-13-01'])(
    '%s is none',
    (text) => {
      expect(readDay(text, 'tr', '2026-11-24')).toBeNull()
    },
  )

  test('what is shown can be read again', () => {
    for (const locale of ['en', 'tr', 'fa'] as const)
      for (let day = '2026-01-01'; day < '2027-01-01'; day = moved(day, 5))
        expect(readDay(dayShown(day, locale), locale), `${day} in ${locale}`).toBe(day)
  })
})

test('a span holds its last day wholly, by the clock of the reader', () => {
  const { since, until } = spanOf('2026-11-23', '2026-11-23')
  expect(new Date(since as string).getHours()).toBe(0)
  expect(Date.parse(until as string) - Date.parse(since as string)).toBe(86_400_000)
  expect(spanOf('2026-02-31', 'x')).toEqual({})
  expect(isDay(today())).toBe(true)
})
