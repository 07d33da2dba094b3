/** A mapping tried on what came, a moment after one of them was changed. Nothing is stored by it. */
import { useQuery } from '@tanstack/vue-query'
import { computed, ref, shallowRef, watch, type Ref } from 'vue'
import { useLanguage } from '@/i18n'
import { adminKey } from '../kit/list'
import { useSay } from '../kit/say'
import { readJson, refused, tryMapping, type Sample, type Trial } from './mapping'

/** How long nobody has to write anything before the server is asked, in milliseconds. */
const PAUSE = 400

export function useTrial(id: string, text: Ref<string>, sample: Ref<Sample | null>) {
  const { t } = useLanguage()
  const say = useSay()
  const now = computed(() => ({ text: text.value.trim() ? text.value : '', sample: sample.value }))
  const asked = ref(now.value)
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(now, (latest, before) => {
    clearTimeout(timer)
    // Another delivery is chosen at once; words are written one after the other.
    const pause = JSON.stringify(latest.sample) === JSON.stringify(before.sample) ? PAUSE : 0
    timer = setTimeout(() => (asked.value = latest), pause)
  })
  const mapping = computed(() =>
    asked.value.text ? readJson(asked.value.text, t('admin.kit.noJson')) : {},
  )
  const query = useQuery({
    queryKey: computed(() => adminKey('mapping-trial', id, asked.value)),
    enabled: computed(() => asked.value.sample !== null && !mapping.value.wrong),
    queryFn: () => tryMapping(id, asked.value.sample as Sample, mapping.value.value),
    staleTime: Infinity,
  })
  const wrong = computed(() => {
    if (mapping.value.wrong) return mapping.value.wrong
    const { value: error } = query.error
    return error ? refused(asked.value.text, error, say(error)) : null
  })
  /** What came of the last mapping that could be tried; it is old while that one is not this one. */
  const trial = shallowRef<Trial>()
  watch(query.data, (tried) => tried && (trial.value = tried), { immediate: true })
  watch(
    () => JSON.stringify(sample.value),
    () => (trial.value = undefined),
  )
  const old = computed(
    () =>
      wrong.value !== null ||
      query.data.value !== trial.value ||
      asked.value.text !== now.value.text,
  )
  return { trial, wrong, old }
}
