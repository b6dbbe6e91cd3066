/** Made by modules/integrity.ts. */
declare module '#integrity' {
  const hashes: Record<string, string>
  export default hashes
}
