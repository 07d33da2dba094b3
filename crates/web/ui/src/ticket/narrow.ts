/** Whether there is room for one pane alone. */
import { ref } from 'vue'

const query = matchMedia('(max-width: 1023px)')
const narrow = ref(query.matches)
query.addEventListener('change', () => (narrow.value = query.matches))

export const useNarrow = () => narrow
