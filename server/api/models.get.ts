/** The models a chat can choose, with what each needs, and the default. */
export default defineEventHandler(() => useServices().runs.models)
