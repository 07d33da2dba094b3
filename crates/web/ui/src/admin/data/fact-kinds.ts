import { useLanguage } from '@/i18n'

/** What a kind of facts is called: ours by a translated name, a workspace's own by its key. */
export function useFactKinds() {
  const { t, te } = useLanguage()
  return {
    kindName: (kind: string) => (te(`admin.factKind.${kind}`) ? t(`admin.factKind.${kind}`) : kind),
  }
}
