/** Runs every minute and tidies up once an hour. */
export default defineTask({
  meta: { name: 'upkeep', description: 'Removes what is past its time and keeps the database file in shape' },
  run: async () => {
    const report = await upkeepIfDue(useServices())
    if (report) {
      observeUpkeep(report)
      log('info', 'upkeep', { ...report })
    }
    return { result: report ?? 'not due' }
  },
})
