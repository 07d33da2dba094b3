/** Dates, numbers and sizes in the reader's language, calendar and time zone. */
import { computed, ref } from 'vue'
import { useLanguage, type Locale } from './index'

/** A clock that ticks each half minute, so that "5 minutes ago" grows old on an idle screen. */
const now = ref(Date.now())
setInterval(() => (now.value = Date.now()), 30_000)

/** Isolates a value inside a translated sentence: a Latin name must not reorder a Persian one. */
export const isolate = (value: string): string => `\u2068${value}\u2069`

const made = new Map<string, unknown>()
function once<T>(key: string, make: () => T): T {
  if (!made.has(key)) made.set(key, make())
  return made.get(key) as T
}

export function relative(instant: string, locale: Locale, at: number): string {
  const seconds = (Date.parse(instant) - at) / 1000
  const format = once(
    `relative ${locale}`,
    () => new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'narrow' }),
  )
  const size = Math.abs(seconds)
  if (size < 60) return format.format(Math.round(seconds), 'second')
  if (size < 3600) return format.format(Math.round(seconds / 60), 'minute')
  if (size < 86_400) return format.format(Math.round(seconds / 3600), 'hour')
  if (size < 30 * 86_400) return format.format(Math.round(seconds / 86_400), 'day')
  return date(instant, locale)
}

const dates = (locale: Locale, name: string, options: Intl.DateTimeFormatOptions) =>
  once(`${name} ${locale}`, () => new Intl.DateTimeFormat(locale, options))

export const date = (instant: string, locale: Locale): string =>
  dates(locale, 'date', { day: 'numeric', month: 'short', year: 'numeric' }).format(
    new Date(instant),
  )

export const dateTime = (instant: string, locale: Locale): string =>
  dates(locale, 'dateTime', { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(instant))

export const time = (instant: string, locale: Locale): string =>
  dates(locale, 'time', { timeStyle: 'short' }).format(new Date(instant))

/** A day as a heading: without its year while it is this year's. */
export function day(instant: string, locale: Locale, at = Date.now()): string {
  const then = new Date(instant)
  const sameYear = then.getFullYear() === new Date(at).getFullYear()
  const options: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'long' }
  return dates(
    locale,
    `day ${sameYear}`,
    sameYear ? options : { ...options, year: 'numeric' },
  ).format(then)
}

export const number = (value: number, locale: Locale): string =>
  once(`number ${locale}`, () => new Intl.NumberFormat(locale)).format(value)

export function bytes(size: number, locale: Locale): string {
  const [unit, divisor] =
    size >= 1e9
      ? ['gigabyte', 1e9]
      : size >= 1e6
        ? ['megabyte', 1e6]
        : size >= 1e3
          ? ['kilobyte', 1e3]
          : ['byte', 1]
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: unit as string,
    // Bytes have no short form that agrees with their number, and Persian has none of its own.
    unitDisplay: size < 1e3 || locale === 'fa' ? 'long' : 'short',
    maximumFractionDigits: size >= 1e6 ? 1 : 0,
  }).format(size / (divisor as number))
}

const AMOUNT = /^(-?\d+(?:\.(\d+))?) ([A-Z]{3})$/

/** An amount as the server writes it, "1250.5 TRY"; what is no such stays as it is. */
export function amount(text: string, locale: Locale): string {
  const [, value, fraction, currency] = AMOUNT.exec(text) ?? []
  // The toman has no code of its own; people write it all the same.
  const known = once('money', () => new Set([...Intl.supportedValuesOf('currency'), 'IRT']))
  if (!value || !currency || !known.has(currency)) return text
  const style = { style: 'currency', currency, currencyDisplay: 'code' } as const
  const usual = new Intl.NumberFormat(locale, style).resolvedOptions().maximumFractionDigits ?? 2
  const maximumFractionDigits = Math.min(20, Math.max(usual, fraction?.length ?? 0))
  // As a text: a number would round what has many digits.
  return new Intl.NumberFormat(locale, { ...style, maximumFractionDigits }).format(value as never)
}

/** Seconds as minutes and seconds: 3:07. */
export function duration(seconds: number, locale: Locale): string {
  const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 })
  return `${number(Math.floor(seconds / 60), locale)}:${two.format(Math.floor(seconds % 60))}`
}

/** The same, bound to the reader's language and a clock that ticks. */
export function useFormat() {
  const { locale } = useLanguage()
  return {
    now: computed(() => now.value),
    relative: (instant: string) => relative(instant, locale.value, now.value),
    date: (instant: string) => date(instant, locale.value),
    dateTime: (instant: string) => dateTime(instant, locale.value),
    time: (instant: string) => time(instant, locale.value),
    day: (instant: string) => day(instant, locale.value),
    number: (value: number) => number(value, locale.value),
    amount: (text: string) => amount(text, locale.value),
    bytes: (size: number) => bytes(size, locale.value),
    duration: (seconds: number) => duration(seconds, locale.value),
  }
}
