import inbox from './inbox.json'
import shell from './shell.json'
import tour from './tour.json'

export default { ...shell, inbox, tour }
