/** Files of one drop; more are a mistake, or a home folder. */
const MAX_FILES = 5_000

/**
 * Lets files, and folders of files, be dropped anywhere on the page while the calling component lives. A file that is
 * dropped a little beside a drop zone would otherwise replace the page.
 */
export function useDocumentDrop(onFiles: (files: File[]) => void) {
  const isDragging = ref(false)
  // Each element under the pointer enters and leaves; the drag has left when as many left as entered.
  let depth = 0

  const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false

  function onEnter(event: DragEvent) {
    if (!carriesFiles(event)) return
    event.preventDefault()
    depth++
    isDragging.value = true
  }

  function onOver(event: DragEvent) {
    if (!carriesFiles(event)) return
    event.preventDefault()
    event.dataTransfer!.dropEffect = 'copy'
  }

  function onLeave(event: DragEvent) {
    if (!carriesFiles(event)) return
    depth = Math.max(0, depth - 1)
    isDragging.value = depth > 0
  }

  async function onDrop(event: DragEvent) {
    if (!carriesFiles(event)) return
    event.preventDefault()
    depth = 0
    isDragging.value = false
    const files = await droppedFiles(event.dataTransfer!)
    if (files.length > 0) onFiles(files)
  }

  onMounted(() => {
    window.addEventListener('dragenter', onEnter)
    window.addEventListener('dragover', onOver)
    window.addEventListener('dragleave', onLeave)
    window.addEventListener('drop', onDrop)
  })
  onBeforeUnmount(() => {
    window.removeEventListener('dragenter', onEnter)
    window.removeEventListener('dragover', onOver)
    window.removeEventListener('dragleave', onLeave)
    window.removeEventListener('drop', onDrop)
  })

  return { isDragging: readonly(isDragging) }
}

async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  // Entries must be taken before the first await: the browser empties the transfer after the event.
  const plain = [...transfer.files]
  const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.() ?? null)
  if (!entries.some(entry => entry?.isDirectory)) return plain.slice(0, MAX_FILES)
  const files: File[] = []
  for (const entry of entries) if (entry) await collect(entry, files)
  return files
}

async function collect(entry: FileSystemEntry, into: File[]): Promise<void> {
  if (into.length >= MAX_FILES || entry.name.startsWith('.')) return
  if (entry.isFile) {
    into.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)))
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    // A reader gives a hundred entries at a time, and none at the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (batch.length === 0) return
    for (const child of batch) await collect(child, into)
  }
}
