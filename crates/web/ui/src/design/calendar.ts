/** Days in the reader's own calendar. A day is named as ISO names it, such as 2026-11-23. */
import type { Locale } from '@/preferences'

export interface DayParts {
  year: number
  month: number
  day: number
}
const DAY = 86_400_000
const CALENDARS: Record<Locale, string> = { en: 'gregory', tr: 'gregory', fa: 'persian' }
/** The day on which a week begins, as `getUTCDay` counts. */
const WEEK_STARTS: Record<Locale, number> = { en: 1, tr: 1, fa: 6 }
/** Years below are of the Persian calendar, years above of the common one: nobody's mail is older. */
const FIRST_COMMON = 1700

const iso = (ms: number) => new Date(ms).toISOString().slice(0, 10)
const ms = (day: string) => Date.parse(`${day}T00:00:00Z`)

/** Whether it names a day that there is. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(ms(text)) && iso(ms(text)) === text

export const moved = (day: string, days: number): string => iso(ms(day) + days * DAY)

/** The day that it is where the reader is. */
export function today(at = new Date()): string {
  return iso(Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()))
}

const made = new Map<string, Intl.DateTimeFormat>()
function formatter(tag: string, options: Intl.DateTimeFormatOptions) {
  const key = `${tag} ${JSON.stringify(options)}`
  const known = made.get(key) ?? new Intl.DateTimeFormat(tag, { ...options, timeZone: 'UTC' })
  made.set(key, known)
  return known
}
const words = (day: string, locale: Locale, options: Intl.DateTimeFormatOptions) =>
  formatter(`${locale}-u-ca-${CALENDARS[locale]}`, options).format(ms(day))

function inCalendar(day: string, calendar: string): DayParts {
  const options = { year: 'numeric', month: 'numeric', day: 'numeric' } as const
  const parts = formatter(`en-u-ca-${calendar}-nu-latn`, options).formatToParts(ms(day))
  const part = (name: string) => Number(parts.find((it) => it.type === name)?.value)
  return { year: part('year'), month: part('month'), day: part('day') }
}
export const partsOf = (day: string, locale: Locale): DayParts => inCalendar(day, CALENDARS[locale])

/** The day of a date in a calendar; null where there is no such date. */
function inYears({ year, month, day }: DayParts, calendar: string): string | null {
  if (!(year > 0 && year < 3000 && month >= 1 && month <= 12 && day >= 1 && day <= 31)) return null
  const days =
    calendar === 'gregory'
      ? [iso(Date.UTC(year, month - 1, day))]
      : // The Persian year begins with spring, on one of these days of March.
        [19, 20, 21, 22].map((spring) => {
          const before = month <= 7 ? (month - 1) * 31 : 186 + (month - 7) * 30
          return iso(Date.UTC(year + 621, 2, spring + before + day - 1))
        })
  const fits = (it: string) => {
    const parts = inCalendar(it, calendar)
    return parts.year === year && parts.month === month && parts.day === day
  }
  return days.find(fits) ?? null
}
export const dayOf = (parts: DayParts, locale: Locale): string | null =>
  inYears(parts, CALENDARS[locale])

/** The same day of another month; the last one where that month is shorter. */
export function movedMonths(day: string, months: number, locale: Locale): string {
  const from = partsOf(day, locale)
  const count = from.year * 12 + from.month - 1 + months
  const to = { year: Math.floor(count / 12), month: (count % 12) + 1 }
  for (const wanted of [from.day, 30, 29, 28]) {
    const found = wanted <= from.day && dayOf({ ...to, day: wanted }, locale)
    if (found) return found
  }
  return day
}

/** The weeks of the month of a day, with what of its neighbours stands in them. */
export function weeksOf(day: string, locale: Locale): string[][] {
  const first = moved(day, 1 - partsOf(day, locale).day)
  const { month } = partsOf(first, locale)
  const before = (new Date(ms(first)).getUTCDay() - WEEK_STARTS[locale] + 7) % 7
  const weeks: string[][] = []
  for (let start = moved(first, -before); ; start = moved(start, 7)) {
    if (weeks.length && partsOf(start, locale).month !== month) return weeks
    weeks.push(Array.from({ length: 7 }, (_, at) => moved(start, at)))
  }
}

export const dayShown = (day: string, locale: Locale): string =>
  words(day, locale, { day: 'numeric', month: 'short', year: 'numeric' })
export const daySpoken = (day: string, locale: Locale): string =>
  words(day, locale, { dateStyle: 'full' })
/** The month goes before its year in all our languages; Intl turns them round in Persian. */
export const monthShown = (day: string, locale: Locale): string => {
  const year = new Intl.NumberFormat(locale, { useGrouping: false })
  const month = words(day, locale, { month: 'long' })
  return `${month} ${year.format(partsOf(day, locale).year)}`
}
export const weekdayShown = (day: string, locale: Locale): string =>
  words(day, locale, { weekday: 'narrow' })
export const weekdaySpoken = (day: string, locale: Locale): string =>
  words(day, locale, { weekday: 'long' })
export const numberOfDay = (day: string, locale: Locale): string =>
  new Intl.NumberFormat(locale).format(partsOf(day, locale).day)

/** Digits of any writing as ours, letters of Arabic keyboards as Persian ones, marks away. */
const plain = (text: string, locale: Locale) =>
  text
    .replace(/[۰-۹]/g, (it) => String(it.charCodeAt(0) - 0x6f0))
    .replace(/[٠-٩]/g, (it) => String(it.charCodeAt(0) - 0x660))
    .replaceAll('ي', 'ی')
    .replaceAll('ك', 'ک')
    .replace(/[\u200c-\u200f]/g, '')
    .toLocaleLowerCase(locale)

/** Which month a word begins to name; 0 where it names none. */
function monthNamed(word: string, locale: Locale): number {
  const year = partsOf(today(), locale).year
  for (let month = 1; month <= 12; month++) {
    const day = dayOf({ year, month, day: 1 }, locale) ?? ''
    const name = plain(words(day, locale, { month: 'long' }), locale)
    if (word.length >= 2 && name.startsWith(word)) return month
  }
  return 0
}

/** Which number of a date in digits stands where. */
const ORDERS: Record<Locale, (keyof DayParts)[]> = {
  en: ['month', 'day', 'year'],
  tr: ['day', 'month', 'year'],
  fa: ['year', 'month', 'day'],
}

/** The day that somebody wrote; null where it is none. Without a year it is one of this year. */
export function readDay(text: string, locale: Locale, at = today()): string | null {
  const all = plain(text, locale)
  const numbers = (all.match(/\d+/g) ?? []).map(Number)
  const month = (all.match(/\p{L}+/gu) ?? []).map((it) => monthNamed(it, locale)).find(Boolean)
  const parts: Partial<DayParts> = {}
  if (month) {
    parts.month = month
    parts.year = numbers.find((it) => it > 31)
    parts.day = numbers.find((it) => it <= 31)
    if (numbers.length > 2) return null
  } else {
    const order = numbers[0] && numbers[0] > 31 ? ORDERS.fa : ORDERS[locale]
    const named = numbers.length === 2 ? order.filter((it) => it !== 'year') : order
    if (/\p{L}/u.test(all) || numbers.length !== named.length) return null
    named.forEach((it, place) => (parts[it] = numbers[place]))
  }
  const year = parts.year ?? partsOf(at, locale).year
  const { month: ofMonth = 0, day = 0 } = parts
  return inYears({ year, month: ofMonth, day }, year < FIRST_COMMON ? 'persian' : 'gregory')
}

const local = (day: string, more: number) => {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number]
  return new Date(year, month - 1, date + more).toISOString()
}
/** The instants between which some days lie where the reader is; `until` names the last of them. */
export const spanOf = (since: string, until: string): { since?: string; until?: string } => ({
  ...(isDay(since) ? { since: local(since, 0) } : {}),
  ...(isDay(until) ? { until: local(until, 1) } : {}),
})
