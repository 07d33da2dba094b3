/** Names of kinds of facts: ours in the reader's language, those that an admin made as they are called. */
import { useLanguage } from '@/i18n'

export function useFactWords() {
  const { t, te } = useLanguage()
  return {
    kind: (kind: string) => {
      const key = `customer.facts.kinds.${kind}`
      return te(key) ? t(key) : kind.replaceAll('_', ' ')
    },
  }
}
