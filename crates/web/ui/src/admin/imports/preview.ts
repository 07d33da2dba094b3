/** How a file is read: the settings as a form, and its first rows as they would be read by them. */
import { useQuery } from '@tanstack/vue-query'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { useSave } from '../kit/act'
import { adminKey } from '../kit/list'

type Raw = Record<string, unknown>
export type Preview = Schemas['PreviewOut']

/** How long nobody has to change anything before the server is asked, in milliseconds. */
const PAUSE = 400

/** Asked again a moment after a setting has changed. */
export function usePreview(id: string, source: Readonly<Ref<Raw | undefined>>) {
  const asked = ref<Raw | undefined>()
  let timer: ReturnType<typeof setTimeout> | undefined
  watch(
    source,
    (now) => {
      clearTimeout(timer)
      timer = setTimeout(() => (asked.value = now), PAUSE)
    },
    { deep: true },
  )
  onScopeDispose(() => clearTimeout(timer))
  return useQuery({
    queryKey: computed(() => adminKey('preview', id, asked.value)),
    queryFn: () => {
      const body = { rows: 20, ...(asked.value ? { source: asked.value as never } : {}) }
      return good(api.POST('/api/v1/imports/{id}/preview', { params: { path: { id } }, body }))
    },
    placeholderData: (before) => before,
    staleTime: Infinity,
    // Who comes back later begins with the settings that are kept by then.
    gcTime: 0,
  })
}

/** The form is made of the settings that are kept, or of those that the server proposes. */
export function useSource<Form>(
  id: string,
  formOf: (settings: Raw) => Form,
  settingsOf: (form: Form, columns: readonly string[]) => Raw,
) {
  const { busy, error, save } = useSave()
  const form = ref(null) as Ref<Form | null>
  /** The last that could be had: a form does not vanish because a question went wrong. */
  const preview = shallowRef<Preview>()
  const source = computed(() =>
    form.value
      ? settingsOf(form.value, preview.value?.columns.map((it) => it.name) ?? [])
      : undefined,
  )
  const query = usePreview(id, source)
  watch(
    query.data,
    (it) => {
      if (!it) return
      preview.value = it
      form.value ??= formOf(it.source as Raw)
    },
    { immediate: true },
  )
  return {
    busy,
    form,
    source,
    preview,
    error: computed(() => error.value ?? query.error.value),
    retry: () => void query.refetch(),
    wrong: (field: string) => preview.value?.wrong.find((it) => it.field === field)?.why,
    submit: () =>
      save(() =>
        good(
          api.PUT('/api/v1/imports/{id}/source', {
            params: { path: { id } },
            body: { source: source.value as never },
          }),
        ),
      ),
  }
}
