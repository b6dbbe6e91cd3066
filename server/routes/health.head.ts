/** Some monitors ask without wanting the body. */
export { default } from './health.get'
