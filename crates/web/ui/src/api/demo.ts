/** The sample data of a new installation. */
import { api, good, type Schemas } from './client'

export type Demo = Schemas['DemoOut']
export type DemoRemoved = Schemas['DemoRemovedOut']

export const readDemo = (): Promise<Demo> => good(api.GET('/api/v1/demo'))
export const removeDemo = (): Promise<DemoRemoved> => good(api.DELETE('/api/v1/demo'))
