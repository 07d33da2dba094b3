import admin from './admin.json'
import imports from './admin-imports.json'
import inboxes from './admin-inboxes.json'
import links from './admin-links.json'
import people from './admin-people.json'
import registry from './admin-registry.json'
import watch from './admin-watch.json'
import mapping from './admin-mapping.json'
import dates from './dates.json'

export default {
  admin: {
    ...admin,
    ...inboxes,
    ...registry,
    ...imports,
    ...people,
    ...links,
    ...watch,
    ...mapping,
  },
  dates,
}
