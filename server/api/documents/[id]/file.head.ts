/** For who wants to know size, type and version without the bytes. */
export { default } from './file.get'
