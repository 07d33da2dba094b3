/** Puts the text of a macro where it was asked for, and does to the ticket what it does. */
import { useQueryClient } from '@tanstack/vue-query'
import type { Ref } from 'vue'
import { api, good, type Schemas } from '@/api/client'
import { previewMacro, type MacroActions, type MacroOut } from '@/api/macros'
import { told } from '@/api/problem'
import { keys } from '@/api/queries'
import { toast } from '@/design/toasts'
import { isolate } from '@/i18n/format'
import { useLanguage } from '@/i18n'
import type { Draft } from './useDraft'

/** What is null stays as it is; a change of a ticket would empty it. */
function given(actions: MacroActions): Schemas['TicketPatch'] {
  const told = Object.entries(actions).filter(([, it]) => it !== null)
  return Object.fromEntries(told) as Schemas['TicketPatch']
}

type Range = { start: number; end: number }
type Replace = (text: string, range?: Range) => void

export function useApplyMacro(ticket: Ref<Schemas['TicketOut']>, draft: Ref<Draft>) {
  const { t } = useLanguage()
  const client = useQueryClient()

  return async (macro: MacroOut, replace: Replace | undefined, range?: Range) => {
    try {
      const preview = await previewMacro(macro.id, ticket.value.id)
      replace?.(preview.body, range)
      draft.value.content.macro = macro.id
      if (preview.changes.length === 0) return
      const path = { id: ticket.value.id }
      const header = { 'If-Match': `"${preview.version}"` }
      const body = given(preview.actions)
      await good(api.PATCH('/api/v1/tickets/{id}', { params: { path, header }, body }))
      void client.invalidateQueries({ queryKey: [keys.ticket] })
      void client.invalidateQueries({ queryKey: [keys.tickets] })
      toast(t('composer.macros.applied', { name: isolate(macro.name) }), { tone: 'good' })
    } catch (error) {
      toast(told(error, t), { tone: 'bad' })
    }
  }
}
