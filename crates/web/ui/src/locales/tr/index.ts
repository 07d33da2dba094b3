import admin from './admin.json'
import adminImports from './admin-imports.json'
import adminInboxes from './admin-inboxes.json'
import adminLinks from './admin-links.json'
import adminPeople from './admin-people.json'
import adminRegistry from './admin-registry.json'
import adminWatch from './admin-watch.json'
import composer from './composer.json'
import customer from './customer.json'
import inbox from './inbox.json'
import shell from './shell.json'
import ticket from './ticket.json'
import tour from './tour.json'

export default {
  ...shell,
  inbox,
  ticket,
  composer,
  customer,
  tour,
  admin: {
    ...admin,
    ...adminInboxes,
    ...adminRegistry,
    ...adminImports,
    ...adminPeople,
    ...adminLinks,
    ...adminWatch,
  },
}
