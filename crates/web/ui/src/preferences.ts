/** What one person likes on this browser: kept here, since it differs between a phone and a desk. */
import { reactive, watch } from 'vue'

export type Theme = 'light' | 'dark' | 'system'
export type Density = 'comfortable' | 'compact'
export const LOCALES = ['en', 'tr', 'fa'] as const
export type Locale = (typeof LOCALES)[number]

interface Preferences {
  theme: Theme
  density: Density
  locale: Locale | null
  /** Widths of panes by name, in percent of the window. */
  panes: Record<string, number[]>
  /** The four hints of the tour were seen or sent away. */
  tourSeen: boolean
  /** The hint to go on with: those before it were read. */
  tourAt: number
}

const KEY = 'throughline.preferences'
const DEFAULTS: Preferences = {
  theme: 'system',
  density: 'comfortable',
  locale: null,
  panes: {},
  tourSeen: false,
  tourAt: 0,
}

function kept(): Partial<Preferences> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>
  } catch {
    return {}
  }
}

export const preferences = reactive<Preferences>({ ...DEFAULTS, ...kept() })

const systemDark = matchMedia('(prefers-color-scheme: dark)')

export function isDark(): boolean {
  return preferences.theme === 'dark' || (preferences.theme === 'system' && systemDark.matches)
}

export function applyPreferences(): void {
  const show = () => {
    document.documentElement.dataset.theme = isDark() ? 'dark' : 'light'
    document.documentElement.dataset.density = preferences.density
  }
  systemDark.addEventListener('change', show)
  watch(
    preferences,
    () => {
      localStorage.setItem(KEY, JSON.stringify(preferences))
      show()
    },
    { deep: true },
  )
  show()
}
