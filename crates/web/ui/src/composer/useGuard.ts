/** Looks at what is being written for questions that the customer has answered before. */
import { computed, onScopeDispose, ref, watch, type Ref } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { useLanguage } from '@/i18n'

export type Findings = Schemas['FindingsOut']
export type Finding = Schemas['FindingOut']
const PAUSE = 1200

export function useGuard(ticket: Ref<string>, body: Ref<string>, isOn: Ref<boolean>) {
  const { locale } = useLanguage()
  const findings = ref<Findings | null>(null)
  /** The text that the findings are about. */
  const about = ref('')
  let timer: ReturnType<typeof setTimeout> | undefined

  async function check(): Promise<Findings | null> {
    clearTimeout(timer)
    const text = body.value
    if (!isOn.value || !text.trim()) return (findings.value = null)
    if (findings.value && about.value === text) return findings.value
    try {
      const found = await good(
        api.POST('/api/v1/tickets/{id}/draft/check', {
          params: { path: { id: ticket.value } },
          body: {
            body: text,
            language: locale.value,
            utc_offset_minutes: -new Date().getTimezoneOffset(),
          },
        }),
      )
      if (body.value === text) {
        findings.value = found
        about.value = text
      }
      return found
    } catch {
      // The guard is a help: what it cannot tell holds nothing up.
      return null
    }
  }

  watch([body, isOn], () => {
    clearTimeout(timer)
    // What is said of another text is shown no longer than its sentence stands there.
    if (!isOn.value || !body.value.trim()) findings.value = null
    else timer = setTimeout(() => void check(), PAUSE)
  })
  onScopeDispose(() => clearTimeout(timer))

  return {
    check,
    asks: computed(() => findings.value?.asks ?? []),
    promises: computed(() => findings.value?.promises ?? []),
    isFresh: computed(() => about.value === body.value),
    mode: computed(() => findings.value?.mode ?? 'warn'),
  }
}
