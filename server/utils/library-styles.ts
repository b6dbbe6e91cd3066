/**
 * Hashes of the style elements that the UI libraries add in the browser: scroll areas, lists and drawers. Their texts are
 * fixed; the unit test computes the hashes from the installed packages, so that an update cannot change one unnoticed.
 */
export const LIBRARY_STYLES = {
  rekaViewport: "'sha256-yoGyYYViZJc8Bw64PWPe6uO7PMr8i7+Vs5Cs9w37VrU='",
  rekaCombobox: "'sha256-0sLsI2a+NIcumVvBF9zD/ArGqlZR2xfnxsALPmK7nj8='",
  rekaSelect: "'sha256-60LHlRjW/B3CtzIoE/Lf1/NEDvko9efWMFaGVhHu/cs='",
  rekaScrollArea: "'sha256-6kJHBrMeYPjuL963zk84BmND3Z4cszEoZMFiRK2nkPY='",
  vaulDrawer: "'sha256-qduYmTACIPxqL+IgvJDDRy3W6Kz0AbLtwDgNkBpoHII='",
}
