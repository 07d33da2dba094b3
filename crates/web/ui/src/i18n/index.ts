/** The languages of the desk. Each is one chunk, loaded when it is first chosen. */
import { computed, type Ref } from 'vue'
import { createI18n, useI18n } from 'vue-i18n'
import { LOCALES, preferences, type Locale } from '@/preferences'

export { LOCALES, type Locale }
export const LOCALE_NAMES: Record<Locale, string> = { en: 'English', tr: 'Türkçe', fa: 'فارسی' }

const loaders: Record<Locale, () => Promise<{ default: object }>> = {
  en: () => import('@/locales/en'),
  tr: () => import('@/locales/tr'),
  fa: () => import('@/locales/fa'),
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

export async function setLocale(locale: Locale): Promise<void> {
  const messages = await loaders[locale]()
  i18n.global.setLocaleMessage(locale as never, messages.default as never)
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
