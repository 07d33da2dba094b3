/** The languages of the desk. Each comes in parts, as the places that speak them are first opened. */
import { computed, type Ref } from 'vue'
import { createI18n, useI18n } from 'vue-i18n'
import { LOCALES, preferences, type Locale } from '@/preferences'

export { LOCALES, type Locale }
export const LOCALE_NAMES: Record<Locale, string> = { en: 'English', tr: 'Türkçe', fa: 'فارسی' }

/** What the list needs, what a ticket and a customer need besides, and the administration. */
export type Part = 'first' | 'reading' | 'admin'

const loaders: Record<Locale, Record<Part, () => Promise<{ default: object }>>> = {
  en: {
    first: () => import('@/locales/en/first'),
    reading: () => import('@/locales/en/reading'),
    admin: () => import('@/locales/en/admin'),
  },
  tr: {
    first: () => import('@/locales/tr/first'),
    reading: () => import('@/locales/tr/reading'),
    admin: () => import('@/locales/tr/admin'),
  },
  fa: {
    first: () => import('@/locales/fa/first'),
    reading: () => import('@/locales/fa/reading'),
    admin: () => import('@/locales/fa/admin'),
  },
}

export const directionOf = (locale: string): 'rtl' | 'ltr' => (locale === 'fa' ? 'rtl' : 'ltr')

/** Two forms are "one | other", as Unicode's rules of the language choose between them. */
export function pluralRule(locale: Locale): (count: number, forms: number) => number {
  const rules = new Intl.PluralRules(locale)
  return (count, forms) => (forms < 2 || rules.select(count) === 'one' ? 0 : 1)
}

export const i18n = createI18n({
  legacy: false as const,
  locale: 'en',
  fallbackLocale: 'en',
  pluralRules: { en: pluralRule('en'), tr: pluralRule('tr'), fa: pluralRule('fa') },
})
// The library ties the type of a locale to the messages it was made with; ours come later.
const current = i18n.global.locale as unknown as Ref<string>

const needed = new Set<Part>(['first'])

const load = (locale: Locale, parts: Iterable<Part>) =>
  Promise.all(
    [...parts].map(async (part) => {
      const messages = await loaders[locale][part]()
      i18n.global.mergeLocaleMessage(locale as never, messages.default as never)
    }),
  )

/** Before a place is shown, its words are there; from then on in every language that is chosen. */
export async function needWords(part: Part): Promise<void> {
  needed.add(part)
  await load(current.value as Locale, [part])
}

export async function setLocale(locale: Locale): Promise<void> {
  await load(locale, needed)
  current.value = locale
  document.documentElement.lang = locale
  document.documentElement.dir = directionOf(locale)
  preferences.locale = locale
}

function browserLocale(): Locale {
  const wanted = navigator.languages.map((tag) => tag.slice(0, 2))
  return LOCALES.find((locale) => wanted[0] === locale) ?? 'en'
}

export const useKeptLocale = (): Promise<void> => setLocale(preferences.locale ?? browserLocale())

/** What a component needs of its language: messages, the locale, its direction. */
export function useLanguage() {
  const { t, te } = useI18n()
  const locale = computed(() => current.value as Locale)
  return { t, te, locale, dir: computed(() => directionOf(locale.value)) }
}
