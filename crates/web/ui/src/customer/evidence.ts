/** Why two customers may be one, in words. */
import { useLanguage } from '@/i18n'
import { isolate } from '@/i18n/format'

export function useEvidence() {
  const { t, te } = useLanguage()
  return (piece: Record<string, Record<string, string>>): string => {
    const [name = '', told = {}] = Object.entries(piece)[0] ?? []
    const key = `customer.duplicates.evidence.${name}`
    if (!te(key)) return name.replaceAll('_', ' ')
    const kind = told.kind ? t(`customer.identities.kinds.${told.kind}`) : ''
    const values = Object.fromEntries(
      Object.entries(told).map(([field, value]) => [field, isolate(value)]),
    )
    return t(key, { ...values, kind })
  }
}
