/** Sends what was written without a connection, whatever page one is on, and tells how it went. */
import { onScopeDispose } from 'vue'
import { told } from '@/api/problem'
import { toast } from '@/design/toasts'
import { useLanguage } from '@/i18n'
import { watchOutbox } from './outbox'
import { giveBack } from './useDraft'
import { useSent } from './useSent'

export function useOutbox() {
  const { t } = useLanguage()
  const { open, refresh } = useSent()

  const stop = watchOutbox({
    sent: (it, item) => {
      toast(t('composer.outbox.sent', { number: it.number }), { tone: 'good', action: open(it) })
      refresh(it.ticket, item.customer)
    },
    refused: (it, error) => {
      giveBack(it.ticket, it.kind, it.content)
      const why = told(error, t)
      toast(t('composer.outbox.refused', { number: it.number, why }), {
        tone: 'bad',
        action: open(it),
        life: null,
      })
    },
  })
  onScopeDispose(stop)
}
